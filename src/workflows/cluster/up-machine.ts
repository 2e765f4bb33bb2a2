import { anyNode } from '../../config/node-facts.ts';
import { KinitError } from '../../errors.ts';
import type { Decided } from '../../execute/decided.ts';
import { adding, knowing } from '../../execute/done.ts';
import { on, type Target } from '../../execute/target.ts';
import { waitFor } from '../../execute/wait.ts';
import { withLock } from '../../host/lock/lock.ts';
import type { Slots } from '../../host/slots.ts';
import type { MadeCluster } from '../../inventory/endpoint.ts';
import { isReady } from '../../kube/node.ts';
import { inventoryMarks } from '../../phases/inventory-marks.ts';
import { adminConf } from '../../release/paths.ts';
import type { Release } from '../../release/release.ts';
import { controlPlaneSigner } from '../certificates/control-plane-signer.ts';
import type { NodeSigner } from '../certificates/node-signer.ts';
import type { HostClients } from '../host-clients.ts';
import { init } from '../node/init.ts';
import { joinHost } from '../node/join-host.ts';
import { runStage } from '../stage.ts';
import { balanceControlPlane } from './balance-machine.ts';
import { type ClusterFacts, publishedEndpoint, readClusterFacts } from './cluster-info.ts';
import type { RunToken } from './join-token.ts';
import type { LivingCluster } from './living-cluster.ts';
import type { Machine, UpInput } from './up-input.ts';

/** What the machines of one `up` share. */
export interface UpRun {
  readonly input: UpInput;
  readonly release: Release;
  readonly living: LivingCluster | undefined;
  /** What is known of the cluster where it is there already, whether it answers or not. */
  readonly made: MadeCluster | undefined;
  /** Through the control plane, with an administrator's rights; in a rehearsal, as it would be. */
  readonly clients: HostClients;
  readonly token: RunToken;
  readonly slots: Slots;
  /** Aborts when the run is over. */
  readonly ended: AbortSignal;
}

/** A control plane that takes workers: what they have to know of it. */
export interface ReadyControlPlane {
  readonly facts: ClusterFacts;
  readonly server: string;
  readonly caPem: string;
  readonly signer: NodeSigner | undefined;
}

export interface ControlPlaneWork {
  /** As soon as workers can join. */
  readonly ready: Promise<ReadyControlPlane>;
  /** What was changed on it, once it is Ready itself. */
  readonly changed: Promise<readonly Decided[]>;
}

/** Prepares the machine, makes it the control plane, installs the pod network and marks the node. */
export function bringUpControlPlane(machine: Machine, run: UpRun): ControlPlaneWork {
  let takesWorkers: (ready: ReadyControlPlane) => void = () => {};
  let failed: (error: unknown) => void = () => {};
  const ready = new Promise<ReadyControlPlane>((resolve, reject) => {
    takesWorkers = resolve;
    failed = reject;
  });
  const announced = async () => {
    const kube = await run.clients.kube();
    const [facts, { server, ca }] = await Promise.all([readClusterFacts(kube), publishedEndpoint(kube)]);
    return { facts, server, caPem: ca, signer: signerOn(machine, facts, ca, run) };
  };
  const changed = locked(machine, run, async () => {
    const done: Decided[] = [];
    await adding(done, run.input.prepare(machine, run.release, run.made));
    const target = targetOn(machine.host, run);
    await adding(done, balanceControlPlane(machine, run, target, 'before its kubelet'));
    await adding(done, initialize(machine, run));
    await adding(done, balanceControlPlane(machine, run, target, 'when it runs'));
    await adding(done, announced().then(takesWorkers).then(nothing));
    await adding(done, mark(machine, run));
    await adding(done, waitReady(machine, run).then(nothing));
    return done;
  });
  changed.catch(failed);
  ready.catch(() => {});
  return { ready, changed };
}

/** The machine has made the CA, so it signs for workers that come before the controller manager is up to it. */
function signerOn(
  { host }: Machine,
  facts: ClusterFacts,
  caPem: string,
  { input, clients, token, ended }: UpRun,
): NodeSigner | undefined {
  const { now, reporter, rehearsal } = input.run;
  if (rehearsal) return undefined;
  const warn = (text: string) => reporter.report({ type: 'warning', host: host.name, text });
  return controlPlaneSigner(host, facts, caPem, {
    kube: () => clients.kube(),
    token: () => token.get(),
    now,
    warn,
    signal: ended,
  });
}

async function initialize(
  { host }: Machine,
  { input, living, made, release, clients }: UpRun,
): Promise<readonly Decided[]> {
  const { changed } = await init({
    host,
    request: input.initRequest(release, anyNode, made),
    requestFor: (facts) => input.initRequest(release, facts, made),
    version: release.version,
    run: input.run,
    selection: { skip: input.skipPhases },
    patches: input.patches.controlPlane,
    proxyEnvironment: new Map(),
    uploadCerts: false,
    network: input.network,
    noToken: true,
    adopts: living !== undefined,
    ...(input.run.rehearsal ? { clients } : {}),
  });
  return changed;
}

/** Prepares the machine and, as soon as the control plane is there, joins it and marks its node. Throws KinitError. */
export async function bringUpWorker(
  machine: Machine,
  { ready }: ControlPlaneWork,
  run: UpRun,
): Promise<readonly Decided[]> {
  const { input, release, slots } = run;
  return locked(machine, run, async () => {
    const done: Decided[] = [];
    await adding(
      done,
      slots(() => input.prepare(machine, release, run.made)),
    );
    const { facts, server, caPem, signer } = await ready.catch(() => {
      const error = new KinitError('the control plane did not come up, so there is nothing to join', {
        host: machine.host.name,
        hint: 'mend what keeps the control plane from coming up, then run the same command again',
      });
      throw knowing(error, done);
    });
    const joined = slots(() =>
      joinHost(machine.host, {
        request: (facts) => input.joinRequest(machine.entry, release, facts),
        discovery: { file: { kubeConfigPath: adminConf } },
        cluster: facts,
        server,
        caPem,
        token: () => run.token.get(),
        signer,
        kube: () => run.clients.kube(),
        run: input.run,
        selection: {},
        patches: input.patches.workers,
        waitReady: 0,
        balancing: input.balancing?.(machine.entry, facts.cluster, release),
      }),
    );
    await adding(
      done,
      joined.then(({ changed }) => changed),
    );
    await adding(done, mark(machine, run));
    await adding(done, waitReady(machine, run).then(nothing));
    return done;
  });
}

function nothing(): readonly Decided[] {
  return [];
}

/** Nobody else changes the machine meanwhile; a rehearsal changes nothing. */
function locked<T>({ host }: Machine, { input }: UpRun, work: () => Promise<T>): Promise<T> {
  return !input.run.rehearsal ? withLock(host, 'kinit up', work) : work();
}

async function mark({ host, entry }: Machine, run: UpRun): Promise<readonly Decided[]> {
  const { name, labels, taints, fingerprint } = entry;
  return runStage([inventoryMarks], { node: name.toLowerCase(), labels, taints, fingerprint }, targetOn(host, run));
}

/** Without a pod network no node becomes Ready; where one is, there is a network that kinit has not laid. */
async function waitReady({ host, entry }: Machine, run: UpRun): Promise<void> {
  const { input, living } = run;
  const hasNetwork = input.network.kind !== 'none' || [...(living?.nodes.values() ?? [])].some(isReady);
  if (input.run.rehearsal || !hasNetwork) return;
  const ref = { apiVersion: 'v1', kind: 'Node', name: entry.name.toLowerCase() };
  const advice = `look at \`kubectl describe node ${ref.name}\` and at the pods of the network: \`kubectl get pods -A -o wide\` (\`kinit kubeconfig fetch\` brings the kubeconfig)`;
  const until = { on: 'object', what: `node ${ref.name} to be Ready`, ref, ready: 'node-ready' } as const;
  await waitFor({ kind: 'wait', until, deadline: input.readyDeadline, advice }, targetOn(host, run));
}

function targetOn(host: Machine['host'], { input, clients, release }: UpRun): Target {
  return on(input.run, { host, kube: () => clients.kube(), release });
}
