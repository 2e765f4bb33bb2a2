import { exitCodes, KinitError } from '../../../../errors.ts';
import { cordonedBy } from '../../../../execute/perform-drain.ts';
import type { KubeClient, KubeObject } from '../../../../kube/client.ts';
import { isControlPlaneNode } from '../../../../kube/node.ts';
import { podImage, tagOf } from '../../../../kube/pod-image.ts';
import { apiServerPods } from '../../../../kube/static-pod.ts';
import { newestVersion, oldestVersion, servedMinor } from '../../../../release/served.ts';
import { compareVersions, tryParseVersion, type Version } from '../../../../release/version.ts';
import type { EtcdClusterStatus } from '../../etcd-members.ts';
import { nodeStatus } from '../../node-status.ts';
import type { ClusterVersions, NodeVersions } from './walk.ts';

/** Whom an upgrade takes nodes from the scheduler as. */
export const upgradeOwner = 'kinit-upgrade';

/** A node that an upgrade of kinit's took from the scheduler and did not give back. */
export function isUnfinished({ metadata }: KubeObject): boolean {
  return metadata.annotations?.[cordonedBy] === upgradeOwner;
}

/** What runs where, as the nodes, the pods of the API servers and etcd's members tell. Throws KinitError. */
export async function versionsOf(
  kube: KubeClient,
  cluster: Version,
  nodes: Iterable<KubeObject>,
  etcd: EtcdClusterStatus | undefined,
): Promise<ClusterVersions> {
  const pods = await kube.list(apiServerPods);
  const apiServers = new Map(pods.flatMap(apiServerOf));
  return {
    cluster,
    etcd: oldestMember(etcd),
    nodes: [...nodes].map((node): NodeVersions => {
      const { name, version } = nodeStatus(node);
      return {
        name,
        role: isControlPlaneNode(node) ? 'control-plane' : 'worker',
        kubelet: versionSaid(version, `the kubelet of ${name}`),
        apiServer: apiServers.get(name),
        unfinished: isUnfinished(node),
      };
    }),
  };
}

/** What a node says that it runs, of which kinit has to know how far it may be behind. Throws KinitError. */
export function versionSaid(text: string, who: string): Version {
  const version = tryParseVersion(text);
  if (version === undefined || servedMinor(version.minor) === undefined) throw noVersion(who, text);
  return version;
}

function noVersion(who: string, text: string): KinitError {
  return new KinitError(`${who} says that it is ${JSON.stringify(text.slice(0, 100))}; nothing was touched`, {
    exitCode: exitCodes.preflight,
    hint: `kinit knows ${oldestVersion} to ${newestVersion}: see kubectl get nodes -o wide`,
  });
}

/** By the tag of its image, as kubeadm knows it (app/phases/upgrade/versiongetter.go). */
function apiServerOf(pod: KubeObject): readonly (readonly [string, Version])[] {
  const { nodeName } = (pod['spec'] ?? {}) as { readonly nodeName?: string };
  const version = tryParseVersion(tagOf(podImage(pod)));
  return nodeName !== undefined && version !== undefined ? [[nodeName, version]] : [];
}

/** undefined where etcd is not the cluster's own. Throws KinitError where a member does not say: nobody upgrades that. */
function oldestMember(etcd: EtcdClusterStatus | undefined): string | undefined {
  if (etcd === undefined) return undefined;
  const silent = etcd.members.filter(({ version }) => version === undefined);
  if (etcd.problem !== undefined || silent.length > 0) {
    const why = etcd.problem ?? `${silent.map(({ name, role }) => `${name} ${role}`).join(', ')}`;
    throw new KinitError(`etcd is not well: ${why}; nothing was touched`, {
      exitCode: exitCodes.preflight,
      hint: '`kinit status` shows its members; bring them back, or take a dead one out: kinit node remove NAME',
    });
  }
  const alarmed = etcd.members.find(({ alarms }) => alarms.length > 0);
  if (alarmed !== undefined) {
    throw new KinitError(`etcd's member ${alarmed.name} raises ${alarmed.alarms.join(', ')}; nothing was touched`, {
      exitCode: exitCodes.preflight,
      hint: 'no upgrade before that is mended: https://etcd.io/docs/v3.5/op-guide/maintenance/',
    });
  }
  const versions = etcd.members.map(({ name, version = '' }) => {
    const parsed = tryParseVersion(`v${version}`);
    if (parsed === undefined) throw noVersion(`etcd's member ${name}`, version);
    return parsed;
  });
  return versions.sort(compareVersions)[0]?.text.slice(1);
}
