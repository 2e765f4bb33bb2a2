# For recipes of images: $out, $scratch and $root (where programs are taken from) are set.

# Where the files of an image are gathered.
files() {
  mkdir -p "$scratch/files/$1"
  echo "$scratch/files/$1"
}

# with_libraries IMAGE FILES: copies the root's files (patterns are fine) and every library they are linked with.
with_libraries() {
  chroot "$root" sh -c "for file in $2; do echo \$file; ldd \$file 2>/dev/null | grep -o '/[^ ]*'; done | sort -u" |
    while read -r file; do
      install -D "$root$file" "$(files "$1")$file"
    done
}

# pack_as NAME TAGS ENTRYPOINT: one layer, one configuration, one manifest.
pack_as() {
  archive=$scratch/archives/$1
  mkdir -p "$archive"
  mkdir -p -m 1777 "$(files "$1")/tmp"
  tar --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner -C "$(files "$1")" -cf "$archive/layer.tar" .
  layer=$(sha256sum "$archive/layer.tar" | cut -d' ' -f1)
  cat >"$archive/config.json" <<CONFIG
{"architecture":"amd64","os":"linux","created":"2021-01-13T00:00:00Z",
 "config":{"Entrypoint":[$3],"Env":["PATH=/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin"]},
 "rootfs":{"type":"layers","diff_ids":["sha256:$layer"]}}
CONFIG
  config=$(sha256sum "$archive/config.json" | cut -d' ' -f1)
  mv "$archive/config.json" "$archive/$config.json"
  echo "[{\"Config\":\"$config.json\",\"RepoTags\":[$2],\"Layers\":[\"layer.tar\"]}]" >"$archive/manifest.json"
  tar -C "$archive" -cf "$out/$1.tar" manifest.json "$config.json" layer.tar
}
