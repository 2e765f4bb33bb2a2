import { bringBack } from '../../../execute/bring-back.ts';
import type { Decided } from '../../../execute/decided.ts';
import { adding, knowing } from '../../../execute/done.ts';
import { type Journal, journalReads, remainsOf } from '../../../execute/journal.ts';
import type { Target } from '../../../execute/target.ts';
import type { Phase } from '../../../phases/phase.ts';
import { wayBackKept } from '../../../phases/rollback/keep.ts';
import { etcdKept } from '../../../phases/upgrade/etcd-kept.ts';
import { componentsJournal, etcdJournal } from '../../../phases/upgrade/journals.ts';
import { isPodChanged, staticPodUpgrade } from '../../../phases/upgrade/static-pod.ts';
import type { UpgradeContext } from '../../../phases/upgrade-context.ts';
import { keyAlgorithm } from '../../../pki/certificate-table.ts';
import { type Renewable, renewables } from '../../../pki/renewal.ts';
import { kubernetesDirectory } from '../../../release/paths.ts';
import type { StaticPodName } from '../../../release/static-pod-arguments.ts';
import { renew } from '../../certificates/renew.ts';
import { lookFor, runStage } from '../../stage.ts';
import { endLeadership, leadershipOf } from './leader-lease.ts';
import { recoverEtcd } from './recover-etcd.ts';

/**
 * Upgrades the static pods of a control plane, etcd first and then the API server: certificates are renewed, the manifest changed,
 * and the pod has begun anew before the next. What fails is brought back: etcd by itself, the others together (kubeadm
 * app/phases/upgrade/staticpods.go). A run that was killed is finished by the next. Throws KinitError.
 */
export async function upgradeStaticPods(context: UpgradeContext, target: Target): Promise<readonly Decided[]> {
  const changed: Decided[] = [];
  const kept = keptOnce(context, target);
  if (context.settings.etcdUpgrade && context.config.cluster.etcd.local !== undefined) {
    await adding(changed, upgradeEtcd(context, target, kept));
  }
  await adding(changed, upgradeComponents(context, target, kept));
  await renewNamed(administrators, context, target);
  return changed;
}

/**
 * Begins the keys of the certificates that components and administrators get in a new version: each takes a part of a second,
 * and nothing goes on while they are awaited. Who needs others makes them.
 */
export function beginKeys(context: UpgradeContext, target: Target): void {
  const { config, release, settings } = context;
  if (!settings.certificateRenewal || target.rehearsal || !isOther(context)) return;
  const names = [...componentsInTurn.flat().flatMap((name) => certificatesOf[name]), ...administrators];
  const count = renewables('local', release).filter(({ name }) => names.includes(name)).length;
  target.keys.prefetch(keyAlgorithm(config.cluster), count);
}

function isOther({ from, release }: UpgradeContext): boolean {
  return from.text !== release.version.text;
}

type Kept = () => Promise<readonly Decided[]>;

/** The way back is kept before the first pod that changes, and not looked at again. */
function keptOnce(context: UpgradeContext, target: Target): Kept {
  let isKept = false;
  return async () => {
    if (isKept) return [];
    const changed = await runStage([wayBackKept], context, target);
    isKept = true;
    return changed;
  };
}

/** Those that need the API server, and nothing of each other, begin anew at the same time. */
const componentsInTurn: readonly (readonly StaticPodName[])[] = [
  ['kube-apiserver'],
  ['kube-controller-manager', 'kube-scheduler'],
];

const administrators = ['admin.conf', 'super-admin.conf'];

async function upgradeEtcd(context: UpgradeContext, target: Target, kept: Kept): Promise<readonly Decided[]> {
  const journal = etcdJournal;
  const changed: Decided[] = [];
  try {
    await adding(changed, upgradePods(['etcd'], context, target, { journal, kept }));
    await runStage([forgotten(journal)], context, target);
    return changed;
  } catch (error) {
    const isBack = !target.signal.aborted && !target.rehearsal && (await bringBack(journal, target));
    if (!isBack) throw error;
    await recoverEtcd(context, target, error);
    throw knowing(error, []);
  }
}

async function upgradeComponents(context: UpgradeContext, target: Target, kept: Kept): Promise<readonly Decided[]> {
  const journal = componentsJournal;
  const changed: Decided[] = [];
  try {
    for (const names of componentsInTurn) {
      await adding(changed, upgradePods(names, context, target, { journal, kept }));
    }
    await runStage([forgotten(journal)], context, target);
    return changed;
  } catch (error) {
    const isBack = !target.signal.aborted && !target.rehearsal && (await bringBack(journal, target));
    throw isBack ? knowing(error, []) : error;
  }
}

/** Pods as they are to be, on one look at what there is: all their manifests, and then the wait for each of them. */
async function upgradePods(
  names: readonly StaticPodName[],
  context: UpgradeContext,
  target: Target,
  { journal, kept }: { readonly journal: Journal; readonly kept: Kept },
): Promise<readonly Decided[]> {
  const phases = names.map(staticPodUpgrade);
  const observed = await lookFor(phases, context, target, {}, journalReads(journal));
  const changed: Decided[] = [];
  for (const name of names) {
    const text = `[upgrade/staticpods] Preparing for "${name}" upgrade`;
    target.reporter.report({ type: 'line', host: target.host.name, phase: 'control-plane', text });
  }
  const others = names.filter((name) => isPodChanged(name, context, observed));
  const led = target.rehearsal
    ? []
    : await Promise.all(others.map((component) => leadershipOf(component, context, target)));
  if (others.length > 0) {
    if (others.includes('etcd')) await adding(changed, runStage([etcdKept], context, target));
    await adding(changed, kept());
    const certificates = others.flatMap((name) => certificatesOf[name]);
    await renewNamed(certificates, context, target);
  }
  await adding(changed, runStage(phases, context, target, {}, { observed, journal, inOrder: manifestsFirst }));
  await Promise.all(led.map((one) => one && endLeadership(one, target)));
  return changed;
}

/** Kubelets see all of them before anybody waits for one. */
function manifestsFirst(decided: readonly Decided[]): readonly Decided[] {
  const isWaiting = ({ change }: Decided) => ['note', 'wait', 'etcd-member'].includes(change.kind);
  return [...decided.filter((one) => !isWaiting(one)), ...decided.filter(isWaiting)];
}

/** The certificates that each component uses (kubeadm staticpods.go renewCertsByComponent). */
const certificatesOf: Readonly<Record<StaticPodName, readonly string[]>> = {
  etcd: ['etcd-server', 'etcd-peer', 'etcd-healthcheck-client'],
  'kube-apiserver': ['apiserver', 'apiserver-kubelet-client', 'front-proxy-client', 'apiserver-etcd-client'],
  'kube-controller-manager': ['controller-manager.conf'],
  'kube-scheduler': ['scheduler.conf'],
};

async function renewNamed(names: readonly string[], context: UpgradeContext, target: Target): Promise<void> {
  const { config, release, settings } = context;
  if (!settings.certificateRenewal || target.rehearsal) return;
  const { host, reporter } = target;
  const known = renewables(config.cluster.etcd.external === undefined ? 'local' : 'external', release);
  const wanted = names.flatMap((name): Renewable[] => known.filter((one) => one.name === name));
  const tell = (text: string) => reporter.report({ type: 'line', host: host.name, phase: 'control-plane', text });
  for (const { name } of wanted) {
    if (!name.endsWith('admin.conf')) tell(`[upgrade/staticpods] Renewing ${name} certificate`);
  }
  const renewal = {
    host,
    cluster: config.cluster,
    release,
    kubernetesDirectory,
    run: target,
    keysBegun: isOther(context),
  };
  for (const { renewable, outcome } of await renew(wanted, renewal)) {
    if (outcome === 'external') {
      tell(`[upgrade/staticpods] External CA detected, ${renewable.name} certificate can't be renewed`);
    }
  }
}

/** What a journal of several stages holds is needed no more. */
function forgotten(journal: Journal): Phase<UpgradeContext> {
  return {
    name: 'control-plane',
    title: 'Control plane upgraded',
    reads: () => ({ paths: remainsOf(journal) }),
    desired: () => remainsOf(journal).map((path) => ({ kind: 'absent', path })),
  };
}
