import { perfect } from '../unit/preflight/hosts.ts';
import { FakeHost } from './host.ts';

const nothing = { code: 127, stderr: 'not found' };
const silent = ['systemctl', 'readlink', 'ctr', 'umount', 'iptables-save', 'ip', 'sh', 'rmdir'];
const missing = ['ip6tables-save', 'nft', 'ipset', 'ipvsadm-save'].concat(
  ['legacy', 'nft'].flatMap((kind) => [`iptables-${kind}-save`, `ip6tables-${kind}-save`]),
);

/** A machine on which whoever takes Kubernetes off it finds nothing. */
export function bareMachine(name: string, files: Readonly<Record<string, string>> = {}): FakeHost {
  return new FakeHost({
    name,
    facts: { ...perfect('v1.31.0'), uid: 0, programs: new Map() },
    files: { '/proc/mounts': '/dev/vda / ext4 rw 0 0\n', ...files },
    commands: Object.fromEntries([
      ...silent.map((program) => [program, {}] as const),
      ...missing.map((program) => [program, nothing] as const),
    ]),
  });
}
