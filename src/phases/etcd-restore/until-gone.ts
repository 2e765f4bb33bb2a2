/** The brackets keep the patterns from matching themselves in the command lines of who looks. */
const wait = 'do sleep 0.2 2>/dev/null || sleep 1; done';
/** -q: without it, a process that goes while it is read is an error to grep, and that has the last word over what was found. */
const found = 'grep -qsa';

/** A command that ends when the Kubernetes processes of a control plane have ended. */
export function untilPodsAreGone(proc = '/proc'): readonly string[] {
  const patterns = ['kube-[a]piserver', 'kube-[c]ontroller-manager', 'kube-[s]cheduler']
    .flatMap((name) => [`-e '^${name}'`, `-e '^/usr/local/bin/${name}'`])
    .join(' ');
  return ['sh', '-c', `while ${found} ${patterns} ${proc}/[0-9]*/cmdline; ${wait}`];
}

/** A command that ends when the etcd with this peer URL has ended. */
export function untilEtcdIsGone(peerUrl: string, proc = '/proc'): readonly string[] {
  const pattern = '-e "--[i]nitial-advertise-peer-urls=$1"';
  return ['sh', '-c', `while ${found} ${pattern} ${proc}/[0-9]*/cmdline; ${wait}`, 'kinit', peerUrl];
}
