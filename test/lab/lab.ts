import { readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { type Artefacts, prepare, prepareCentos } from './artefacts.ts';
import { foldersOf, removeGroup } from './cgroups.ts';
import { type LabHost, labHost } from './host.ts';
import { type HostOptions, isCentos } from './host-options.ts';
import { groupOf } from './inside.ts';
import { withLock } from './lock.ts';
import { assertRoom, assertSupported, makeReady, putBack } from './machine.ts';
import { layNetwork, mirrorByte, mirrorOf, type Network, removeNetwork, workstationNamespace } from './network.ts';
import { diskDir, lockFile, stateDir } from './places.ts';
import { layPodNetwork, podRanges } from './pod-network.ts';
import { type Outcome, type RunOptions, run } from './process.ts';
import { ensureKey, knownHostLines } from './ssh-keys.ts';
import {
  hostFolder,
  hostRecords,
  isStale,
  labBinaries,
  labFolder,
  labNames,
  labNumber,
  registerHost,
  registerLab,
} from './state.ts';
import { askedBinaries, type LabVersion, labVersion } from './versions.ts';

export interface Lab {
  readonly name: string;
  /** What it runs. */
  readonly version: LabVersion;
  /** The private key that root and `ops` of every host accept. */
  readonly sshKey: string;
  /** A known_hosts file with the keys of every host. */
  readonly knownHosts: string;
  /** URL of the RPM repository of Kubernetes and containerd.io; `key` beside it is what all packages are signed with. */
  readonly repository: { readonly url: string; readonly key: string };
  /** URL of a copy of CentOS' vault. */
  readonly vault: string;
  /** host:port of a registry with the images, over HTTP, which can be pushed to. */
  readonly registry: string;
  /** Address of an NTP server. */
  readonly timeServer: string;
  /** Brings the hosts up, all at once; one that is up as asked stays as it is, one that differs is made again. */
  up(hosts: readonly HostOptions[]): Promise<LabHost[]>;
  /** The hosts there are. */
  hosts(): LabHost[];
  /** The host of this name. Throws when there is none. */
  host(name: string): LabHost;
  /** Runs a command on this machine, seeing no network but the lab's. */
  workstation(argv: readonly string[], options?: RunOptions): Promise<Outcome>;
  /** The command line that `workstation` runs. */
  atWorkstation(argv: readonly string[]): string[];
  /** What its Debian hosts are made of. */
  artefacts(): Promise<Artefacts>;
  /** Lays a network for the pods of the cluster on this host's kubeconfig; again after every join. */
  layPodNetwork(controlPlane: LabHost): Promise<void>;
  /** Takes everything away, whatever state it is in. */
  down(): Promise<void>;
}

/**
 * The lab of this name; nothing happens yet. It runs what $KINIT_LAB_BINARIES says, unless it is up already. Throws on a
 * machine that cannot carry it, and when another version is asked for than the one that is up.
 */
export function openLab(name = process.env['KINIT_LAB'] ?? 'main'): Lab {
  if (!/^[a-z0-9][a-z0-9-]{0,19}$/.test(name)) throw new Error(`a lab's name is at most 20 of a-z 0-9 -: ${name}`);
  assertSupported();
  const sshKey = join(labFolder(name), 'ssh/id_ed25519');
  const knownHosts = join(labFolder(name), 'ssh/known_hosts');
  const version = labVersion(binariesOf(name));
  const forDebian = once(() => prepare(version));
  const forCentos = once(() => prepareCentos(version));
  const artefactsFor = ({ flavour = 'debian' }: HostOptions): Promise<Artefacts> =>
    flavour === 'debian' ? forDebian() : forCentos();

  const network = (): Network => {
    const number = labNumber(name);
    if (number === undefined) throw new Error(`the lab ${name} is not up`);
    return { lab: name, number };
  };

  const machines = (): LabHost[] =>
    hostRecords(name).map(({ options, last }) =>
      labHost(options, last, {
        network: network(),
        folder: hostFolder(name, options.name),
        version,
        authorizedKeys: () => readFileSync(`${sshKey}.pub`, 'utf8'),
        artefacts: () => artefactsFor(options),
      }),
    );

  const lab: Lab = {
    name,
    version,
    artefacts: forDebian,
    sshKey,
    knownHosts,
    get repository() {
      const mirror = `http://${mirrorOf(network())}`;
      return { url: `${mirror}/kubernetes`, key: `${mirror}/RPM-GPG-KEY` };
    },
    get vault() {
      return `http://${mirrorOf(network())}`;
    },
    get registry() {
      return `${mirrorOf(network())}:5000`;
    },
    get timeServer() {
      return mirrorOf(network());
    },
    hosts: () => machines().filter(({ options }) => options.flavour !== 'mirror'),
    host(wanted) {
      const found = machines().find((host) => host.name === wanted);
      if (found === undefined) throw new Error(`the lab ${name} has no host ${wanted}`);
      return found;
    },
    async up(wanted) {
      const mirrors = wanted.some(isCentos) ? [mirror] : [];
      for (const options of [...wanted, ...mirrors]) await artefactsFor(options);
      assertRoom();
      return withLock(lockFile(`lab-${name}`), async () => {
        if (isStale(name)) await takeDown(name);
        await withLock(lockFile('labs'), async () => {
          makeReady();
          if (labNumber(name) === undefined) registerLab(name, version.binaries?.folder);
          await layNetwork(network());
        });
        await ensureKey(sshKey, 'ed25519', `lab-${name}`);
        const before = machines();
        for (const options of wanted) registerHost(name, options);
        for (const options of mirrors) registerHost(name, options, mirrorByte);
        await Promise.all([...wanted, ...mirrors].map((options) => bringUp(lab.host(options.name), before)));
        writeFileSync(
          knownHosts,
          machines()
            .map(({ name: host, address }) => knownHostLines(keysOf(name, host), address))
            .join(''),
        );
        return wanted.map((options) => lab.host(options.name));
      });
    },
    atWorkstation: (argv) => ['nsenter', `--net=${workstationNamespace(network())}`, '--', ...argv],
    workstation: async (argv, options) => run(lab.atWorkstation(argv), options),
    layPodNetwork: async (controlPlane) => layPodNetwork(await podRanges(controlPlane, lab.hosts())),
    down: () => withLock(lockFile(`lab-${name}`), () => takeDown(name)),
  };
  return lab;
}

function binariesOf(lab: string): string | undefined {
  const asked = askedBinaries();
  const running = isStale(lab) ? undefined : labBinaries(lab);
  if (running === undefined) return asked;
  if (asked !== undefined && running !== asked) {
    throw new Error(
      `the lab ${lab} is up with ${running ?? 'v1.20.2'}; take it down first, or choose another KINIT_LAB`,
    );
  }
  return running ?? undefined;
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

/** Comes up with the first CentOS host. */
const mirror: HostOptions = { name: 'mirror', flavour: 'mirror' };

const keysOf = (lab: string, host: string): string => join(hostFolder(lab, host), 'ssh');

async function bringUp(host: LabHost, before: readonly LabHost[]): Promise<void> {
  const known = before.find(({ name }) => name === host.name);
  if (known !== undefined && isDeepStrictEqual(known.options, host.options)) await host.start();
  else await host.recreate();
}

async function takeDown(lab: string): Promise<void> {
  await removeGroup(groupOf(lab));
  await removeNetwork(lab);
  rmSync(join(diskDir, lab), { recursive: true, force: true });
  await withLock(lockFile('labs'), async () => {
    rmSync(labFolder(lab), { recursive: true, force: true });
    if (labNames().length > 0) return;
    await putBack();
    for (const folder of [...foldersOf(groupOf('')), diskDir]) removeEmpty(folder);
    rmSync(stateDir, { recursive: true, force: true });
  });
}

function removeEmpty(folder: string): void {
  try {
    rmdirSync(folder);
  } catch {
    // not there, or not empty: not ours alone
  }
}
