import { completeInit } from '../../../config/init.ts';
import { anyNode, type NodeFacts } from '../../../config/node-facts.ts';
import type { InitConfig } from '../../../config/types.ts';
import { upgradeRequest } from '../../../config/upgrade.ts';
import { defined } from '../../../defined.ts';
import { objectKey, refOf } from '../../../execute/change.ts';
import type { Decided } from '../../../execute/decided.ts';
import { adding } from '../../../execute/done.ts';
import { perform } from '../../../execute/executor.ts';
import { entriesOf, journalReads } from '../../../execute/journal.ts';
import { mergeReads, type Observed } from '../../../execute/observed.ts';
import type { Target } from '../../../execute/target.ts';
import type { MadeCluster } from '../../../inventory/endpoint.ts';
import type { KubeObject } from '../../../kube/client.ts';
import { generateToken } from '../../../kube/token.ts';
import { kubeProxyObjects } from '../../../manifests/kube-proxy.ts';
import { fingerprintAnnotation } from '../../../phases/inventory-marks.ts';
import type { Phase } from '../../../phases/phase.ts';
import { componentsJournal, etcdJournal } from '../../../phases/upgrade/journals.ts';
import { isPodChanged, staticPodUpgrade } from '../../../phases/upgrade/static-pod.ts';
import type { UpgradeContext } from '../../../phases/upgrade-context.ts';
import { uploadConfig } from '../../../phases/upload-config.ts';
import { staticPodNames } from '../../../release/paths.ts';
import type { Release } from '../../../release/release.ts';
import { upgradeStaticPods } from '../../node/upgrade/static-pods.ts';
import { type BegunUpgrade, lookAtNode, withEtcd } from '../../node/upgrade/upgrade.ts';
import { lookFor, runStage } from '../../stage.ts';
import type { LivingCluster } from '../living-cluster.ts';
import type { Machine, UpInput } from '../up/up-input.ts';
import type { UpHost } from '../up/wanted-cluster.ts';
import { kubeletSettings } from './kubelet.ts';
import { contentOf, markProxies, proxySettings } from './proxy.ts';
import type { SettingsTurn } from './turn.ts';

/** What is known of the run and its cluster. */
interface SettingsRun {
  readonly input: Pick<UpInput, 'initRequest' | 'patches' | 'readyDeadline'>;
  readonly living: LivingCluster | undefined;
  readonly made: MadeCluster | undefined;
  readonly release: Release;
  readonly settings: SettingsTurn;
}

/** Whether the node is one of a living cluster, and the file says something else of it than when it was made so. */
function isEdited({ entry }: Machine, { living }: Pick<SettingsRun, 'living'>): boolean {
  const node = living?.nodes.get(entry.name.toLowerCase());
  return node !== undefined && node.metadata.annotations?.[fingerprintAnnotation] !== entry.fingerprint;
}

/**
 * What the file says of a living cluster, on the control plane that leads the run: kept in the cluster, then its static
 * pods one after the other, its kubelet and its kube-proxy. What does not come up is brought back, and what the cluster keeps
 * of itself with it. Throws KinitError.
 */
export async function leadingSettings(machine: Machine, run: SettingsRun, target: Target): Promise<readonly Decided[]> {
  if (!isEdited(machine, run)) return [];
  const { entry } = machine;
  return run.settings(entry.name, async () => {
    const begun = await began(machine, run, target);
    const { config, facts } = begun.living;
    const own = { ...wanted(entry, run, facts), localAPIEndpoint: config.localAPIEndpoint };
    const context = { ...begun.context, config: own };
    const kept = [uploadConfig, proxyConfiguration] as const;
    const observed = await lookFor(kept, context, begun.target, {});
    const done: Decided[] = [];
    await orElse(context, observed, begun.target, async () => {
      if (!begun.target.rehearsal && hasOtherProxy(context, observed)) await markProxies(begun.target);
      await adding(done, runStage(kept, context, begun.target, {}, { observed }));
      await adding(done, podsOf({ ...begun, context }));
    });
    // Static pods that run by now are what kubeadm-config says: only what kubelets and kube-proxies read goes back then.
    const onlyNodes = { ...observed, objects: withoutCluster(observed.objects) };
    await orElse(context, onlyNodes, begun.target, () => adding(done, agentsOf(run, { ...begun, context })));
    return done;
  });
}

/** The same of any other node, by what the cluster keeps now: a worker has only a kubelet and a kube-proxy. Throws KinitError. */
export async function followingSettings(
  machine: Machine,
  run: SettingsRun,
  target: Target,
): Promise<readonly Decided[]> {
  if (!isEdited(machine, run)) return [];
  const begun = await began(machine, run, target);
  return run.settings(machine.entry.name, () => onNode(run, begun));
}

async function began({ entry }: Machine, run: SettingsRun, target: Target): Promise<BegunUpgrade> {
  const { node, timeouts } = upgradeRequest({ flags: {}, command: 'node' });
  const isWorker = entry.role === 'worker';
  const { workers, controlPlanes } = run.input.patches;
  const input = {
    settings: { ...node, certificateRenewal: false },
    timeouts: isWorker ? timeouts : wanted(entry, run, anyNode).timeouts,
    patches: isWorker ? workers : controlPlanes,
    proxyEnvironment: new Map<string, string>(),
  };
  return lookAtNode(target, input, false);
}

function wanted(entry: UpHost, { input, release, made }: SettingsRun, facts: NodeFacts): InitConfig {
  const request = input.initRequest(entry, release, facts, made);
  return completeInit(request, { facts, version: release.version, newToken: generateToken });
}

async function onNode(run: SettingsRun, begun: BegunUpgrade): Promise<readonly Decided[]> {
  const done: Decided[] = [];
  await adding(done, podsOf(begun));
  await adding(done, agentsOf(run, begun));
  return done;
}

async function podsOf(begun: BegunUpgrade): Promise<readonly Decided[]> {
  if (!begun.living.isControlPlane || !(await hasOtherPods(begun))) return [];
  return upgradeStaticPods((await withEtcd(begun)).context, begun.target);
}

async function agentsOf(
  { input }: SettingsRun,
  { context, living, target }: BegunUpgrade,
): Promise<readonly Decided[]> {
  const done: Decided[] = [];
  await adding(done, kubeletSettings(living.nodeName, context, target, input.readyDeadline));
  await adding(done, proxySettings(living.nodeName, target, input.readyDeadline));
  return done;
}

/** One that is there tells of a run that stopped half-way. */
const staticPodJournals = [etcdJournal, componentsJournal];

/** Whether a static pod is not as the settings want it, or an earlier run stopped half-way with one. */
async function hasOtherPods({ context, target }: BegunUpgrade): Promise<boolean> {
  const names = staticPodNames.filter((name) => name !== 'etcd' || context.config.cluster.etcd.local !== undefined);
  const more = mergeReads(staticPodJournals.map(journalReads));
  const observed = await lookFor(names.map(staticPodUpgrade), context, target, {}, more);
  const isHalfWay = staticPodJournals.some((journal) => entriesOf(journal, observed).length > 0);
  return isHalfWay || names.some((name) => isPodChanged(name, context, observed));
}

/** What kube-proxies read when they begin. */
const proxyConfiguration: Phase<UpgradeContext> = {
  name: 'addon',
  title: "kube-proxy's configuration",
  reads: (context) => ({ objects: proxyObjects(context).map(refOf) }),
  desired: (context) => proxyObjects(context).map((object) => ({ kind: 'object', how: 'present', object })),
};

function hasOtherProxy(context: UpgradeContext, { objects }: Pick<Observed, 'objects'>): boolean {
  return proxyObjects(context).some((wanted) => {
    const there = objects.get(objectKey(refOf(wanted)));
    return there !== undefined && contentOf(there) !== contentOf(wanted);
  });
}

function proxyObjects({ config, release }: UpgradeContext): readonly KubeObject[] {
  if (config.cluster.proxy.disabled) return [];
  const all = kubeProxyObjects(config, release, { proxyEnvironment: new Map(), patches: [] });
  return all.filter(({ kind }) => kind === 'ConfigMap');
}

/** Does the work; where it fails, the cluster keeps of its settings what was seen before. Throws what the work does. */
async function orElse(
  context: UpgradeContext,
  seen: Pick<Observed, 'objects'>,
  target: Target,
  work: () => Promise<void>,
): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!target.signal.aborted && !target.rehearsal) await putBack(settingsIn(context, seen), target);
    throw error;
  }
}

function settingsIn(context: UpgradeContext, { objects }: Pick<Observed, 'objects'>): readonly KubeObject[] {
  const refs = [uploadConfig, proxyConfiguration].flatMap((phase) => phase.reads(context).objects ?? []);
  return refs.flatMap((ref) => (ref.kind === 'ConfigMap' ? (objects.get(objectKey(ref)) ?? []) : []));
}

function withoutCluster(objects: Observed['objects']): Observed['objects'] {
  return new Map([...objects].filter(([, object]) => object.metadata.name !== 'kubeadm-config'));
}

/** An API server that was brought back takes its time. Throws nothing. */
async function putBack(kept: readonly KubeObject[], target: Target): Promise<void> {
  const changes = kept.map(({ apiVersion, kind, metadata, ...rest }): Decided => {
    const { name, namespace, labels, annotations } = metadata;
    const object = { ...rest, apiVersion, kind, metadata: { name, ...defined({ namespace, labels, annotations }) } };
    return { phase: 'settings', change: { kind: 'object', how: 'present', object } };
  });
  await perform([answering, ...changes], target).catch(() => {
    const text = 'the cluster keeps the settings that did not hold; mend the file and run the same command again';
    target.reporter.report({ type: 'warning', host: target.host.name, text });
  });
}

const answering: Decided = {
  phase: 'settings',
  change: {
    kind: 'wait',
    until: { on: 'api', what: 'the API server with its settings of before', path: '/readyz' },
    deadline: 240,
    advice: 'look at the container of kube-apiserver with crictl ps -a and crictl logs',
  },
};
