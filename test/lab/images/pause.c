#include <signal.h>
#include <unistd.h>

/* Holds a pod's namespaces. With an argument (-v, as kubeadm's health check runs it) it ends at once. */
static void end(int signal) { (void)signal; _exit(0); }
int main(int argc, char **argv) {
  (void)argv;
  if (argc > 1) return 0;
  signal(SIGCHLD, SIG_IGN); /* reaps the children of the pod's containers */
  signal(SIGTERM, end);
  signal(SIGINT, end);
  for (;;) pause();
}
