import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { dump } from 'js-yaml';
import { type Kit, kit, ssh } from '../e2e/kit.ts';
import type { LabHost } from '../lab/host.ts';
import { type Offered, offerEtcd, offerVersion } from '../lab/offer.ts';
import { type LabVersion, labVersion } from '../lab/versions.ts';
import { on } from './bench-host.ts';
import { type Bench, timed } from './measure.ts';

/** Folders like that of $KINIT_LAB_BINARIES, each of the minor after: $KINIT_LAB_WALK, with colons between. */
const folders = (process.env['KINIT_LAB_WALK'] ?? '').split(':').filter(Boolean);
/** Such a folder, `=` and the tag that its etcd is to have: one that comes in between is in none of the minors. */
const [etcdFolder = '', etcdTag = ''] = (process.env['KINIT_LAB_WALK_ETCD'] ?? '').split('=');
const masters = Number(process.env['WALK_MASTERS'] ?? 1);
const workers = 2;

/** Bare hosts become a cluster, which then goes over real minors in one command; prints what kinit tells of each node. */
export const upgradeWalk: Bench = {
  name: 'walk',
  title: 'one upgrade over the minors of $KINIT_LAB_WALK',
  async run(say) {
    if (folders.length === 0) {
      say('  left out: $KINIT_LAB_WALK names no folders with the programs of later minors');
      return [];
    }
    const bench = kit('bench-walk');
    try {
      await walk(bench, folders.map(labVersion), say);
    } finally {
      await bench.lab.down();
    }
    return [];
  },
};

async function walk(bench: Kit, later: readonly LabVersion[], say: (line: string) => void): Promise<void> {
  const { lab } = bench;
  const names = [...numbered('m', masters), ...numbered('n', workers)];
  const hosts = await lab.up(names.map((name) => ({ name, flavour: 'centos-stream-9' as const })));
  const own: Offered = lab.repository;
  let source = own;
  for (const [index, version] of [lab.version, ...later].entries()) {
    const { url, key } = index === 0 ? own : await offerVersion(lab, version);
    source = await byMinor(lab.host('mirror'), version, { url, key });
  }
  const run = async (command: string, version: LabVersion, ...more: readonly string[]) => {
    const file = writeFile(bench, hosts, { version, source });
    let told = '';
    const milliseconds = await timed(async () => {
      const { code, stdout, stderr } = await bench.kinit([command, '--config', file, ...more, ...ssh(bench)], {
        timeout: 3000,
      });
      if (code !== 0)
        throw new Error(`kinit ${command} to ${version.kubernetes} ended with ${code}\n${stdout}${stderr}`);
      told = stdout;
    });
    say(`  kinit ${command}: ${(milliseconds / 1000).toFixed(1)} s\n${told.replace(/^/gm, '    ')}`);
  };
  if (etcdFolder !== '' && etcdTag === '') throw new Error('$KINIT_LAB_WALK_ETCD is FOLDER=TAG');
  if (etcdFolder !== '') await offerEtcd(lab, labVersion(etcdFolder), etcdTag);
  await run('up', lab.version);
  const [last = lab.version] = later.slice(-1);
  const through = [
    '--through',
    later
      .slice(0, -1)
      .map(({ kubernetes }) => kubernetes)
      .join(','),
  ];
  const how = [...(later.length > 1 ? through : []), '--snapshot-dir', bench.folder];
  await run('plan', last);
  await run('upgrade', last, ...how);
  await run('upgrade', last, ...how);
  const [first] = hosts as [LabHost];
  const admin = '--kubeconfig=/etc/kubernetes/admin.conf';
  say(await on(first, 'kubectl', admin, 'get', 'nodes', '-o', 'wide'));
  say(await on(first, 'kubectl', admin, '-n', 'kube-system', 'get', 'pods', '-o', 'wide'));
}

/** Each minor's packages under its own name: `{minor}` in a URL stands for it. */
async function byMinor(mirror: LabHost, { kubernetes }: LabVersion, { url, key }: Offered): Promise<Offered> {
  const minor = kubernetes.replace(/\.\d+$/, '');
  const here = (address: string) => address.replace(/^https?:\/\/[^/]+\//, '');
  const links = [`ln -sfn ${here(url)} by-${minor}`, `ln -sfn ${here(key)} by-${minor}.key`];
  await on(mirror, 'sh', '-c', `cd /srv && ${links.join(' && ')}`);
  const root = url.slice(0, -here(url).length);
  return { url: `${root}by-{minor}`, key: `${root}by-{minor}.key` };
}

const numbered = (letter: string, count: number): readonly string[] =>
  Array.from({ length: count }, (_, index) => `${letter}${index + 1}`);

interface Wish {
  readonly version: LabVersion;
  readonly source: Offered;
}

/** The same hosts, at a version. */
function writeFile({ lab, folder }: Kit, hosts: readonly LabHost[], { version, source }: Wish): string {
  const inventory = {
    apiVersion: 'kinit.dev/v1alpha1',
    kind: 'Inventory',
    ssh: { user: 'root' },
    hosts: hosts.map(({ name, address }) => ({
      name,
      address,
      ...(name.startsWith('m') ? { role: 'control-plane' } : {}),
    })),
    preparation: { ntpServers: [lab.timeServer] },
    packages: { source: source.url, gpgKeys: [source.key] },
    runtime: {
      registryMirrors: Object.fromEntries(
        [version.imageRepository, 'docker.io'].map((name) => [name, [`http://${lab.registry}`]]),
      ),
    },
    network: { plugin: join(import.meta.dirname, '..', 'e2e', 'manifests', 'pod-network.yaml') },
  };
  const cluster = {
    apiVersion: `kubeadm.k8s.io/${version.configApi}`,
    kind: 'ClusterConfiguration',
    kubernetesVersion: version.kubernetes,
    networking: { podSubnet: '10.244.0.0/16' },
  };
  // Of the last one from the first day on: a kubelet of v1.35 refuses cgroups v1 unless it is told.
  const [last = version] = folders.slice(-1).map(labVersion);
  const file = join(folder, 'cluster.yaml');
  writeFileSync(file, [inventory, cluster, ...last.documents].map((document) => dump(document)).join('---\n'));
  return file;
}
