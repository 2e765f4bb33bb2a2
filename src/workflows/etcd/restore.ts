import { createHash, randomUUID } from 'node:crypto';
import { fullName } from '../../archive/image-name.ts';
import type { Source } from '../../archive/source.ts';
import { defined } from '../../defined.ts';
import { exitCodes, KinitError } from '../../errors.ts';
import type { EtcdPeer } from '../../etcd/members.ts';
import type { EtcdAccess } from '../../execute/change.ts';
import { etcdDoor } from '../../execute/etcd-access.ts';
import type { Run } from '../../execute/run.ts';
import { on, type Target } from '../../execute/target.ts';
import type { Host, SeenFile } from '../../host/host.ts';
import { caCertHash } from '../../kube/ca-pin.ts';
import { isControlPlaneNode } from '../../kube/node.ts';
import {
  awaitRestored,
  doneMark,
  heldManifests,
  markRestored,
  prepareRestoredData,
  type RestoredMember,
  removeTraces,
  restoredData,
  startControlPlane,
  stopControlPlane,
  swapData,
  uploadFolder,
} from '../../phases/etcd-restore/restore-phases.ts';
import { type Resident, residentEtcdAccess, residentFiles, residentOf } from '../../phases/reset/resident.ts';
import { type RuntimeTool, runtimeTool } from '../../phases/runtime-tool.ts';
import { manifestsDirectory, pkiDirectory, staticPodFile } from '../../release/paths.ts';
import { releaseFor } from '../../release/release.ts';
import { newestVersion } from '../../release/served.ts';
import { parseVersion } from '../../release/version.ts';
import { hostClients } from '../host-clients.ts';
import { runStage } from '../stage.ts';
import { forgetInventory } from './forget-inventory.ts';
import { refuseOtherCluster, type VerifiedSnapshot } from './verify-snapshot.ts';

/** What is to be restored, and where. */
export interface RestoreWish {
  /** The control planes that the restored cluster is to have. */
  readonly hosts: readonly Host[];
  readonly snapshot: VerifiedSnapshot;
  readonly source: Source;
  /** With etcdutl or etcdctl in it; default each host's own of etcd. */
  readonly image?: string;
  readonly run: Run;
}

type State = 'to do' | 'prepared' | 'swapped' | 'done';

/** One of them, as it was found. */
export interface RestorePlace {
  readonly host: Host;
  readonly member: RestoredMember;
  readonly resident: Resident;
  readonly state: State;
}

/** A restore of which all is known and nothing is done. */
export interface Restore {
  readonly places: readonly RestorePlace[];
  /** A run that was killed is to be finished. */
  readonly isBegun: boolean;
  /** Watchers notice by themselves: the tool raises the revision. */
  readonly raises: boolean;
}

interface Found {
  readonly host: Host;
  readonly resident: Resident;
  readonly access: EtcdAccess;
  readonly own: EtcdPeer;
  readonly image: string;
  readonly dataDir: string;
}

/**
 * Looks at the control planes and says what restoring would take. Throws KinitError and has touched nothing: exit 2 where one of
 * them is none, the snapshot is of another cluster, another member runs that was not named, or no tool restores it.
 */
export async function findRestore({ hosts, snapshot, source, image, run }: RestoreWish): Promise<Restore> {
  const found = await Promise.all(hosts.map((host) => look(host, snapshot)));
  await refuseOthers(found);
  const cluster = found.map(({ own }) => own).toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const twice = cluster.find(({ name }, index) => cluster[index + 1]?.name === name);
  if (twice !== undefined)
    throw new KinitError(`two of the hosts are the member ${twice.name}`, { exitCode: exitCodes.badInput });
  const id = createHash('sha256')
    .update(JSON.stringify([source.sha256, cluster]))
    .digest('hex')
    .slice(0, 12);
  const stamp = new Date(run.now).toISOString().replaceAll(/[-:]|\.\d+/g, '');
  const places = await Promise.all(
    found.map(async ({ host, resident, access, own, dataDir, image: ownImage }): Promise<RestorePlace> => {
      const state = await stateOf(host, { dataDir, id });
      const probing = restoringTool(host, image ?? ownImage, dataDir, source, resident);
      // A restore that is begun needs no tool any more; what it was able to do is told again.
      const tool = state === 'to do' ? await probing : ((await probing.catch(unknown)) ?? noTool);
      const servers = access.servers.filter(
        (url) => cluster.some(({ peerURL }) => hostIn(peerURL) === hostIn(url)) || isLoopback(url),
      );
      const member = {
        host: host.name,
        id,
        name: own.name,
        peerUrl: own.peerURL,
        dataDir,
        access: { ...access, servers },
        cluster,
        snapshot: source,
        stamp,
        ...tool,
      };
      return { host, member, resident, state };
    }),
  );
  const isBegun = places.some(({ state }) => state === 'swapped' || state === 'done') || (await anyHeld(hosts));
  return { places, isBegun, raises: places.every(({ member }) => member.flags.length > 0) };
}

/**
 * Restores: data of the snapshot beside the old ones on every host, then all control planes stopped, the data swapped on all,
 * and all started. Returns the control planes that the restored cluster knows and that were not restored. Throws KinitError;
 * run again, it goes on from there.
 */
export async function restoreSnapshot({ places }: Restore, run: Run): Promise<readonly string[]> {
  const clients = new Map(places.map(({ host, resident }) => [host, hostClients(host, resident.endpoint)]));
  const targetOf = ({ host, resident }: RestorePlace): Target => {
    const release = releaseFor(resident.version ?? parseVersion(newestVersion));
    return on(run, { host, release, ...defined({ kube: clients.get(host)?.kube }) });
  };
  const everywhere = async (...phases: Parameters<typeof runStage<RestoredMember>>[0]): Promise<void> => {
    const ended = await Promise.allSettled(places.map((place) => runStage(phases, place.member, targetOf(place))));
    const failed = ended.find((one) => one.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  };
  try {
    const states = places.map(({ state }) => state);
    if (!states.includes('done')) {
      await everywhere(prepareRestoredData);
      // No member of before may meet one of the restored cluster; where all are swapped, none of before is left.
      if (states.some((state) => state !== 'swapped')) {
        await everywhere(stopControlPlane);
        await everywhere(swapData);
      }
      await everywhere(startControlPlane);
      await everywhere(awaitRestored);
      for (const place of places.slice(0, 1)) await forgetInventory(targetOf(place));
      await everywhere(markRestored);
    }
    await everywhere(removeTraces);
    const [first] = places;
    const kube = await clients.get(first?.host as Host)?.kube();
    const nodes = (await kube?.list({ apiVersion: 'v1', kind: 'Node' })) ?? [];
    const names = new Set(places.map(({ member }) => member.name));
    return nodes.filter(isControlPlaneNode).flatMap(({ metadata: { name } }) => (names.has(name) ? [] : [name]));
  } finally {
    for (const client of clients.values()) client.close();
  }
}

/** What a control plane's manifests tell, those too that a killed run has put away. */
async function look(host: Host, snapshot: VerifiedSnapshot): Promise<Found> {
  const held = (path: string) => path.replace(manifestsDirectory, heldManifests);
  const { files } = await host.observe({ files: [...new Set(residentFiles.flatMap((path) => [path, held(path)]))] });
  const seen = new Map(
    residentFiles.map((path): [string, SeenFile] => {
      const there = files.get(path);
      const away = files.get(held(path));
      return [path, (there?.type === 'file' ? there : (away ?? there)) as SeenFile];
    }),
  );
  const resident = residentOf(seen);
  const access = residentEtcdAccess(resident);
  const manifest = seen.get(staticPodFile('etcd'))?.content?.toString('utf8') ?? '';
  const name = resident.etcd?.name;
  const [, image] = /^\s*(?:- )?image: *["']?([^\s"']+)/m.exec(manifest) ?? [];
  const peerURL = resident.etcd?.peerUrl;
  if (access === undefined || name === undefined || peerURL === undefined || image === undefined) {
    const hint =
      'name control planes with --host or --config: a restore goes to where members of etcd run as static pods';
    throw refused(host, 'its manifests name no member of etcd', hint);
  }
  const caFile = `${resident.certificatesDir ?? pkiDirectory}/ca.crt`;
  const ca = (await host.observe({ files: [caFile] })).files.get(caFile)?.content?.toString('utf8') ?? '';
  if (ca === '') throw refused(host, `${caFile} is missing, so it is not known which cluster this is`, bringPki);
  refuseOtherCluster(snapshot, caCertHash(ca), host.name);
  return { host, resident, access, own: { name, peerURL }, image, dataDir: resident.etcd?.dataDir ?? '' };
}

async function stateOf(host: Host, which: { readonly dataDir: string; readonly id: string }): Promise<State> {
  const path = restoredData(which);
  const seen = (await host.observe({ paths: [path] })).paths.get(path);
  if (seen?.type !== 'directory') return 'to do';
  if (seen.entries?.includes(doneMark)) return 'done';
  return seen.entries?.includes('member') ? 'prepared' : 'swapped';
}

async function anyHeld(hosts: readonly Host[]): Promise<boolean> {
  const seen = await Promise.all(hosts.map((host) => host.observe({ paths: [heldManifests] })));
  return seen.some(({ paths }) => (paths.get(heldManifests)?.entries?.length ?? 0) > 0);
}

/** Throws KinitError where a member runs that was not named: it would go on with the data of before. */
async function refuseOthers(found: readonly Found[]): Promise<void> {
  const named = new Set(found.map(({ own }) => hostIn(own.peerURL)));
  for (const { host, access } of found) {
    const door = await etcdDoor(host, access);
    const members = await door.ask((client) => client.members(), shortly).catch(unknown);
    const known = (members ?? []).flatMap(({ clientURLs }) => clientURLs);
    const others = [...new Set([...access.servers, ...known])].filter(
      (url) => !named.has(hostIn(url)) && !isLoopback(url),
    );
    const asked = others.map(async (url) => {
      const alive = await door.ask((client) => client.status(), { ...shortly, servers: [url] }).catch(unknown);
      return alive === undefined ? [] : [url];
    });
    const [living] = (await Promise.all(asked)).flat();
    if (living === undefined) continue;
    const hint = 'name its host too, or stop that control plane for good: shut it down, or `kinit reset --force` it';
    throw refused(host, `the member of etcd at ${living} runs too, and would go on with the data of before`, hint);
  }
}

const shortly = { retryForMs: 0, timeoutMs: 3000 };

function unknown(error: unknown): undefined {
  if (!(error instanceof KinitError)) throw error;
  return undefined;
}

function hostIn(url: string): string {
  // What etcd tells of itself may be anything.
  return URL.canParse(url) ? new URL(url).hostname : url;
}

function isLoopback(url: string): boolean {
  return /^(?:127\.|localhost$|\[::1\]$)/.test(hostIn(url));
}

const bringPki =
  'bring its PKI first: --pki does it with what `kinit etcd snapshot save` has put beside the snapshot (NAME.pki.age)';

/** Characters of a program's complaint that are told. */
const mostWords = 200;

interface Tool {
  readonly tool: readonly string[];
  readonly flags: readonly string[];
}

const noTool: Tool = { tool: [], flags: [] };

/**
 * The tool of an image that restores: etcdutl, before 3.6 etcdctl too. Images of etcd 3.6.0 to 3.6.4 that Kubernetes has built
 * hold neither (their Makefile copies etcd and etcdctl alone).
 */
async function restoringTool(
  host: Host,
  image: string,
  dataDir: string,
  source: Source,
  resident: Resident,
): Promise<Tool> {
  const { facts } = await host.observe({ facts: true });
  const socket = resident.criSocket ?? facts?.runtime.sockets[0];
  if (facts === undefined || socket === undefined)
    throw refused(host, 'no container runtime answers', 'start it: `systemctl start containerd`');
  const runtime: RuntimeTool = runtimeTool(socket, facts);
  const folders = [dataDir, uploadFolder({ snapshot: source })];
  const words: string[] = [];
  for (const program of ['etcdutl', 'etcdctl']) {
    const argv = [program, 'snapshot', 'restore'];
    const id = () => `kinit-restore-${randomUUID().slice(0, 8)}`;
    const { stdout, stderr } = await host.run(runtime.once(fullName(image), id(), [], [...argv, '--help']), {
      deadline: 60,
    });
    const help = `${stdout}${stderr}`;
    if (!help.includes('--initial-cluster-token')) {
      words.push((stderr.trim().split('\n').at(-1) ?? '').slice(0, mostWords));
      continue;
    }
    const flags = help.includes('--bump-revision') ? ['--bump-revision=1000000000', '--mark-compacted'] : [];
    return { tool: runtime.once(fullName(image), id(), folders, argv), flags };
  }
  const hint =
    'name an image that has etcdutl, of the same minor, with --image, such as that of a later patch release of etcd; `kinit images pull` brings it to the host';
  throw refused(host, `${image} has no etcdutl or etcdctl that restores (${words.filter(Boolean).join('; ')})`, hint);
}

function refused({ name: host }: Host, message: string, hint: string): KinitError {
  return new KinitError(`${message}; nothing was touched`, { host, exitCode: exitCodes.preflight, hint });
}
