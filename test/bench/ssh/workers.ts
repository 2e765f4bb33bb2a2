import { setMaxListeners } from 'node:events';
import { readFileSync } from 'node:fs';
import { joinRequest } from '../../../src/config/join.ts';
import type { Host } from '../../../src/host/host.ts';
import { openHosts } from '../../../src/host/open-hosts.ts';
import { parseTarget } from '../../../src/host/targets.ts';
import { kubeconfigClient } from '../../../src/kube/kubeconfig-client.ts';
import { adminConf } from '../../../src/phases/paths.ts';
import { readKubeconfig } from '../../../src/pki/kubeconfig.ts';
import { silentReporter } from '../../../src/report/reporter.ts';
import { publishedEndpoint, readClusterFacts } from '../../../src/workflows/cluster-info.ts';
import { joinHosts } from '../../../src/workflows/join.ts';
import { runToken } from '../../../src/workflows/join-token.ts';
import { inParallel } from '../../../src/workflows/many-hosts.ts';
import { preparation } from './preparation.ts';

/**
 * kinit's side: dials every target, prepares and joins it. Arguments: JSON of Work. Prints JSON of WorkDone.
 */
export interface Work {
  readonly kubeconfig: string;
  readonly key: string;
  readonly knownHosts: string;
  readonly hosts: readonly { readonly name: string; readonly address: string; readonly target: string }[];
}

export interface WorkDone {
  readonly dialledMs: number;
  /** Peak resident memory. */
  readonly peakMb: number;
  readonly failures: readonly string[];
}

const parallel = 32;
const { signal } = new AbortController();
setMaxListeners(0, signal);
const work = JSON.parse(process.argv[2] ?? '') as Work;
const started = performance.now();
const { hosts, failures } = await openHosts(
  work.hosts.map(({ target }) => parseTarget(target)),
  { home: '/nonexistent', identityFiles: [work.key], knownHostsFiles: [work.knownHosts], configFiles: [] },
);
const dialledMs = performance.now() - started;

const kubeconfig = readKubeconfig(readFileSync(work.kubeconfig, 'utf8'), work.kubeconfig);
const client = await kubeconfigClient(kubeconfig, undefined, {});
const kube = async () => client;
const token = runToken(kube, Date.now());
const [cluster, { server, ca }] = await Promise.all([readClusterFacts(client), publishedEndpoint(client)]);

await inParallel(hosts, parallel, prepare);
const outcomes = await joinHosts(
  hosts,
  {
    request: joinRequest({
      flags: { ignorePreflightErrors: ['all'], criSocket: '/run/containerd/containerd.sock' },
      discoveryFollows: true,
    }),
    cluster,
    discovery: { file: { kubeConfigPath: adminConf } },
    server,
    caPem: ca,
    token: () => token.get(),
    kube,
    reporter: silentReporter,
    signal,
    now: Date.now(),
    selection: {},
    patches: [],
    waitReady: 0,
    rehearsal: false,
  },
  parallel,
);
await token.revoke();
await Promise.all(hosts.map((host) => host.close()));
client.close();

const failed = outcomes.flatMap(({ host, error }) => (error === undefined ? [] : [`${host}: ${error.message}`]));
const done: WorkDone = {
  dialledMs,
  peakMb: Number(/VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]) / 1024,
  failures: [...failures.map(({ host, message }) => `${host}: ${message}`), ...failed],
};
process.stdout.write(JSON.stringify(done));

async function prepare(host: Host): Promise<void> {
  const seen = await host.observe({ facts: true });
  const all = work.hosts.map(({ name, address }) => [name, address] as const);
  const results = await host.perform(preparation(seen.facts?.hostname ?? '', all));
  const last = results.at(-1);
  if (last === undefined || last.code !== 0) throw new Error(`${host.name}: ${last?.stderr}`);
}
