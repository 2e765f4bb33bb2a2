import { copyFileSync, existsSync, mkdirSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { Artefacts, CentosArtefacts } from './artefacts.ts';
import { type Flavour, type HostOptions, isCentos } from './host-options.ts';
import { type Identity, writeIdentity } from './identity.ts';
import { sourceDir } from './places.ts';
import { must, run } from './process.ts';
import type { LabVersion } from './versions.ts';

/** A host's disk: an overlay of `upper` over `lower`, and plain folders for what cannot lie on an overlay. */
export interface Disk {
  readonly folder: string;
  /** Layers, uppermost first, as overlayfs names them. */
  readonly lower: string;
  /** nspawn's arguments that bind parts of the machine into the host. */
  readonly binds: readonly string[];
}

/** Makes a pristine disk in the folder; whatever was there is gone. */
export async function makeDisk(
  folder: string,
  options: HostOptions,
  identity: Identity,
  version: LabVersion,
  artefacts: Artefacts,
): Promise<Disk> {
  rmSync(folder, { recursive: true, force: true });
  for (const name of ['upper', 'work', 'root', 'kubelet', 'etcd']) mkdirSync(join(folder, name), { recursive: true });
  const images = options.images ?? flavourOf(options) === 'debian';
  await fillContainerd(join(folder, 'containerd'), images ? artefacts.seed : undefined);

  const upper = join(folder, 'upper');
  writeIdentity(upper, identity);
  if (flavourOf(options) === 'debian') await changeDebian(upper, options, version);
  if (options.bindNode) symlinkSync('/opt/kinit/bin/kinit.js', within(upper, '/usr/local/bin/kinit'));
  writeFileSync(join(folder, finished), '');
  return describeDisk(folder, options, artefacts);
}

const flavourOf = ({ flavour = 'debian' }: HostOptions): Flavour => flavour;

async function changeDebian(upper: string, options: HostOptions, { crictl }: LabVersion): Promise<void> {
  if (options.containerd === false) for (const path of containerdFiles) await hide(upper, path);
  if (!options.kubeadm) return;
  for (const [file, path] of Object.entries(crictl ? { ...besideKubeadm, ...forOldKubeadm } : besideKubeadm)) {
    copyFileSync(join(sourceDir, 'kubeadm', file), within(upper, path));
  }
}

const finished = 'finished';

/** Whether there is a disk in the folder; one whose making was cut short does not count. */
export const isDisk = (folder: string): boolean => existsSync(join(folder, finished));

/** The disk as it is, for a host that starts again. */
export function describeDisk(folder: string, options: HostOptions, artefacts: Artefacts): Disk {
  const layers = [...layersOf[flavourOf(options)](options, artefacts), artefacts.base];
  const binds = [...(isCentos(options) ? dockerBind(folder) : []), ...(options.bindNode ? nodeBinds() : [])];
  return { folder, lower: layers.join(':'), binds };
}

/** docker too needs a folder that does not lie on an overlay. */
function dockerBind(folder: string): string[] {
  mkdirSync(join(folder, 'docker'), { recursive: true });
  return [`--bind=${join(folder, 'docker')}:/var/lib/docker`];
}

/** What lies over the base. */
const layersOf: Readonly<Record<Flavour, (options: HostOptions, artefacts: Artefacts) => string[]>> = {
  debian: (options, { kubernetes, runtime }) => [
    ...(options.kubeadm ? [join(kubernetes, 'kubeadm')] : []),
    ...(options.kubernetes === false ? [] : [join(kubernetes, 'node')]),
    ...(runtime === undefined ? [] : [runtime]),
  ],
  'centos-stream-9': (_, { centos }) => centosLayers('stream-9', centos),
  'centos-7': (_, { centos }) => centosLayers('7', centos),
  mirror: (_, { centos }) => (centos === undefined ? [] : [centos.mirror]),
};

const centosLayers = (release: string, centos: CentosArtefacts | undefined): string[] =>
  centos === undefined ? [] : [join(centos.layers, release), join(centos.layers, 'common')];

/** Links instead of copies, but for the two databases that containerd writes in place. */
async function fillContainerd(folder: string, seed: string | undefined): Promise<void> {
  if (seed === undefined) {
    mkdirSync(folder);
    return;
  }
  const linked = await run(['cp', '-al', seed, folder]);
  if (linked.code !== 0) {
    rmSync(folder, { recursive: true, force: true });
    await must(['cp', '-a', seed, folder]);
    return;
  }
  for (const database of databases) {
    rmSync(join(folder, database));
    copyFileSync(join(seed, database), join(folder, database));
  }
}

const databases = [
  'io.containerd.metadata.v1.bolt/meta.db',
  'io.containerd.snapshotter.v1.overlayfs/metadata.db',
] as const;

const containerdFiles = [
  '/usr/bin/containerd',
  '/usr/bin/containerd-shim-runc-v2',
  '/usr/bin/ctr',
  '/usr/sbin/runc',
  '/usr/bin/runc',
  '/usr/lib/systemd/system/containerd.service',
  '/etc/systemd/system/multi-user.target.wants/containerd.service',
  '/etc/containerd',
] as const;

/** What kubeadm finds where it is installed as a package: the kubelet's service, which the package brings. */
const besideKubeadm = {
  'kubelet.service': '/usr/lib/systemd/system/kubelet.service',
  '10-kubeadm.conf': '/etc/systemd/system/kubelet.service.d/10-kubeadm.conf',
} as const;

const forOldKubeadm = { crictl: '/usr/bin/crictl' } as const;

/** As overlayfs marks what the upper layer has deleted. */
const hide = (upper: string, path: string): Promise<string> => must(['mknod', within(upper, path), 'c', '0', '0']);

function within(upper: string, path: string): string {
  const full = join(upper, path);
  mkdirSync(dirname(full), { recursive: true });
  return full;
}

/** Base and machine are both Debian 12, so the machine's node finds its libraries there. */
function nodeBinds(): string[] {
  const checkout = resolve(sourceDir, '../..');
  const modules = realpathSync(join(checkout, 'node_modules'));
  return [
    `--bind-ro=${realpathSync(process.execPath)}:/usr/bin/node`,
    `--bind-ro=${checkout}:/opt/kinit`,
    // Where the checkout has but a link to them, it has to lead somewhere on the host too.
    ...(modules.startsWith(`${checkout}/`) ? [] : [`--bind-ro=${modules}`]),
  ];
}
