import type { Host } from '../../../../host/host.ts';
import { noWayBackRoom, wayBackRoom } from '../../../../phases/rollback/room.ts';
import { etcdRoomCommands, noEtcdRoom } from '../../../../phases/upgrade/etcd-room.ts';
import { upgradeFolders } from '../../../../phases/upgrade-context.ts';
import { kubeletArgumentFiles, lostKubeletArguments } from '../../../../preflight/kubelet-arguments.ts';
import { weighed } from '../../../../preflight/preflight.ts';
import { failure, type Problem } from '../../../../preflight/problem.ts';
import { preflightError } from '../../../../preflight/report.ts';
import { limitsAhead } from '../../../../preflight/upgrade/nodes.ts';
import type { MachineTraits } from '../../../../release/limits.ts';
import { releaseFor } from '../../../../release/release.ts';
import type { LivingCluster } from '../../living-cluster.ts';
import type { Machine } from '../../up/up-input.ts';
import type { ClusterUpgrade } from '../upgrade-input.ts';
import type { Hop } from './walk.ts';

/** Throws KinitError, exit 2, for what `unfitHosts` tells. */
export async function refuseUnfitHosts(
  machines: ReadonlyMap<string, Machine>,
  hops: readonly Hop[],
  living: LivingCluster,
  input: Pick<ClusterUpgrade, 'ignored' | 'run'>,
): Promise<void> {
  const result = weighed(await unfitHosts(machines, hops, living, input), input.ignored);
  if (result.errors.length > 0) throw preflightError(result);
}

/**
 * What only the hosts know and an upgrade would fall over on its way: cgroups that a version does not take, arguments that a
 * kubelet loses, disks without room for what is kept. All hosts are asked before any is touched. Throws KinitError.
 */
export async function unfitHosts(
  machines: ReadonlyMap<string, Machine>,
  hops: readonly Hop[],
  { facts: { kubeletConfiguration, cluster } }: LivingCluster,
  { run }: Pick<ClusterUpgrade, 'run'>,
): Promise<readonly Problem[]> {
  const dataDir = cluster.etcd.local?.dataDir;
  const folder = upgradeFolders(run.now).etcd;
  const allowCgroupV1 = kubeletConfiguration['failCgroupV1'] === false;
  const looked = await Promise.all(
    [...machines].map(async ([name, { host, entry }]) => {
      const etcd = entry.role === 'control-plane' && dataDir !== undefined ? dataDir : undefined;
      const copied = etcd === undefined ? [] : etcdRoomCommands(etcd, folder);
      const { facts, files, commands } = await host.observe({
        facts: true,
        files: kubeletArgumentFiles,
        commands: [wayBackRoom, ...copied],
      });
      if (facts === undefined) throw new Error(`${host.name} told no facts`);
      const kubelets = hops.filter((hop) => hop.kubelets.includes(name)).map(({ to }) => releaseFor(to));
      const lacking = [
        noWayBackRoom(commands),
        ...(etcd === undefined ? [] : [noEtcdRoom(commands, etcd, folder)]),
      ].flatMap((error) =>
        error === undefined ? [] : [failure('DiskSpace', error.message, { mend: error.hint ?? '' })],
      );
      const { kernel, cgroup } = facts;
      const traits: MachineTraits = {
        kernel,
        cgroup: cgroup.version,
        allowCgroupV1,
        runtime: { kind: 'other', version: undefined },
      };
      return { name, traits, problems: onHost(host, [...lostKubeletArguments(files, kubelets), ...lacking]) };
    }),
  );
  const limits = limitsAhead(
    new Map(looked.map(({ name, traits }) => [name, traits])),
    hops.map(({ to }) => to),
  );
  return [...limits, ...looked.flatMap(({ problems }) => problems)];
}

function onHost({ name }: Host, problems: readonly Problem[]): readonly Problem[] {
  return problems.map((problem) => ({ ...problem, message: `${name}: ${problem.message}` }));
}
