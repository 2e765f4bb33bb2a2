import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Artefacts, prepareCentos } from '../../lab/artefacts.ts';
import { writeIdentity } from '../../lab/identity.ts';
import { openLab } from '../../lab/lab.ts';
import { addressOf, type Network, namespaceOf, plugHost } from '../../lab/network.ts';
import { diskDir } from '../../lab/places.ts';
import { must, until } from '../../lab/process.ts';
import { ensureHostKeys, ensureKey, knownHostLines } from '../../lab/ssh-keys.ts';
import { labFolder, labNumber } from '../../lab/state.ts';
import { labVersion } from '../../lab/versions.ts';

/** Hosts of which only sshd is real: no systemd, and stubs for what would change the machine. */
export interface Fleet {
  readonly hosts: readonly FleetHost[];
  /** For what belongs to this bench; gone with the fleet. */
  readonly folder: string;
  /** Address from which the hosts are reached. */
  readonly workstation: string;
  /** The private key that root of every host accepts. */
  readonly key: string;
  readonly knownHosts: string;
  /** The command line of a command that sees the hosts and nothing else. */
  inside(argv: readonly string[]): string[];
  /** Starts every host afresh, as it was before anybody came. */
  renew(): Promise<void>;
  down(): Promise<void>;
}

export interface FleetHost {
  readonly name: string;
  readonly address: string;
  /** The workstation's port at which a relay passes on to it. */
  readonly relayPort: number;
  /** Its files, as far as they differ from every other's. */
  readonly files: string;
}

/** Lays the network of so many hosts, at most 240; `renew` starts them. */
export async function openFleet(count: number): Promise<Fleet> {
  const lab = openLab('bench-ssh');
  await lab.down();
  await lab.up([]);
  const network: Network = { lab: lab.name, number: labNumber(lab.name) ?? 0 };
  const folder = labFolder(lab.name);
  const workstation = addressOf(network, 2);
  const disks = join(diskDir, lab.name);
  const hosts = Array.from({ length: count }, (_, index) => ({
    name: `node${index + 1}`,
    address: addressOf(network, index + first),
    relayPort: 2000 + index,
    files: join(disks, `node${index + 1}`, 'upper'),
  }));
  for (const [index, { name }] of hosts.entries()) await plugHost(network, name, index + first);

  const sshKeys = join(folder, 'host-keys');
  await ensureHostKeys(sshKeys, 'bench');
  await ensureKey(lab.sshKey, 'ed25519', 'bench');
  const names = hosts.flatMap(({ address, relayPort }) => [address, `[${workstation}]:${relayPort}`]);
  writeFileSync(lab.knownHosts, names.map((name) => knownHostLines(sshKeys, name)).join(''));
  const lower = [await stubLayer(join(disks, 'stub')), ...layers(await prepareCentos(labVersion(undefined)))].join(':');

  let running: ChildProcess[] = [];
  const start = async ({ name, address, files }: FleetHost): Promise<void> => {
    const disk = join(files, '..');
    rmSync(disk, { recursive: true, force: true });
    mkdirSync(files, { recursive: true });
    const authorizedKeys = readFileSync(`${lab.sshKey}.pub`, 'utf8');
    writeIdentity(files, { name, address, sshKeys, authorizedKeys, sudo: 'free', mirror: `http://${workstation}` });
    const script = ['sh', join(import.meta.dirname, 'sshd.sh'), name, lower, disk, namespaceOf(network, name)];
    const launcher = ['--mount', '--propagation', 'slave', '--', ...script];
    running.push(spawn('unshare', launcher, { stdio: ['ignore', 'ignore', 'inherit'] }));
    await until(`sshd of ${name}`, 60, () => (sshLog(files).includes('Server listening') ? true : undefined));
  };
  const stop = async (): Promise<void> => {
    await Promise.all(running.map(ended));
    running = [];
  };

  return {
    hosts,
    folder,
    workstation,
    key: lab.sshKey,
    knownHosts: lab.knownHosts,
    inside: lab.atWorkstation,
    async renew() {
      await stop();
      await Promise.all(hosts.map(start));
    },
    async down() {
      await stop();
      await lab.down();
    },
  };
}

/** Last byte of the first host's address. */
const first = 11;

/** What sshd has said since the host was started. */
export function sshLog(files: string): string {
  const log = join(files, 'var/log/sshd.log');
  return existsSync(log) ? readFileSync(log, 'utf8') : '';
}

const layers = ({ base, centos }: Artefacts): string[] =>
  centos === undefined ? [] : [join(centos.layers, 'stream-9'), join(centos.layers, 'common'), base];

/** The stubs in the places of what they stand for; no start-up files of any shell. */
async function stubLayer(folder: string): Promise<string> {
  mkdirSync(folder, { recursive: true });
  await must(['cp', '-r', `${join(import.meta.dirname, 'stub')}/.`, folder]);
  chmodSync(join(folder, 'usr/libexec/stub'), 0o755);
  await must(['sh', '-ec', hide, 'sh', ...startUpFiles], { cwd: folder });
  await must(['sh', '-ec', link, 'sh', ...stubbed], { cwd: folder });
  return folder;
}

const hide = 'for path; do mkdir -p "$(dirname "$path")"; mknod "$path" c 0 0; done';
const link = 'mkdir -p usr/bin usr/sbin; for path; do ln -s /usr/libexec/stub "$path"; done';
const startUpFiles = ['root/.bashrc', 'root/.profile', 'etc/bash.bashrc'];
const stubbed = [
  ...[
    'systemctl',
    'rpm',
    'dnf',
    'yum',
    'firewall-cmd',
    'hostnamectl',
    'timedatectl',
    'containerd',
    'kubelet',
    'kubectl',
    'crictl',
  ].map((name) => `usr/bin/${name}`),
  ...['sysctl', 'modprobe', 'swapoff', 'setenforce'].map((name) => `usr/sbin/${name}`),
];

function ended(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) return resolve();
    child.once('exit', () => resolve());
    child.kill('SIGKILL');
  });
}
