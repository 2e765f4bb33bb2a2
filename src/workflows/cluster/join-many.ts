import type { LocalAPIEndpoint } from '../../config/types.ts';
import { defined } from '../../defined.ts';
import { warner } from '../../execute/run.ts';
import type { Host } from '../../host/host.ts';
import type { KubeClient } from '../../kube/client.ts';
import type { SharedSource } from '../../phases/join-context.ts';
import { adminConf } from '../../release/paths.ts';
import type { Secret } from '../../secret.ts';
import { controlPlaneSigner } from '../certificates/control-plane-signer.ts';
import { asClients, hostClients } from '../host-clients.ts';
import { sharedOn } from '../node/control-plane/shared-source.ts';
import type { JoinInput } from '../node/join-host.ts';
import { overHosts, type Place, together } from '../over-hosts.ts';
import { refuseUnverified, reportRemarks } from '../release-remarks.ts';
import { type ClusterFacts, publishedEndpoint, readClusterFacts } from './cluster-info.ts';
import { type JoinOutcome, joinAlone, joinOutcome, joinText } from './join.ts';
import { revokesAbandoned, revokesToken, runToken } from './join-token.ts';

/** What the administrator of a cluster joins many hosts with. */
export interface JoinManyInput
  extends Omit<
    JoinInput,
    'cluster' | 'discovery' | 'server' | 'caPem' | 'token' | 'kube' | 'signer' | 'controlPlanes'
  > {
  /** With an administrator's rights. */
  readonly kube: KubeClient;
  /** The host that the cluster is reached through: a control plane, if it holds the CA. */
  readonly controlPlane: Host | undefined;
  /** Where they join as control planes: one that has what all of them share, or the key to what was uploaded. */
  readonly asControlPlanes?: { readonly from: Host } | { readonly certificateKey: Secret } | undefined;
  /** How many hosts at a time. */
  readonly parallel: number;
  /** The cluster may be of a release that kinit's tables stop before. */
  readonly allowUnverified?: boolean;
}

/**
 * Joins many hosts by what the cluster tells of itself, with a token of the run's own that is made when the first host
 * needs it and revoked at the end, whatever happened. Throws KinitError where the cluster cannot be asked.
 */
export async function joinMany(
  places: readonly Place[],
  { kube: client, controlPlane, asControlPlanes, parallel, allowUnverified = false, ...given }: JoinManyInput,
): Promise<readonly JoinOutcome[]> {
  const [cluster, { server, ca }] = await Promise.all([readClusterFacts(client), publishedEndpoint(client)]);
  const { run } = given;
  refuseUnverified(cluster.release, allowUnverified);
  reportRemarks(cluster.release, 'kinit', run.reporter);
  const kube = async () => client;
  const token = runToken(kube, run.now);
  const ended = new AbortController();
  const signing = { kube, token: () => token.get(), now: run.now, warn: warner(run), signal: ended.signal };
  const controlPlanes = asControlPlanes && {
    shared: await sharedBy(asControlPlanes, cluster, ca),
    proxyEnvironment: new Map<string, string>(),
    administrator: (host: Host, endpoint?: LocalAPIEndpoint) =>
      endpoint === undefined ? asClients(client) : hostClients(host, endpoint),
  };
  const input: JoinInput = {
    ...given,
    ...defined({ controlPlanes }),
    cluster,
    discovery: { file: { kubeConfigPath: adminConf } },
    server,
    caPem: ca,
    token: () => token.get(),
    kube,
    signer: controlPlane && controlPlaneSigner(controlPlane, cluster, ca, signing),
  };
  const stage = {
    places,
    order: together(parallel),
    work: (host: Host) => joinAlone(host, input),
    says: joinText,
    atEnd: [revokesToken(token), ...(run.rehearsal ? [] : [revokesAbandoned(client)])],
  };
  const ends = await overHosts(stage, run).finally(() => ended.abort());
  return ends.map(joinOutcome);
}

async function sharedBy(
  source: NonNullable<JoinManyInput['asControlPlanes']>,
  { cluster }: ClusterFacts,
  caPem: string,
): Promise<SharedSource> {
  if ('from' in source) return sharedOn(source.from, cluster, caPem);
  return { from: 'secret', certificateKey: source.certificateKey };
}
