import { posix } from 'node:path';
import { KinitError } from '../../errors.ts';
import { type Change, objectKey } from '../../execute/change.ts';
import { listKey, type Observed } from '../../execute/observed.ts';
import { journalFolder } from '../../execute/record-paths.ts';
import type { KubeObject, ListQuery, ObjectRef } from '../../kube/client.ts';
import { isControlPlaneNode } from '../../kube/node.ts';
import { tagOf } from '../../kube/pod-image.ts';
import { markKeys } from '../../release/node.ts';
import { kubeletConfigFile, staticPodFile } from '../../release/paths.ts';
import { releaseFor } from '../../release/release.ts';
import { compareVersions, tryParseVersion, type Version } from '../../release/version.ts';
import { Secret } from '../../secret.ts';
import type { Phase } from '../phase.ts';
import {
  type KeptCluster,
  type KeptMarks,
  parseWayBack,
  type WayBack,
  wayBackCopies,
  wayBackFiles,
  wayBackFolder,
  wayBackRecord,
  wayBackText,
} from './record.ts';
import { noWayBackRoom, wayBackRoom } from './room.ts';

/** What the way back of a node is kept for. */
export interface WayBackContext {
  readonly wayBack: {
    /** The version of the hop. */
    readonly to: Version;
    /** What the cluster keeps of itself is kept too: once, on the control plane that leads. */
    readonly cluster: boolean;
    /** Where etcd's data were kept. */
    readonly snapshot?: string | undefined;
  };
}

/**
 * How the node is, before a hop changes anything of it; what is kept for the hop already stays as it was the first time, so
 * that a run that goes on keeps nothing half-way.
 */
export const wayBackKept: Phase<WayBackContext> = {
  name: 'rollback',
  title: 'The way back',
  reads: ({ wayBack: { to, cluster } }) => ({
    facts: true,
    files: [wayBackRecord, staticPodFile('kube-apiserver')],
    paths: [...wayBackFiles, journalFolder, wayBackFolder, wayBackCopies(to.text)],
    commands: [wayBackRoom],
    ...(cluster ? { objects: objectsOf(to), lists: [everyNode] } : {}),
  }),
  desired: ({ wayBack }, observed): readonly Change[] => {
    const { to } = wayBack;
    const there = keptBefore(observed);
    if (there?.to === to.text) {
      return wayBack.cluster && there.cluster === undefined ? withCluster(there, to, observed) : [];
    }
    const [apiServer, kubelet] = [apiServerOf(observed), tryParseVersion(observed.facts?.kubeletVersion ?? '')];
    const isOlder = (version: Version | undefined) => version !== undefined && compareVersions(version, to) < 0;
    if (!isOlder(apiServer) && !isOlder(kubelet)) return [];
    const full = noWayBackRoom(observed.commands);
    if (full !== undefined) throw full;
    if (isOlder(kubelet) && observed.paths.get(kubeletConfigFile)?.type !== 'file') throw noConfiguration();
    const folder = wayBackCopies(to.text);
    const files = wayBackFiles.map((path) => ({
      path,
      at: observed.paths.get(path)?.type === 'file' ? `${folder}/${posix.basename(path)}` : null,
    }));
    const cluster = wayBack.cluster ? clusterBefore(to, observed) : undefined;
    const record: WayBack = {
      to: to.text,
      apiServer: apiServer?.text ?? null,
      kubelet: kubelet?.text ?? null,
      snapshot: wayBack.snapshot ?? null,
      files,
      ...(cluster === undefined ? {} : { cluster }),
    };
    return [
      ...[journalFolder, wayBackFolder, folder].map((path): Change => ({ kind: 'directory', path, mode: 0o700 })),
      ...files.flatMap(({ path, at }): Change[] => (at === null ? [] : [{ kind: 'copy', from: path, to: at }])),
      written(record),
      // Those of the hop before, which nothing names any more.
      ...(there === undefined
        ? []
        : [{ kind: 'absent', path: wayBackCopies(there.to), transient: true } satisfies Change]),
    ];
  },
};

/** A host that shuts down unmounts folders under whoever still looks: what is kept then would take the kubelet's files away. */
function noConfiguration(): KinitError {
  return new KinitError(
    `its kubelet has no ${kubeletConfigFile}, so nothing could be kept to go back to; its packages were not touched`,
    {
      hint: `is ${posix.dirname(kubeletConfigFile)} mounted, and does the host stay up? look at \`systemctl status kubelet\` there, then run the same command again`,
    },
  );
}

function keptBefore({ files }: Observed): WayBack | undefined {
  try {
    return parseWayBack(files.get(wayBackRecord)?.content?.toString('utf8'));
  } catch (error) {
    if (error instanceof KinitError) return undefined;
    throw error;
  }
}

/** Another control plane began to lead: it keeps what the cluster keeps of itself, unless that is the hop's own by now. */
function withCluster(record: WayBack, to: Version, observed: Observed): readonly Change[] {
  const cluster = clusterBefore(to, observed);
  return cluster === undefined ? [] : [written({ ...record, cluster })];
}

function written(record: WayBack): Change {
  return { kind: 'file', path: wayBackRecord, content: new Secret(wayBackText(record)), mode: 0o600 };
}

/** By its manifest: the API server itself need not answer. */
function apiServerOf({ files }: Observed): Version | undefined {
  const text = files.get(staticPodFile('kube-apiserver'))?.content?.toString('utf8') ?? '';
  return tryParseVersion(tagOf(/image: *["']?([^\s"']+)/.exec(text)?.[1] ?? ''));
}

const everyNode: ListQuery = { apiVersion: 'v1', kind: 'Node' };

/** What `upgrade apply` rewrites in the cluster; rights that it adds stay, since they are of use to older nodes too. */
function objectsOf(to: Version): readonly ObjectRef[] {
  const own = (kind: string, apiVersion: string, name: string): ObjectRef => ({
    apiVersion,
    kind,
    namespace: 'kube-system',
    name,
  });
  const maps = ['kubeadm-config', releaseFor(to).node.kubeletConfigMap, 'kube-proxy', 'coredns'];
  return [
    ...maps.map((name) => own('ConfigMap', 'v1', name)),
    own('DaemonSet', 'apps/v1', 'kube-proxy'),
    own('Deployment', 'apps/v1', 'coredns'),
    own('Service', 'v1', 'kube-dns'),
    { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', name: 'system:coredns' },
  ];
}

/** undefined where kubeadm-config says the hop's version already: then it is known to who led before. */
function clusterBefore(to: Version, { objects, lists }: Observed): KeptCluster | undefined {
  const found = objectsOf(to).flatMap((ref) => objects.get(objectKey(ref)) ?? []);
  const stored = found.find(({ metadata }) => metadata.name === 'kubeadm-config')?.['data'] as
    | { readonly ClusterConfiguration?: string }
    | undefined;
  const [, version] = /^kubernetesVersion: *["']?([^\s"']+)/m.exec(stored?.ClusterConfiguration ?? '') ?? [];
  if (version === undefined || version === to.text) return undefined;
  const nodes = (lists.get(listKey(everyNode)) ?? []).filter(isControlPlaneNode);
  // Addons that are missing are somebody's wish, and who puts one there since means it.
  const made = releaseFor(to).node.kubeletConfigMap;
  const missing = objectsOf(to).filter((ref) => ref.name === made && !objects.has(objectKey(ref)));
  return { objects: found.map(ownFields), missing, marks: nodes.map(marksOf) };
}

/** Without what the API server and its controllers write. */
function ownFields({ apiVersion, kind, metadata, status: _, ...fields }: KubeObject): KubeObject {
  const { name, namespace, labels = {}, annotations = {} } = metadata;
  const own = Object.entries(annotations).filter(([key]) => !controllers.includes(key));
  return {
    apiVersion,
    kind,
    metadata: {
      name,
      ...(namespace === undefined ? {} : { namespace }),
      ...(Object.keys(labels).length === 0 ? {} : { labels }),
      ...(own.length === 0 ? {} : { annotations: Object.fromEntries(own) }),
    },
    ...fields,
  };
}

const controllers: readonly string[] = [
  'deployment.kubernetes.io/revision',
  'deprecated.daemonset.template.generation',
];

/** What kubeadm marks control planes with. */
function marksOf({ metadata, spec }: KubeObject): KeptMarks {
  const { taints = [] } = (spec ?? {}) as { readonly taints?: KeptMarks['taints'] };
  const having = (all: Readonly<Record<string, string>> = {}) =>
    Object.fromEntries(Object.entries(all).filter(([key]) => markKeys.includes(key)));
  return {
    name: metadata.name,
    labels: having(metadata.labels),
    annotations: having(metadata.annotations),
    taints: taints.filter(({ key }) => markKeys.includes(key)),
  };
}
