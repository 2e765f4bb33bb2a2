import type { TextEntry } from '../../archive/tar-gz.ts';
import { observe } from '../../execute/observe.ts';
import { noCluster } from '../../execute/target.ts';
import type { Host } from '../../host/host.ts';
import { jsonText } from '../../printable.ts';
import {
  kubeletConfigFile,
  kubeletFlagsFile,
  kubeletInstanceConfigFile,
  kubernetesDirectory,
  staticPodFiles,
} from '../../release/paths.ts';

/** Files of a host that say how it is set up. None of them is a key; what they may hold of secrets is scrubbed. */
const files = [
  kubeletConfigFile,
  kubeletFlagsFile,
  kubeletInstanceConfigFile,
  ...staticPodFiles,
  '/etc/containerd/config.toml',
  '/etc/docker/daemon.json',
  '/etc/hosts',
  '/etc/resolv.conf',
  '/etc/os-release',
  '/etc/systemd/system/kubelet.service',
  '/etc/systemd/system/kubelet.service.d/10-kubeadm.conf',
  '/usr/lib/systemd/system/kubelet.service',
  '/usr/lib/systemd/system/kubelet.service.d/10-kubeadm.conf',
];

/** Most bytes of one log that are taken: its newest. */
const mostOfLog = 1024 * 1024;
const mostOfContainer = 200 * 1024;

const journal = (unit: string) =>
  `journalctl -u ${unit} --since=-60min --no-pager -o short-iso 2>/dev/null | tail -c ${mostOfLog}`;

/** What is asked, by the file that has the answer. Arguments of processes and environments are not among it. */
const questions: Readonly<Record<string, string>> = {
  'units.txt':
    'systemctl --no-pager --failed; for unit in kubelet containerd docker crio firewalld chronyd; do systemctl --no-pager show "$unit" -p Id -p LoadState -p ActiveState -p SubState -p UnitFileState -p NRestarts -p Result -p ExecMainStatus -p ExecMainStartTimestamp; done',
  'kubelet.log': journal('kubelet'),
  'containerd.log': journal('containerd'),
  'docker.log': journal('docker'),
  'kernel.log': `journalctl -k --since=-60min --no-pager -o short-iso 2>/dev/null | tail -c ${mostOfContainer}`,
  'network.txt':
    'ip addr; ip route; ip -6 route; ss -ltn; iptables -w 5 -S 2>/dev/null; iptables -w 5 -t nat -S 2>/dev/null | head -n 2000',
  'room.txt': 'df -hT; df -i; free -m; uptime; ps -eo pid,ppid,rss,etime,comm --sort=-rss | head -n 60',
  'containers.txt':
    'if command -v crictl >/dev/null; then timeout 10 crictl ps -a; timeout 10 crictl pods; elif command -v ctr >/dev/null; then timeout 10 ctr -n k8s.io containers ls; timeout 10 ctr -n k8s.io tasks ls; fi; if [ -S /var/run/docker.sock ]; then timeout 10 docker ps -a; fi',
  'kubernetes-files.txt': `find ${kubernetesDirectory} -printf '%M %u:%g %s %TY-%Tm-%Td %p\\n' 2>/dev/null`,
  'certificates.txt': `for file in $(find ${kubernetesDirectory} -name '*.crt' 2>/dev/null); do echo "$file"; openssl x509 -noout -subject -issuer -dates -ext subjectAltName -in "$file" 2>/dev/null; done`,
};

/** The last hour of the system's own pods; those of users are theirs. */
const podLogs = `cd /var/log/pods 2>/dev/null || exit 0
since=$(date -u -d '1 hour ago' +%Y-%m-%dT%H:%M:%S)
for folder in kube-system_*/*/ kube-flannel_*/*/ calico-system_*/*/; do
  for log in $(ls -t "$folder" 2>/dev/null | grep -E '^[0-9]+[.]log$' | head -n 2); do
    printf '\\001%s%s\\n' "$folder" "$log"
    awk -v since="$since" '$1 >= since' "$folder$log" 2>/dev/null | tail -c ${mostOfContainer}
  done
done`;

/** What one host has to say, in one round trip; every text is still to be scrubbed. Throws KinitError where it is not reached. */
export async function hostEntries(host: Host): Promise<readonly TextEntry[]> {
  const commands = Object.entries(questions).map(([name, program]) => [name, ['sh', '-c', program]] as const);
  const seen = await observe(host, noCluster, {
    facts: true,
    files,
    commands: [...commands.map(([, argv]) => argv), ['sh', '-c', podLogs]],
  });
  const answer = (argv: readonly string[]) => seen.commands.get(argv.join('\0'))?.stdout ?? '';
  return [
    { name: 'facts.json', text: `${jsonText(plain(seen.facts), 2)}\n` },
    ...commands.map(([name, argv]) => ({ name, text: answer(argv) })),
    ...[...seen.files].map(([path, { content }]) => ({ name: `files${path}`, text: content?.toString('utf8') ?? '' })),
    ...podEntries(answer(['sh', '-c', podLogs])),
  ].filter(({ text }) => text.trim() !== '');
}

/** `NAMESPACE_POD_UID/CONTAINER/RESTARTS.log` as `pods/NAMESPACE_POD_CONTAINER.RESTARTS.log`. */
function podEntries(answer: string): readonly TextEntry[] {
  return answer
    .split('\u0001')
    .slice(1)
    .flatMap((part) => {
      const end = part.indexOf('\n');
      const [, pod = '', container = '', restarts = ''] =
        /^(.*)_[^_/]+\/([^/]+)\/(\d+)\.log$/.exec(part.slice(0, end)) ?? [];
      return container === '' ? [] : [{ name: `pods/${pod}_${container}.${restarts}.log`, text: part.slice(end + 1) }];
    });
}

/** Maps and sets as JSON has them. */
function plain(value: unknown): unknown {
  if (value instanceof Map) return Object.fromEntries([...value].map(([name, field]) => [String(name), plain(field)]));
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, plain(field)]));
}
