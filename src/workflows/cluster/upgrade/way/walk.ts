import { exitCodes, InputError, KinitError } from '../../../../errors.ts';
import { releaseFor } from '../../../../release/release.ts';
import { newestMinor, servedMinor } from '../../../../release/served.ts';
import { compareVersions, parseVersion, type Version } from '../../../../release/version.ts';

/** A node as its kubelet and, on a control plane, its API server tell. */
export interface NodeVersions {
  readonly name: string;
  readonly role: 'control-plane' | 'worker';
  readonly kubelet: Version;
  /** undefined on a worker, and where its pod is not known to the cluster. */
  readonly apiServer?: Version | undefined;
  /** An upgrade took it from the scheduler and did not give it back. */
  readonly unfinished: boolean;
}

/** What runs in a cluster. */
export interface ClusterVersions {
  /** As kubeadm-config has it. */
  readonly cluster: Version;
  /** Of its oldest member; undefined where etcd is not the cluster's own. */
  readonly etcd: string | undefined;
  readonly nodes: readonly NodeVersions[];
}

/** One version on the way: first etcd where it has to be patched, then the control planes, then kubelets. */
export interface Hop {
  readonly to: Version;
  /** etcd gets this tag while the control planes are still what they were. */
  readonly etcdTag?: string;
  /** In the order in which they go; empty where all of them are there already. */
  readonly controlPlanes: readonly string[];
  /** Nodes whose kubelets go to this version: no more often than the skew of versions wants. */
  readonly kubelets: readonly string[];
}

/** Where to, and by which patches. */
export interface Wish {
  readonly target: Version;
  /** By minor; others are the newest patch that kinit knows. */
  readonly through?: ReadonlyMap<number, Version>;
}

/**
 * The way of a cluster to a version, minor by minor (kubeadm and etcd take no two at once), each node drained as seldom as
 * https://kubernetes.io/releases/version-skew-policy/ allows. Decided on what runs: what is there needs no hop, so that
 * a run that was killed goes on where it was. Throws KinitError, exit 2, where there is no way.
 */
export function walk(there: ClusterVersions, { target, through = new Map() }: Wish): readonly Hop[] {
  const { cluster } = there;
  refuseBackwards(there, target);
  refuseAside(through, cluster, target);
  const between = minorsBetween(cluster, target).map((minor) => through.get(minor) ?? newestOf(minor));
  const stops = compareVersions(cluster, target) < 0 ? [...between, target] : [];
  const kubelets = new Map(there.nodes.map(({ name, kubelet }) => [name, kubelet]));
  let etcd = there.etcd;
  let before = cluster;
  const hops = [cluster, ...stops].map((to, at): Hop => {
    const release = releaseFor(to);
    const next = stops[at];
    const due = there.nodes.filter(({ name, unfinished }) => {
      const kubelet = kubelets.get(name) ?? to;
      return (at === 0 && unfinished) || (compareVersions(kubelet, to) < 0 && hasToGo(kubelet, next));
    });
    for (const { name } of due) kubelets.set(name, to);
    const isBehind = ({ apiServer }: NodeVersions) => apiServer === undefined || compareVersions(apiServer, to) < 0;
    const controlPlanes = there.nodes.filter((node) => node.role === 'control-plane');
    const isThere = before === to && !controlPlanes.some(isBehind);
    const first = release.skew.etcdBefore;
    const isTooOld = etcd !== undefined && first !== undefined && before !== to && isOlder(etcd, first.atLeast);
    if (etcd !== undefined && before !== to) etcd = release.images.etcd.replace(/-.*$/, '');
    before = to;
    return {
      to,
      ...(isTooOld && first !== undefined ? { etcdTag: first.tag } : {}),
      controlPlanes: isThere ? [] : controlPlanes.map(({ name }) => name),
      kubelets: due.map(({ name }) => name),
    };
  });
  return hops.filter((hop) => hop.controlPlanes.length > 0 || hop.kubelets.length > 0);
}

/** Whether a kubelet cannot wait for a later hop. */
function hasToGo(kubelet: Version, next: Version | undefined): boolean {
  return next === undefined || next.minor - kubelet.minor > lagOf(kubelet);
}

function lagOf(kubelet: Version): number {
  return releaseFor(kubelet, 'the version of a kubelet').skew.kubeletLag;
}

function refuseBackwards({ cluster, nodes }: ClusterVersions, target: Version): void {
  if (compareVersions(target, cluster) < 0) {
    throw refusal(
      `the cluster has ${cluster.text}, which is newer than ${target.text}`,
      '`kinit upgrade rollback --config FILE` takes the last version back; further back is the snapshot that the upgrade took',
    );
  }
  const newer = nodes.find(({ apiServer }) => apiServer !== undefined && compareVersions(apiServer, target) > 0);
  if (newer !== undefined) {
    const there = newer.apiServer?.text ?? '';
    throw refusal(
      `the API server of ${newer.name} has ${there}, which is newer than ${target.text}`,
      `somebody has begun to upgrade the cluster by hand: bring all of it to ${there} (--to ${there}), or take that node back`,
    );
  }
  const ahead = nodes.filter(({ kubelet }) => compareVersions(kubelet, cluster) > 0 && kubelet.minor > cluster.minor);
  const [first] = ahead;
  if (first !== undefined) {
    throw refusal(
      `the kubelet of ${first.name} has ${first.kubelet.text}, which is newer than the cluster's ${cluster.text}`,
      'a kubelet must not be newer than the API servers: put its package back to the version of the cluster',
    );
  }
  const tooOld = nodes.find(({ kubelet }) => cluster.minor - kubelet.minor > lagOf(kubelet));
  if (tooOld !== undefined) {
    throw refusal(
      `the kubelet of ${tooOld.name} has ${tooOld.kubelet.text}, too old for API servers of ${cluster.text}`,
      `take the node out (kinit node remove ${tooOld.name}) and join it anew: kinit up`,
    );
  }
}

/** Throws InputError for patches of minors that are not on the way; a run that was killed has passed some of them. */
function refuseAside(through: ReadonlyMap<number, Version>, cluster: Version, target: Version): void {
  const aside = [...through.values()].filter(
    (version) =>
      compareVersions(version, cluster) > 0 && (version.minor === cluster.minor || version.minor >= target.minor),
  );
  if (aside.length === 0) return;
  const names = aside.map(({ text }) => text).join(', ');
  const message = `${names} ${aside.length === 1 ? 'is' : 'are'} not between ${cluster.text} and ${target.text}`;
  throw new InputError([{ place: '--through', message }]);
}

function refusal(message: string, hint: string): KinitError {
  return new KinitError(`${message}; nothing was touched`, { exitCode: exitCodes.preflight, hint });
}

/** The newest patch of a minor that kinit knows. */
export function newestOf(minor: number): Version {
  const row = servedMinor(minor);
  if (row === undefined) throw new Error(`no minor v1.${minor}`);
  return parseVersion(`v1.${minor}.${row.newestPatch}`);
}

/** Minors that a cluster passes on its way to a version. */
export function minorsBetween(cluster: Version, target: Version): readonly number[] {
  return Array.from({ length: Math.max(0, target.minor - cluster.minor - 1) }, (_, at) => cluster.minor + 1 + at);
}

function isOlder(version: string, than: string): boolean {
  const [left, right] = [version, than].map((text) => parseVersion(`v${text}`));
  return left !== undefined && right !== undefined && compareVersions(left, right) < 0;
}

/**
 * The patches of minors on the way that a user names (`v1.21.14,v1.22.17`). Throws InputError for a text that is no
 * version, for two of one minor, and for one that kinit does not serve.
 */
export function throughOf(texts: readonly string[], place: string): ReadonlyMap<number, Version> {
  const through = new Map<number, Version>();
  for (const text of texts) {
    const version = parseVersion(text, place);
    if (version.minor > newestMinor || servedMinor(version.minor) === undefined) releaseFor(version, place);
    const other = through.get(version.minor);
    if (other !== undefined)
      throw new InputError([{ place, message: `${other.text} and ${version.text} are of one minor` }]);
    through.set(version.minor, version);
  }
  return through;
}
