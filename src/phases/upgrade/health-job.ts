import { type Change, refOf } from '../../execute/change.ts';
import { listKey } from '../../execute/observed.ts';
import type { ListQuery } from '../../kube/client.ts';
import { healthJob } from '../../manifests/health-job.ts';
import { isIgnored } from '../../preflight/ignore.ts';
import type { Phase } from '../phase.ts';
import type { UpgradeContext } from '../upgrade-context.ts';

const nodes: ListQuery = { apiVersion: 'v1', kind: 'Node' };

/** Whether the cluster runs a job to its end (kubeadm's check CreateJob). */
export const healthCheckJob: Phase<UpgradeContext> = {
  name: 'preflight',
  title: 'A job to its end',
  reads: () => ({ lists: [nodes] }),
  desired: ({ config, release, now, settings }, { lists }): readonly Change[] => {
    const checks: Change = { kind: 'note', text: '[upgrade] Running cluster health checks' };
    const isSchedulable = (lists.get(listKey(nodes)) ?? []).some(
      (node) => !(node['spec'] as { readonly unschedulable?: boolean } | undefined)?.unschedulable,
    );
    if (isIgnored('CreateJob', settings.ignorePreflightErrors) || !isSchedulable) {
      const why = isSchedulable ? 'it is ignored' : 'there are no schedulable Nodes in the cluster';
      return [checks, { kind: 'note', warning: true, text: `The preflight check "CreateJob" was skipped: ${why}` }];
    }
    const job = healthJob(config.cluster, release, now);
    const ref = refOf(job);
    return [
      checks,
      { kind: 'object', how: 'once', object: job },
      {
        kind: 'wait',
        until: { on: 'object', what: `job ${ref.name} to complete (CreateJob)`, ref, ready: 'complete' },
        deadline: release.upgrade.healthJobSeconds,
        advice: `see \`kubectl -n kube-system describe job ${ref.name}\`; leave it out with --ignore-preflight-errors=CreateJob`,
      },
    ];
  },
};

/** The job gone, with its pod. */
export const healthJobGone: Phase<UpgradeContext> = {
  name: 'preflight',
  title: 'The job away',
  reads: ({ config, release, now }) => ({ objects: [refOf(healthJob(config.cluster, release, now))] }),
  desired: ({ config, release, now }): readonly Change[] => [
    { kind: 'object', how: 'absent', object: healthJob(config.cluster, release, now) },
  ],
};
