import { exitCodes, KinitError } from '../../errors.ts';
import { quorum } from '../../etcd/members.ts';
import type { Run } from '../../execute/run.ts';
import { on } from '../../execute/target.ts';
import type { Host } from '../../host/host.ts';
import type { KubeClient } from '../../kube/client.ts';
import { lostControlPlane } from '../../phases/reset/lost-control-plane.ts';
import { residentEtcdAccess, residentFiles, residentOf } from '../../phases/reset/resident.ts';
import { releaseFor } from '../../release/release.ts';
import { newestVersion } from '../../release/served.ts';
import { parseVersion } from '../../release/version.ts';
import { runStage } from '../stage.ts';
import { etcdMembers, isLed } from './etcd-members.ts';

/** A control plane that is to leave its cluster, and one that stays. */
export interface LeavingControlPlane {
  /** Of its Node. */
  readonly node: string;
  /** Of its Node. */
  readonly addresses: readonly string[];
  readonly through: Host;
  readonly kube: KubeClient;
  readonly run: Run;
}

/** Takes a lost control plane's member out of etcd and out of the cluster's records. Throws KinitError where etcd could not go on. */
export async function takeOutLost({ node, addresses, through, kube, run }: LeavingControlPlane): Promise<void> {
  const resident = residentOf((await through.observe({ files: residentFiles })).files);
  const release = releaseFor(resident.version ?? parseVersion(newestVersion));
  const etcd = residentEtcdAccess(resident);
  const context = { node, addresses, etcd, hasClusterStatus: release.node.clusterStatus };
  await run.turn(() =>
    runStage([lostControlPlane], context, on(run, { host: through, kube: async () => kube, release })),
  );
}

/** Throws KinitError where the other members of etcd could not decide any more without that of a node. */
export async function refuseLostQuorum(node: string, through: Host): Promise<void> {
  const { members = [] } = (await etcdMembers(through)) ?? {};
  const others = members.filter(({ name, votes }) => name !== node && votes);
  const silent = others.filter((one) => !isLed(one)).map(({ name }) => name);
  if (members.every(({ name }) => name !== node) || others.length - silent.length >= quorum(others.length)) return;
  throw new KinitError(
    `without ${node} etcd loses its quorum: ${silent.join(', ')} ${silent.length === 1 ? 'does' : 'do'} not answer; nothing was touched`,
    {
      exitCode: exitCodes.preflight,
      hint: `take the dead ones out first (kinit node remove ${silent[0]}), or give up the cluster with --force`,
    },
  );
}
