import type { KinitError } from '../../errors.ts';
import type { Host } from '../../host/host.ts';
import type { KubeClient } from '../../kube/client.ts';
import { adminConf } from '../../release/paths.ts';
import { controlPlaneSigner } from '../certificates/control-plane-signer.ts';
import type { JoinInput } from '../node/join-host.ts';
import { refuseUnverified, reportRemarks } from '../release-remarks.ts';
import { publishedEndpoint, readClusterFacts } from './cluster-info.ts';
import { type JoinOutcome, joinHosts } from './join.ts';
import { revokeAbandoned, runToken } from './join-token.ts';

/** What the administrator of a cluster joins many hosts with. */
export interface JoinManyInput
  extends Omit<JoinInput, 'cluster' | 'discovery' | 'server' | 'caPem' | 'token' | 'kube' | 'signer'> {
  /** With an administrator's rights. */
  readonly kube: KubeClient;
  /** The host that the cluster is reached through: a control plane, if it holds the CA. */
  readonly controlPlane: Host | undefined;
  /** How many hosts at a time. */
  readonly parallel: number;
  readonly warn: (text: string) => void;
  /** The cluster may be of a release that kinit's tables stop before. */
  readonly allowUnverified?: boolean;
}

/**
 * Joins many hosts by what the cluster tells of itself, with a token of the run's own that is made when the first host
 * needs it and revoked at the end, whatever happened. Throws KinitError where the cluster cannot be asked.
 */
export async function joinMany(
  opening: readonly (Host | Promise<Host | KinitError>)[],
  { kube: client, controlPlane, parallel, warn, allowUnverified = false, ...input }: JoinManyInput,
): Promise<readonly JoinOutcome[]> {
  const [cluster, { server, ca }] = await Promise.all([readClusterFacts(client), publishedEndpoint(client)]);
  refuseUnverified(cluster.release, allowUnverified);
  reportRemarks(cluster.release, 'kinit', input.run.reporter);
  const kube = async () => client;
  const token = runToken(kube, input.run.now);
  const ended = new AbortController();
  const signing = { kube, token: () => token.get(), now: input.run.now, warn, signal: ended.signal };
  try {
    return await joinHosts(
      opening,
      {
        ...input,
        cluster,
        discovery: { file: { kubeConfigPath: adminConf } },
        server,
        caPem: ca,
        token: () => token.get(),
        kube,
        signer: controlPlane && controlPlaneSigner(controlPlane, cluster, ca, signing),
      },
      parallel,
    );
  } finally {
    ended.abort();
    await Promise.all([
      token
        .revoke()
        .catch((error: unknown) =>
          warn(`the token of this run could not be revoked: ${String(error)}; it expires within 30 minutes`),
        ),
      input.run.rehearsal
        ? undefined
        : revokeAbandoned(client).catch((error: unknown) =>
            warn(`tokens of killed runs could not be revoked: ${String(error)}; they expire within 30 minutes`),
          ),
    ]);
  }
}
