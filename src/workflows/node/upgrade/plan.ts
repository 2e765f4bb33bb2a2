import type { ClusterConfiguration } from '../../../config/types.ts';
import type { KubeClient, KubeObject } from '../../../kube/client.ts';
import { podImage, tagOf } from '../../../kube/pod-image.ts';
import { coreDnsImage, etcdTag } from '../../../manifests/images.ts';
import { dnsDeployments } from '../../../phases/upgrade/dns-deployments.ts';
import { releaseFor } from '../../../release/release.ts';
import { servedMinor } from '../../../release/served.ts';
import { compareVersions, parseVersion, tryParseVersion, type Version } from '../../../release/version.ts';
import { kubeletVersion } from './policy.ts';
import type { BegunUpgrade } from './upgrade.ts';

/** One thing that an upgrade changes (kubeadm output.kubeadm.k8s.io/v1alpha3 ComponentUpgradePlan). */
export interface PlannedComponent {
  readonly name: string;
  readonly currentVersion: string;
  readonly newVersion: string;
  readonly nodeName?: string;
}

export interface AvailableUpgrade {
  readonly description: string;
  readonly components: readonly PlannedComponent[];
}

export interface UpgradePlanResult {
  readonly availableUpgrades: readonly AvailableUpgrade[];
  readonly configVersions: readonly {
    readonly group: string;
    readonly currentVersion: string;
    readonly preferredVersion: string;
    readonly manualUpgradeRequired: boolean;
  }[];
}

interface PlanInput {
  /** Without one: the newest patches that kinit knows of this minor and of the next. */
  readonly version: Version | undefined;
  readonly etcdUpgrade: boolean;
}

/** The versions that the cluster can go to, and what would change (kubeadm app/cmd/upgrade/plan.go). Changes nothing. */
export async function planUpgrades(
  { context, living, target }: BegunUpgrade,
  { version, etcdUpgrade }: PlanInput,
): Promise<UpgradePlanResult> {
  const kube = await target.kube();
  const pods = (component: string) => podsOf(kube, component);
  const [apiServers, managers, schedulers, etcds, dns] = await Promise.all([
    pods('kube-apiserver'),
    pods('kube-controller-manager'),
    pods('kube-scheduler'),
    etcdUpgrade ? pods('etcd') : [],
    kube.list(dnsDeployments),
  ]);
  const template = (dns[0]?.['spec'] as { readonly template?: KubeObject } | undefined)?.template;
  const dnsTag = template === undefined ? '' : tagOf(podImage(template));
  const upgrades = targetsFrom(context.from, version).map(({ description, to }): AvailableUpgrade => {
    const release = releaseFor(to);
    const cluster: ClusterConfiguration = living.config.cluster;
    const each = (name: string, all: readonly KubeObject[], newVersion: string) =>
      all
        .map((pod) => ({ name, currentVersion: tagOf(podImage(pod)), newVersion, nodeName: nodeOf(pod) }))
        .sort((a, b) => (`${a.currentVersion} ${a.nodeName}` < `${b.currentVersion} ${b.nodeName}` ? -1 : 1));
    return {
      description,
      components: [
        ...kubelets(living.nodes, to.text),
        ...each('kube-apiserver', apiServers, to.text),
        ...each('kube-controller-manager', managers, to.text),
        ...each('kube-scheduler', schedulers, to.text),
        { name: 'kube-proxy', currentVersion: context.from.text, newVersion: to.text },
        { name: 'CoreDNS', currentVersion: dnsTag, newVersion: tagOf(coreDnsImage(cluster, release)) },
        ...each('etcd', etcds, etcdTag(cluster, release)),
      ],
    };
  });
  return { availableUpgrades: upgrades, configVersions };
}

/** The versions in which kubelets and kube-proxy read their configuration have been the same since v1.18. */
const configVersions = [
  ['kubeproxy.config.k8s.io', 'v1alpha1'],
  ['kubelet.config.k8s.io', 'v1beta1'],
].map(([group = '', version = '']) => ({
  group,
  currentVersion: version,
  preferredVersion: version,
  manualUpgradeRequired: false,
}));

function targetsFrom(from: Version, wanted: Version | undefined): readonly { description: string; to: Version }[] {
  const series = `version in the v${from.major}.${from.minor} series`;
  if (wanted !== undefined) {
    if (compareVersions(wanted, from) <= 0) return [];
    return [{ description: wanted.minor === from.minor ? series : 'stable version', to: wanted }];
  }
  const newest = (minor: number) => {
    const served = servedMinor(minor);
    return served && parseVersion(`v1.${minor}.${served.newestPatch}`);
  };
  const [patch, minor] = [newest(from.minor), newest(from.minor + 1)];
  return [
    ...(patch !== undefined && compareVersions(patch, from) > 0 ? [{ description: series, to: patch }] : []),
    ...(minor === undefined ? [] : [{ description: `version in the v1.${minor.minor} series`, to: minor }]),
  ];
}

function kubelets(nodes: readonly KubeObject[], newVersion: string): readonly PlannedComponent[] {
  const all = nodes.flatMap((node): PlannedComponent[] => {
    const currentVersion = kubeletVersion(node);
    if (currentVersion === undefined || tryParseVersion(currentVersion) === undefined) return [];
    return [{ name: 'kubelet', currentVersion, newVersion, nodeName: node.metadata.name }];
  });
  const versions = new Set(all.map(({ currentVersion }) => currentVersion));
  return versions.size === 1 && versions.has(newVersion) ? [] : all;
}

function podsOf(kube: KubeClient, component: string): Promise<readonly KubeObject[]> {
  const labelSelector = `component=${component},tier=control-plane`;
  return kube.list({ apiVersion: 'v1', kind: 'Pod', namespace: 'kube-system', labelSelector });
}

function nodeOf(pod: KubeObject): string {
  return (pod['spec'] as { readonly nodeName?: string } | undefined)?.nodeName ?? '';
}
