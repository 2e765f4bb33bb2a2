import { installAdvice } from '../distribution/distribution.ts';
import { kubeletDirectory } from '../release/paths.ts';
import { endOfSupport } from './end-of-support.ts';
import { type Check, failure, type PreflightContext, type Problem, warning } from './problem.ts';
import { deadRepositories } from './repositories.ts';
import { cgroupDriver, sandboxImage } from './runtime-settings.ts';
import { isControlPlane } from './subject.ts';
import { subnetOverlap } from './subnet-overlap.ts';

/** What kubeadm does not look at and operators stumble over. */
export const operatorChecks: readonly Check[] = (
  [
    ['Systemd', systemd],
    ['CgroupDriver', cgroupDriver],
    ['SandboxImage', sandboxImage],
    ['SubnetOverlap', subnetOverlap],
    ['LeftoverCluster', leftoverCluster],
    ['LeftoverCNI', leftoverCni],
    ['SELinux', selinux],
    ['SwapInFstab', swapInFstab],
    ['TimeSync', timeSync],
    ['DiskSpace', diskSpace],
    ['DeadRepository', deadRepositories],
    ['EndOfSupport', endOfSupport],
  ] as const
).map(([name, check]) => ({ name, origin: 'kinit', check }));

function systemd({ facts }: PreflightContext): readonly Problem[] {
  if (facts.systemd) return [];
  const message = 'systemd is not running: the kubelet needs it as its supervisor';
  return [failure('Systemd', message, { mend: 'boot the machine with systemd as its first process' })];
}

function leftoverCluster({ facts, subject, ours }: PreflightContext): readonly Problem[] {
  const left = facts.kubernetesFiles.filter((path) => /^\/etc\/kubernetes\/(\w+|super-admin)\.conf$/.test(path));
  // A joining host's kubelet.conf is an error already, by kubeadm's name for it.
  if (ours.node || left.length === 0 || subject.role !== 'init') return [];
  const message = 'the host carries a part of another cluster';
  const mend = 'kinit reset, unless the cluster is still in use';
  return [warning('LeftoverCluster', message, { evidence: left.join(' '), mend })];
}

function leftoverCni({ facts, ours }: PreflightContext): readonly Problem[] {
  const files = facts.cniFiles.filter((name) => /\.(conf|conflist|json)$/.test(name));
  const devices = facts.interfaces.filter((name) =>
    /^(cni0|flannel\.|cali|tunl0|vxlan\.calico|kube-ipvs0|cilium_|weave)/.test(name),
  );
  if (ours.node || files.length + devices.length === 0) return [];
  const message = 'an earlier pod network left its configuration here, and the runtime takes the first file it finds';
  const evidence = [...files.map((name) => `/etc/cni/net.d/${name}`), ...devices].join(' ');
  const mend = 'kinit reset, or move the files away where no pod network of yours put them there';
  return [warning('LeftoverCNI', message, { evidence, mend })];
}

function selinux({ facts }: PreflightContext): readonly Problem[] {
  if (facts.selinux !== 'enforcing') return [];
  const message = 'SELinux is enforcing: containers may be denied what they mount from the host';
  const mend = "setenforce 0 && sed -i 's/^SELINUX=enforcing$/SELINUX=permissive/' /etc/selinux/config";
  return [warning('SELinux', message, { mend, prepared: true })];
}

function swapInFstab({ facts }: PreflightContext): readonly Problem[] {
  if (facts.fstabSwap.length === 0) return [];
  const evidence = facts.fstabSwap.map((line) => line.trim().split(/\s+/)[0]).join(' ');
  const mend = "sed -i '/^[^#].*[[:space:]]swap[[:space:]]/s/^/#/' /etc/fstab";
  const message = 'swap is in /etc/fstab and comes back with the next boot';
  return [warning('SwapInFstab', message, { evidence, mend, prepared: true })];
}

/** Certificates and tokens are refused by a machine whose clock is behind. */
function timeSync({ facts }: PreflightContext): readonly Problem[] {
  const { service, synchronized } = facts.timeSync;
  if (service !== undefined && synchronized !== false) return [];
  const message =
    service === undefined ? 'nothing keeps the clock of this host' : `${service} runs, but is not synchronised`;
  const mend =
    service === undefined
      ? `${installAdvice('chrony')} && systemctl enable --now chronyd`
      : 'chronyc sources, and the servers in /etc/chrony.conf';
  return [warning('TimeSync', message, { mend, prepared: true })];
}

/** GiB. */
const roomFor = [
  { path: '/var/lib/containerd', need: 10 },
  { path: kubeletDirectory, need: 5 },
];

/** Images of a control plane take 2 GB; the kubelet evicts pods below 10 to 15 % free. */
function diskSpace({ facts, subject }: PreflightContext): readonly Problem[] {
  const dataDir = isControlPlane(subject) ? subject.cluster.etcd.local?.dataDir : undefined;
  const wanted = [...roomFor, ...(dataDir === undefined ? [] : [{ path: dataDir, need: 8 }])];
  const short = new Map<string, { readonly free: number; readonly need: number }>();
  for (const { path, need } of wanted) {
    const mount = mountOf(path, [...facts.diskFree.keys()]);
    const free = (facts.diskFree.get(mount ?? '') ?? Number.POSITIVE_INFINITY) / 1024;
    if (mount !== undefined && free < need)
      short.set(mount, { free, need: Math.max(need, short.get(mount)?.need ?? 0) });
  }
  return [...short].map(([mount, { free, need }]) => {
    const message = `${mount} has ${free.toFixed(1)} GiB left; images, containers and etcd want ${need} GiB`;
    return warning('DiskSpace', message, { mend: `free or add space on ${mount}` });
  });
}

function mountOf(path: string, mounts: readonly string[]): string | undefined {
  return mounts
    .filter((mount) => mount === '/' || path === mount || path.startsWith(`${mount}/`))
    .sort((a, b) => b.length - a.length)[0];
}
