import { exitCodes, KinitError } from '../../../errors.ts';
import type { Target } from '../../../execute/target.ts';
import type { ListQuery } from '../../../kube/client.ts';
import { podImage, tagOf } from '../../../kube/pod-image.ts';
import { etcdTag } from '../../../manifests/images.ts';
import type { UpgradeContext } from '../../../phases/upgrade-context.ts';
import { type UpgradePolicyInput, upgradePolicy } from '../../../preflight/upgrade-policy.ts';
import type { LivingNode } from './living-node.ts';

export type AllowedVersions = Pick<UpgradePolicyInput, 'allowExperimentalUpgrades' | 'allowRCUpgrades'>;

/** Throws KinitError, exit 2, where the target's version is not one that this cluster can go to, or only by force. */
export async function enforcePolicy(
  { context, living }: { readonly context: UpgradeContext; readonly living: LivingNode },
  { kube, reporter, host }: Target,
  {
    force,
    kubeletsDecided,
    ...allowed
  }: AllowedVersions & { readonly force: boolean; readonly kubeletsDecided: boolean },
): Promise<void> {
  const tell = (text: string) => reporter.report({ type: 'line', host: host.name, phase: 'preflight', text });
  const { release, from, config } = context;
  const to = release.version.text;
  tell(`[upgrade/version] You have chosen to change the cluster version to "${to}"`);
  tell(`[upgrade/versions] Cluster version: ${from.text}`);
  const members = config.cluster.etcd.local ? await (await kube()).list(etcdPods) : [];
  const { fatal, skippable } = upgradePolicy({
    release,
    from,
    kubelets: kubeletsDecided ? [] : living.nodes.flatMap((node) => kubeletVersion(node) ?? []),
    etcd: { members: members.map((pod) => tagOf(podImage(pod))), target: etcdTag(config.cluster, release) },
    ...allowed,
  });
  if (fatal.length > 0) throw refused(`cannot go from ${from.text} to ${to}`, fatal, 'choose another version');
  if (skippable.length === 0) return;
  if (!force) throw refused(`should not go from ${from.text} to ${to}`, skippable, '--force goes on all the same');
  for (const why of skippable) {
    reporter.report({ type: 'warning', host: host.name, text: `[upgrade/version] ${why}; going on, as --force says` });
  }
}

/** Of every member of the cluster's own etcd. */
const etcdPods: ListQuery = {
  apiVersion: 'v1',
  kind: 'Pod',
  namespace: 'kube-system',
  labelSelector: 'component=etcd,tier=control-plane',
};

/** What a Node says of its kubelet. */
export function kubeletVersion(node: object): string | undefined {
  const { status } = node as { readonly status?: { readonly nodeInfo?: { readonly kubeletVersion?: string } } };
  return status?.nodeInfo?.kubeletVersion;
}

function refused(what: string, why: readonly string[], hint: string): KinitError {
  return new KinitError([`the cluster ${what}:`, ...why].join('\n'), {
    exitCode: exitCodes.preflight,
    ownLines: true,
    hint,
  });
}
