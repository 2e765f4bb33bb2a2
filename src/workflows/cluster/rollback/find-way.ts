import { exitCodes, KinitError } from '../../../errors.ts';
import type { KubeObject } from '../../../kube/client.ts';
import { podImage, tagOf } from '../../../kube/pod-image.ts';
import { residentFiles, residentOf } from '../../../phases/reset/resident.ts';
import { parseWayBack, type WayBack, wayBackFolder, wayBackRecord } from '../../../phases/rollback/record.ts';
import { tagVersion } from '../../../preflight/upgrade-policy.ts';
import { staticPodFile, temporaryDirectory } from '../../../release/paths.ts';
import { compareVersions, parseVersion, type Version } from '../../../release/version.ts';
import { parseYaml } from '../../../yaml.ts';
import { livingControlPlane } from '../living-control-plane.ts';
import { nodeStatus } from '../node-status.ts';
import type { Machine } from '../up/up-input.ts';
import type { NodeByNode } from '../upgrade/upgrade-input.ts';
import type { NodeBack, Way } from './way.ts';

/**
 * The last hop of the nodes of a file, by what they have kept of it: that hop alone goes back, since Kubernetes promises
 * that a release reads what its follower has stored, and no more (deprecation policy, rule 4b:
 * https://kubernetes.io/docs/reference/using-api/deprecation-policy/). Nothing is touched. Throws KinitError, exit 2, where
 * there is no way back.
 */
export async function findWay(input: NodeByNode): Promise<Way> {
  const machines = await allOf(input);
  const seen = await Promise.all(machines.map(lookAt));
  const hops = seen.flatMap(({ record }) => (record === undefined ? [] : [parseVersion(record.to, wayBackRecord)]));
  const hop = hops.toSorted(compareVersions).at(-1);
  const due = seen.flatMap((one): readonly Due[] =>
    one.record?.to !== undefined && one.record.to === hop?.text ? [{ ...one, record: one.record }] : [],
  );
  const ofRole = (role: string) => due.filter(({ machine }) => machine.entry.role === role);
  const [controlPlanes, workers] = [ofRole('control-plane'), ofRole('worker')];
  const leftovers = seen.flatMap(({ machine, record, hasCopies }) =>
    record === undefined && hasCopies ? [machine] : [],
  );
  if (hop === undefined) return { hop, back: hop, controlPlanes, workers, leftovers, living: hop, snapshot: hop };
  refuseLater(seen, hop);
  for (const one of controlPlanes) refuseOtherEtcd(one, snapshotOf(due));
  const hosts = machines.filter(({ entry }) => entry.role === 'control-plane').map(async ({ host }) => host);
  const living = await livingControlPlane(hosts);
  const back = backOf(controlPlanes, workers);
  try {
    if (living !== undefined && controlPlanes.length > 0 && back !== undefined) {
      refuseNewcomers(await living.kube.list({ apiVersion: 'v1', kind: 'Node' }), due, back);
    }
  } catch (error) {
    living?.kube.close();
    throw error;
  }
  const snapshot = snapshotOf(due);
  return { hop, back, controlPlanes, workers, leftovers, living, snapshot };
}

interface Looked extends Omit<NodeBack, 'record'> {
  readonly record: WayBack | undefined;
  readonly hasCopies: boolean;
  /** Of its API server's manifest. */
  readonly apiServer: Version | undefined;
  /** The image tags of etcd, of before and of now. */
  readonly etcd: readonly (Version | undefined)[];
}

type Due = Looked & { readonly record: WayBack };

/** Every machine of the file. Throws KinitError where one is not reached: it may be half-way. */
async function allOf({ controlPlanes, workers, dial }: NodeByNode): Promise<readonly Machine[]> {
  const { machines, failures } = await dial([...controlPlanes, ...workers]);
  const [first] = failures;
  if (first === undefined) return machines;
  throw new KinitError(
    `not reached: ${failures.map(({ entry, error }) => `${entry.name} (${error.message})`).join(', ')}; nothing was touched`,
    {
      host: first.entry.name,
      exitCode: exitCodes.preflight,
      hint: 'a way back wants all nodes, since an older API server serves no newer kubelets: bring them back, or take them out of the cluster: kinit node remove NAME',
    },
  );
}

async function lookAt(machine: Machine): Promise<Looked> {
  const { host, entry } = machine;
  const read = async (files: readonly string[]) =>
    host.observe({ facts: true, files: [...residentFiles, ...files], paths: [wayBackFolder] });
  const seen = await read([wayBackRecord]);
  const record = parseWayBack(seen.files.get(wayBackRecord)?.content?.toString('utf8'));
  const kept = record?.files.find(({ path }) => path === etcdFile)?.at ?? undefined;
  const copy = kept === undefined ? undefined : (await host.read([kept])).get(kept)?.toString('utf8');
  const now = seen.files.get(etcdFile)?.content?.toString('utf8');
  return {
    machine,
    node: entry.name.toLowerCase(),
    record,
    kubelet: seen.facts?.kubeletVersion,
    hasCopies: seen.paths.get(wayBackFolder)?.type === 'directory',
    apiServer: residentOf(seen.files).version,
    etcd: [copy, now].map((text) => (text === undefined ? undefined : tagVersion(tagOf(imageIn(text))))),
  };
}

const etcdFile = staticPodFile('etcd');

function imageIn(manifest: string): string {
  return podImage((parseYaml(manifest, etcdFile)[0]?.value ?? {}) as object);
}

/** What the control planes had; where none of them goes, what the oldest kubelet had. */
function backOf(controlPlanes: readonly Due[], workers: readonly Due[]): Version | undefined {
  const versions = (texts: readonly (string | null)[]) =>
    texts.flatMap((text) => (text === null ? [] : [parseVersion(text, wayBackRecord)])).toSorted(compareVersions);
  const ofApi = versions(controlPlanes.map(({ record }) => record.apiServer)).at(-1);
  return ofApi ?? versions(workers.map(({ record }) => record.kubelet))[0];
}

/** Throws KinitError where control planes went on since: what they have stored by then is for nobody so much older. */
function refuseLater(seen: readonly Looked[], hop: Version): void {
  const later = seen.find(({ apiServer }) => apiServer !== undefined && compareVersions(apiServer, hop) > 0);
  if (later === undefined) return;
  throw refusal(
    `${later.node} runs ${later.apiServer?.text} by now, and what was kept is of the way to ${hop.text}: only the last version goes back`,
    'the way back over more than one version is the snapshot of before: kinit etcd snapshot list',
  );
}

/** Throws KinitError where etcd has gone to another minor: it does not start on newer data (https://etcd.io/docs/v3.6/downgrades/). */
function refuseOtherEtcd({ node, etcd: [before, now] }: Due, snapshot: string | undefined): void {
  if (before === undefined || now === undefined || before.minor === now.minor) return;
  const [older, newer] = [before, now].map(({ text }) => text.slice(1));
  throw refusal(
    `etcd on ${node} went from ${older} to ${newer}, and an etcd does not start on the data of a newer minor: there is no way back but its data of before`,
    `${snapshot === undefined ? '' : `the snapshot of before is ${snapshot}; `}${temporaryDirectory}/kubeadm-backup-etcd-* on ${node} is a copy of its data. kinit etcd snapshot restore SNAPSHOT --config FILE brings the objects back as they were then; the version stays`,
  );
}

/** Throws KinitError where a node that came since would be newer than the API servers. */
function refuseNewcomers(nodes: readonly KubeObject[], due: readonly Due[], back: Version): void {
  const known = new Set(due.map(({ node }) => node));
  const newer = nodes
    .map(nodeStatus)
    .filter(({ name }) => !known.has(name))
    .filter(({ version }) => parseVersion(version, 'the version of a kubelet').minor > back.minor);
  const [first] = newer;
  if (first === undefined) return;
  const names = newer.map(({ name }) => name).join(', ');
  throw refusal(
    `nodes that have kept no way back would be newer than their API servers: ${names} (${first.version})`,
    `take them out first: kinit node remove ${first.name}`,
  );
}

function snapshotOf(due: readonly Pick<Due, 'record'>[]): string | undefined {
  return due.map(({ record }) => record.snapshot).find((one) => one !== null) ?? undefined;
}

function refusal(message: string, hint: string): KinitError {
  return new KinitError(`${message}; nothing was touched`, { exitCode: exitCodes.preflight, hint });
}
