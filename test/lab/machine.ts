import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, statfsSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { hierarchies } from './cgroups.ts';
import { cacheDir, stateDir } from './places.ts';
import { must, run } from './process.ts';

/** Throws with every reason why this machine cannot carry a lab. Changes nothing. */
export function assertSupported(): void {
  const reasons = requirements.filter(({ holds }) => !holds()).map(({ otherwise }) => `  - ${otherwise}`);
  if (reasons.length > 0) {
    throw new Error(
      'the lab runs where it was tested: Debian 12 on x86-64, as root, cgroup v1 hierarchies at /sys/fs/cgroup, ' +
        `systemd not PID 1. This machine differs:\n${reasons.join('\n')}`,
    );
  }
}

const requirements: readonly { readonly holds: () => boolean; readonly otherwise: string }[] = [
  { holds: () => process.platform === 'linux' && process.arch === 'x64', otherwise: 'it is not Linux on x86-64' },
  { holds: () => process.getuid?.() === 0, otherwise: 'you are not root' },
  {
    holds: () => /^ID=debian$/m.test(text('/etc/os-release')) && /^VERSION_ID="12"$/m.test(text('/etc/os-release')),
    otherwise: '/etc/os-release does not say Debian 12',
  },
  {
    holds: () => text('/proc/1/comm').trim() !== 'systemd',
    otherwise: 'systemd is PID 1 and owns the cgroups',
  },
  {
    holds: () => hierarchies.every((name) => existsSync(`/sys/fs/cgroup/${name}/cgroup.procs`)),
    otherwise: `not every one of these hierarchies is mounted in /sys/fs/cgroup: ${hierarchies.join(' ')}`,
  },
  { holds: () => /\boverlay$/m.test(text('/proc/filesystems')), otherwise: 'the kernel has no overlayfs' },
  { holds: () => existsSync('/proc/sys/net/bridge'), otherwise: 'the kernel has no br_netfilter' },
];

/** What statfs(2) tells of a disk, in blocks. */
interface Disk {
  readonly blocks: number;
  readonly bavail: number;
}

/** Percent of a disk. */
const leastFree = 15;

/**
 * Throws where the disk that all hosts share is so full that their kubelets would remove images (at 85 % in use) and evict
 * pods (below 15 % free): imageGCHighThresholdPercent and evictionHard of KubeletConfiguration, as they are by default.
 */
export function assertRoom(disk: Disk = statfsSync(cacheDir)): void {
  const free = (disk.bavail / disk.blocks) * 100;
  if (free >= leastFree) return;
  throw new Error(
    `of the disk of ${cacheDir} ${Math.floor(free)} % are free: below ${leastFree} % the kubelets of the lab's hosts remove images and ` +
      `evict pods; make room, in ${cacheDir} while no lab is up for one`,
  );
}

const text = (path: string): string => (existsSync(path) ? readFileSync(path, 'utf8') : '');

const packages = {
  'systemd-container': '/usr/bin/systemd-nspawn',
  mmdebstrap: '/usr/bin/mmdebstrap',
  iproute2: '/usr/sbin/ip',
  'openssh-client': '/usr/bin/ssh-keygen',
  'util-linux': '/usr/bin/nsenter',
} as const;

/** Installs the few Debian packages that the machine itself needs: names, and the program that tells of each. */
export async function installPackages(wanted: Readonly<Record<string, string>> = packages): Promise<void> {
  const missing = Object.entries(wanted).flatMap(([name, program]) => (existsSync(program) ? [] : [name]));
  if (missing.length === 0) return;
  await must(['apt-get', '-q', 'update'], { timeout: 300 });
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  await must(['apt-get', '-q', 'install', '-y', '--no-install-recommends', ...missing], { timeout: 600, env });
}

/** The machine's own Debian sources, as lines of a sources.list, with those of the source packages. */
export async function aptSources(): Promise<string> {
  const format = '$(ORIGIN) $(REPO_URI) $(RELEASE) $(COMPONENT)';
  const ask = async () =>
    (await run(['apt-get', 'indextargets', '--format', format, 'Identifier: Packages'])).stdout
      .split('\n')
      .map((line) => line.split(' '))
      .filter(([origin, , release]) => origin === 'Debian' && release?.startsWith('bookworm'));
  let targets = await ask();
  if (targets.length === 0) {
    await must(['apt-get', '-q', 'update'], { timeout: 300 });
    targets = await ask();
  }
  if (targets.length === 0) throw new Error("apt has no Debian bookworm among the machine's sources");
  return targets.map(([, ...source]) => `deb ${source.join(' ')}\ndeb-src ${source.join(' ')}\n`).join('');
}

interface Setting {
  readonly wanted: number;
  readonly fits: (now: number, wanted: number) => boolean;
}

/** Settings of the whole kernel that hosts need. */
const settings: Readonly<Record<string, Setting>> = {
  // About 12 per Kubernetes node.
  '/proc/sys/fs/inotify/max_user_instances': { wanted: 8192, fits: (now, wanted) => now >= wanted },
  // kube-proxy wants exactly this and, in a network namespace, cannot write the file itself.
  '/proc/sys/net/netfilter/nf_conntrack_max': {
    wanted: Math.max(32768 * cpus().length, 131072),
    fits: (now, wanted) => now === wanted,
  },
};

interface Before {
  readonly settings: Readonly<Record<string, string>>;
  /** `ip netns` makes a mount of this folder. */
  readonly namespaces: boolean;
}

const beforeFile = join(stateDir, 'machine-before.json');

/** Changes the settings that do not fit and remembers how the machine was before the first lab. */
export function makeReady(): void {
  const changed: Record<string, string> = {};
  for (const [file, { wanted, fits }] of Object.entries(settings)) {
    const now = text(file).trim();
    if (now === '' || fits(Number(now), wanted)) continue;
    changed[file] = now;
    writeFileSync(file, String(wanted));
  }
  if (existsSync(beforeFile)) return;
  const before: Before = { settings: changed, namespaces: existsSync('/run/netns') };
  mkdirSync(stateDir, { recursive: true });
  writeFileSync(beforeFile, JSON.stringify(before));
}

/** Puts everything back as it was; for the last lab. */
export async function putBack(): Promise<void> {
  if (!existsSync(beforeFile)) return;
  const before: Before = JSON.parse(text(beforeFile));
  for (const [file, value] of Object.entries(before.settings)) writeFileSync(file, value);
  if (!before.namespaces && existsSync('/run/netns') && readdirSync('/run/netns').length === 0) {
    await run(['umount', '/run/netns']);
    rmdirSync('/run/netns');
  }
}
