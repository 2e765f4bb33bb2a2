// A stand-in for CoreDNS, which Debian does not have: it answers the health and ready ports and resolves nothing.
package main

import (
	"fmt"
	"net/http"
)

func main() {
	ok := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "OK") })
	go http.ListenAndServe(":8080", ok)
	panic(http.ListenAndServe(":8181", ok))
}
