import { setMaxListeners } from 'node:events';
import { readFileSync } from 'node:fs';
import { joinRequest } from '../../../src/config/join.ts';
import { readConfigFile } from '../../../src/config/read.ts';
import { newRun } from '../../../src/execute/run.ts';
import type { Host } from '../../../src/host/host.ts';
import { withLock } from '../../../src/host/lock/lock.ts';
import { openHosts } from '../../../src/host/open-hosts.ts';
import { inParallel } from '../../../src/host/slots.ts';
import { parseTarget } from '../../../src/host/targets.ts';
import { readInventory } from '../../../src/inventory/read.ts';
import type { Inventory, InventoryHost } from '../../../src/inventory/types.ts';
import { kubeconfigClient } from '../../../src/kube/kubeconfig-client.ts';
import { readKubeconfig } from '../../../src/pki/kubeconfig.ts';
import { adminConf } from '../../../src/release/paths.ts';
import { silentReporter } from '../../../src/report/reporter.ts';
import { publishedEndpoint, readClusterFacts } from '../../../src/workflows/cluster/cluster-info.ts';
import { runToken } from '../../../src/workflows/cluster/join-token.ts';
import { joinHost } from '../../../src/workflows/node/join-host.ts';
import { prepareHost } from '../../../src/workflows/node/prepare.ts';
import { toYaml } from '../../../src/yaml.ts';

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

const inventory = await readInventoryOf(work);
const entries = new Map(hosts.map((host, index) => [host, inventory.hosts[index + 1]]));
const now = Date.now();
const run = newRun({ reporter: silentReporter, signal, now });
const request = joinRequest({
  flags: { ignorePreflightErrors: ['all'], criSocket: '/run/containerd/containerd.sock' },
  discoveryFollows: true,
});

const outcomes = await inParallel(hosts, parallel, (host) =>
  withLock(host, 'kinit up', () => bringUp(host, entries.get(host))).then(
    () => [],
    (error: unknown) => [`${host.name}: ${error instanceof Error ? error.stack : error}`],
  ),
);
await token.revoke();
await Promise.all(hosts.map((host) => host.close()));
client.close();

const done: WorkDone = {
  dialledMs,
  peakMb: Number(/VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]) / 1024,
  failures: [...failures.map(({ host, message }) => `${host}: ${message}`), ...outcomes.flat()],
};
process.stdout.write(JSON.stringify(done));

/** As `kinit up` does it with a worker. */
async function bringUp(host: Host, entry: InventoryHost | undefined): Promise<void> {
  if (entry === undefined) throw new Error(`${host.name} is not in the inventory`);
  await prepareHost(host, entry, { inventory, ...cluster, bindPort: 6443, skipPhases: [], run });
  await joinHost(host, {
    request,
    cluster,
    discovery: { file: { kubeConfigPath: adminConf } },
    server,
    caPem: ca,
    token: () => token.get(),
    kube,
    selection: {},
    patches: [],
    waitReady: 0,
    run,
  });
}

/** The workers behind a control plane that nobody dials. */
async function readInventoryOf({ hosts: workers }: Work): Promise<Inventory> {
  const document = {
    apiVersion: 'kinit.dev/v1alpha1',
    kind: 'Inventory',
    hosts: [
      { name: 'cp', address: '10.99.99.99', role: 'control-plane' },
      ...workers.map(({ name, address }) => ({ name, address })),
    ],
    preparation: { ntpServers: ['10.77.0.3'] },
    packages: { source: 'http://10.77.0.3/kubernetes', gpgKeys: ['http://10.77.0.3/RPM-GPG-KEY'] },
    runtime: { registryMirrors: { 'k8s.gcr.io': ['http://10.77.0.3:5000'], 'docker.io': ['http://10.77.0.3:5000'] } },
  };
  const { inventory: read } = await readConfigFile(toYaml(document), 'bench.yaml');
  if (read === undefined) throw new Error('no inventory');
  return readInventory(read);
}
