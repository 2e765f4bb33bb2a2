import type { Target } from '../../../execute/target.ts';
import { rollingOut } from '../../../kube/rolling-out.ts';
import { dnsDeployments } from '../../../phases/upgrade/dns-deployments.ts';
import type { WorkloadChoice } from './rotation-input.ts';
import { type Looking, until } from './until.ts';
import { restartWorkload, type StaleWorkload, staleWorkloads, workloadName } from './workloads.ts';

type Waiting = Pick<Looking, 'deadline' | 'pause'>;

const proxies = { apiVersion: 'apps/v1', kind: 'DaemonSet', namespace: 'kube-system', name: 'kube-proxy' } as const;

/** kube-proxy and CoreDNS begin anew, so that they trust what they are told; those that are marked so have. Throws KinitError. */
export async function awaitTrust(mark: string, waiting: Waiting, target: Target): Promise<void> {
  const kube = await target.kube();
  const [proxy, dns] = await Promise.all([kube.get(proxies), kube.list(dnsDeployments)]);
  const refs = [
    ...(proxy === undefined ? [] : [proxies]),
    ...dns.map(({ metadata: { name } }) => ({ ...proxies, kind: 'Deployment', name })),
  ];
  for (const ref of refs) await begunAnew({ ref, ours: true, rolls: true }, mark, waiting, target);
}

async function begunAnew(workload: StaleWorkload, mark: string, waiting: Waiting, target: Target): Promise<void> {
  const { ref } = workload;
  const text = `[certs] ${workloadName(ref)} begins anew, to trust what it is told`;
  target.reporter.report({ type: 'line', host: target.host.name, phase: 'rotate-ca', text });
  await restartWorkload(workload, mark, await target.kube());
  const what = `${workloadName(ref)} to begin anew`;
  const advice = `kubectl -n ${ref.namespace} describe ${ref.kind.toLowerCase()} ${ref.name} says more; then run the same command again`;
  const missing = async () => {
    const live = await (await target.kube()).get(ref);
    return live === undefined ? undefined : rollingOut(live);
  };
  await until({ ...waiting, what, advice }, missing, target);
}

interface InTheWay {
  /** Pods that are older have not read the new CA. */
  readonly since: string;
  readonly mark: string;
  readonly choice: WorkloadChoice;
  readonly patience: Waiting;
}

/** What has pods that would lose their cluster when the new CA signs: none where they are left to that, or have begun anew. Throws KinitError. */
export async function workloadsInTheWay(
  { since, mark, choice, patience }: InTheWay,
  target: Target,
): Promise<readonly string[]> {
  if (choice === 'leave') return [];
  const stale = async () => (await staleWorkloads(await target.kube(), since)).filter(({ ours }) => !ours);
  if (choice === 'restart')
    for (const workload of (await stale()).filter(({ rolls }) => rolls))
      await begunAnew(workload, mark, patience, target);
  return (await stale()).map(({ ref }) => workloadName(ref));
}
