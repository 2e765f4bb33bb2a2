import { weighed } from '../../../../preflight/preflight.ts';
import { preflightError } from '../../../../preflight/report.ts';
import { limitsAhead } from '../../../../preflight/upgrade-risks.ts';
import type { MachineTraits } from '../../../../release/limits.ts';
import type { LivingCluster } from '../../living-cluster.ts';
import type { Machine } from '../../up/up-input.ts';
import type { Hop } from './walk.ts';

/** Throws KinitError, exit 2, where a host does not carry a version on the way for what only it knows: its cgroups. */
export async function refuseUncarried(
  machines: ReadonlyMap<string, Machine>,
  hops: readonly Hop[],
  { facts: { kubeletConfiguration } }: LivingCluster,
  ignored: readonly string[],
): Promise<void> {
  const allowCgroupV1 = kubeletConfiguration['failCgroupV1'] === false;
  const traits = await Promise.all(
    [...machines].map(async ([name, { host }]): Promise<readonly [string, MachineTraits]> => {
      const { facts } = await host.observe({ facts: true });
      if (facts === undefined) throw new Error(`${host.name} told no facts`);
      const { kernel, cgroup } = facts;
      return [name, { kernel, cgroup: cgroup.version, allowCgroupV1, runtime: { kind: 'other', version: undefined } }];
    }),
  );
  const through = hops.map(({ to }) => to);
  const result = weighed(limitsAhead(new Map(traits), through), ignored);
  if (result.errors.length > 0) throw preflightError(result);
}
