import { anyNode } from '../../../config/node-facts.ts';
import type { LocalAPIEndpoint } from '../../../config/types.ts';
import { defined } from '../../../defined.ts';
import type { Decided } from '../../../execute/decided.ts';
import { adding, knowing } from '../../../execute/done.ts';
import { on, type Target } from '../../../execute/target.ts';
import { waitFor } from '../../../execute/wait.ts';
import type { Host } from '../../../host/host.ts';
import { withLock } from '../../../host/lock/lock.ts';
import type { Slots } from '../../../host/slots.ts';
import type { MadeCluster } from '../../../inventory/endpoint.ts';
import { isReady } from '../../../kube/node.ts';
import { inventoryMarks } from '../../../phases/inventory-marks.ts';
import type { SharedSource } from '../../../phases/join-context.ts';
import { adminConf } from '../../../release/paths.ts';
import type { Release } from '../../../release/release.ts';
import { controlPlaneSigner } from '../../certificates/control-plane-signer.ts';
import type { NodeSigner } from '../../certificates/node-signer.ts';
import { type HostClients, hostClients, lent } from '../../host-clients.ts';
import { joinControlPlane } from '../../node/control-plane/join.ts';
import { sharedOn } from '../../node/control-plane/shared-source.ts';
import { init } from '../../node/init.ts';
import { type JoinedHost, type JoinInput, joinHost } from '../../node/join-host.ts';
import { once } from '../../once.ts';
import { runStage } from '../../stage.ts';
import { type ClusterFacts, publishedEndpoint, readClusterFacts } from '../cluster-info.ts';
import type { RunToken } from '../join-token.ts';
import type { LivingCluster } from '../living-cluster.ts';
import { followingSettings, leadingSettings } from '../settings/settings.ts';
import type { SettingsTurn } from '../settings/turn.ts';
import { balanceControlPlane } from './balance-machine.ts';
import { convertEndpoint, rehearsedServer } from './convert-endpoint.ts';
import { pullAhead } from './images-ahead.ts';
import { makeReady } from './make-ready.ts';
import { finishMove, leaveDockerOf } from './move-runtime.ts';
import { scheduleSnapshots } from './schedule-snapshots.ts';
import type { Machine, UpInput } from './up-input.ts';
import { nothingToJoin } from './up-outcome.ts';
import type { UpHost } from './wanted-cluster.ts';

/** What the machines of one `up` share. */
export interface UpRun {
  readonly input: UpInput;
  readonly release: Release;
  readonly living: LivingCluster | undefined;
  /** What is known of the cluster where it is there already, whether it answers or not. */
  readonly made: MadeCluster | undefined;
  /** The control plane that the run goes by. */
  readonly leader: UpHost;
  /** Through it, with an administrator's rights; in a rehearsal, as it would be. */
  readonly clients: HostClients;
  readonly token: RunToken;
  readonly slots: Slots;
  /** Settings of a living cluster change on one node at a time. */
  readonly settings: SettingsTurn;
  /** Aborts when the run is over. */
  readonly ended: AbortSignal;
}

/** A control plane that takes further nodes: what they have to know of it. */
export interface ReadyControlPlane {
  readonly facts: ClusterFacts;
  readonly server: string;
  readonly caPem: string;
  readonly signer: NodeSigner | undefined;
  /** What further control planes get of it; read once, where one joins. */
  readonly shared: () => Promise<SharedSource>;
}

export interface ControlPlaneWork {
  /** As soon as others can join. */
  readonly ready: Promise<ReadyControlPlane>;
  /** What was changed on it, once it is Ready itself. */
  readonly changed: Promise<readonly Decided[]>;
}

/** Prepares the machine, makes it the control plane, installs the pod network and marks the node. */
export function bringUpControlPlane(machine: Machine, run: UpRun): ControlPlaneWork {
  let takesOthers: (ready: ReadyControlPlane) => void = () => {};
  let failed: (error: unknown) => void = () => {};
  const ready = new Promise<ReadyControlPlane>((resolve, reject) => {
    takesOthers = resolve;
    failed = reject;
  });
  const announced = async () => {
    const kube = await run.clients.kube();
    const [facts, { server, ca }] = await Promise.all([readClusterFacts(kube), publishedEndpoint(kube)]);
    const shared = once(() => sharedOn(machine.host, facts.cluster, ca));
    return {
      facts,
      server: rehearsedServer(run, machine) ?? server,
      caPem: ca,
      signer: signerOn(machine, facts, ca, run),
      shared,
    };
  };
  const changed = locked(machine, run, async () => {
    const done: Decided[] = [];
    await adding(done, makeReady(machine, run.input, run.release, { made: run.made, leader: machine.entry }));
    const target = targetOn(machine.host, run);
    await adding(done, leaveDockerOf(machine, run, targetOn(machine.host, run)));
    await adding(done, convertEndpoint(machine, run, target));
    await adding(done, leadingSettings(machine, run, target));
    await adding(done, balanceControlPlane(machine, run, target, 'before its kubelet'));
    await adding(done, initialize(machine, run));
    await adding(done, balanceControlPlane(machine, run, target, 'when it runs'));
    await adding(done, announced().then(takesOthers).then(nothing));
    await adding(done, scheduleSnapshots(machine, run, target));
    await adding(done, mark(machine, run));
    await adding(done, waitReady(machine, run).then(nothing));
    await adding(done, finishMove(machine, run, targetOn(machine.host, run)));
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

async function initialize(machine: Machine, run: UpRun): Promise<readonly Decided[]> {
  const { host, entry } = machine;
  const { input, living, made, release, clients } = run;
  // It is for who makes a cluster: another control plane that leads has none, and who has put it away wants it away.
  const notAgain = living !== undefined && release.pki.superAdmin ? ['kubeconfig/super-admin'] : [];
  const { changed } = await init({
    host,
    request: input.initRequest(entry, release, anyNode, made),
    requestFor: (facts) => input.initRequest(entry, release, facts, made),
    version: release.version,
    run: input.run,
    selection: { skip: [...input.skipPhases, ...notAgain] },
    patches: input.patches.controlPlanes,
    proxyEnvironment: new Map(),
    uploadCerts: false,
    network: input.network,
    noToken: true,
    adopts: living !== undefined,
    ...(input.run.rehearsal ? { clients, ...defined({ leadsTo: rehearsedServer(run, machine) }) } : {}),
  });
  return changed;
}

/** Prepares the machine and, as soon as the leading control plane is there, joins it and marks its node. Throws KinitError. */
export async function bringUpWorker(
  machine: Machine,
  cluster: ControlPlaneWork,
  run: UpRun,
): Promise<readonly Decided[]> {
  const { patches } = run.input;
  return bringUpFurther(machine, cluster, run, async (ready) =>
    joinHost(machine.host, { ...joinInput(machine, ready, run), patches: patches.workers }),
  );
}

/**
 * The same of a further control plane, beside the workers and the others: only etcd takes one at a time. All is asked by
 * the leading one, so that its own API server may be at any stage. Throws KinitError.
 */
export async function bringUpFurtherControlPlane(
  machine: Machine,
  cluster: ControlPlaneWork,
  run: UpRun,
): Promise<readonly Decided[]> {
  const { patches } = run.input;
  return bringUpFurther(machine, cluster, run, async (ready) => {
    const controlPlanes = {
      shared: await ready.shared(),
      proxyEnvironment: new Map<string, string>(),
      administrator: (host: Host, endpoint?: LocalAPIEndpoint) =>
        endpoint && !run.input.run.rehearsal ? hostClients(host, endpoint) : lent(run.clients),
    };
    const input = { ...joinInput(machine, ready, run), patches: patches.controlPlanes, controlPlanes };
    const { changed, ...joined } = await joinControlPlane(machine.host, input);
    const done = [...changed];
    const target = targetOn(machine.host, run);
    await adding(done, balanceControlPlane(machine, run, target, 'once joined'));
    await adding(done, scheduleSnapshots(machine, run, target));
    return { ...joined, changed: done };
  });
}

async function bringUpFurther(
  machine: Machine,
  { ready }: ControlPlaneWork,
  run: UpRun,
  join: (ready: ReadyControlPlane) => Promise<JoinedHost>,
): Promise<readonly Decided[]> {
  const { input, release, slots, made, leader } = run;
  let isReady = false;
  ready.then(
    () => {
      isReady = true;
    },
    () => {},
  );
  return locked(machine, run, async () => {
    const done: Decided[] = [];
    await adding(
      done,
      slots(() => makeReady(machine, input, release, { made, leader })),
    );
    await adding(
      done,
      slots(() => pullAhead(machine, run, () => isReady)),
    );
    const there = await ready.catch(() => {
      throw knowing(nothingToJoin(machine.host.name, run), done);
    });
    const target = targetOn(machine.host, run);
    await adding(done, leaveDockerOf(machine, run, target));
    await adding(done, followingSettings(machine, run, target));
    const joined = slots(() => join(there));
    await adding(
      done,
      joined.then(({ changed }) => changed),
    );
    await adding(done, mark(machine, run));
    await adding(done, waitReady(machine, run).then(nothing));
    await adding(done, finishMove(machine, run, targetOn(machine.host, run)));
    return done;
  });
}

function joinInput(
  { entry }: Machine,
  { facts, server, caPem, signer }: ReadyControlPlane,
  { input, release, token, clients }: UpRun,
): Omit<JoinInput, 'patches'> {
  return {
    request: (seen) => input.joinRequest(entry, release, seen),
    discovery: { file: { kubeConfigPath: adminConf } },
    cluster: facts,
    server,
    caPem,
    token: () => token.get(),
    signer,
    kube: () => clients.kube(),
    run: input.run,
    selection: {},
    waitReady: 0,
    balancing: input.balancing(entry, facts.cluster, release),
  };
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
