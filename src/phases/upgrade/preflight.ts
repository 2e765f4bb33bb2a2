import type { ClusterConfiguration } from '../../config/types.ts';
import type { Change } from '../../execute/change.ts';
import { listKey, mergeReads, type Observed, type Reads } from '../../execute/observed.ts';
import type { KubeObject, ListQuery } from '../../kube/client.ts';
import { isReady } from '../../kube/node.ts';
import { podImage, tagOf } from '../../kube/pod-image.ts';
import { coreDnsVersion, corefileFault, isDefaultCorefile, unsupportedPlugins } from '../../manifests/corefile.ts';
import { coreDnsImage, requiredImages } from '../../manifests/images.ts';
import { ownNode } from '../../preflight/own-node.ts';
import { preflight, preflightReads, weighed } from '../../preflight/preflight.ts';
import { failure, type Problem } from '../../preflight/problem.ts';
import { preflightError, warningLines } from '../../preflight/report.ts';
import { initSubject, type Subject } from '../../preflight/subject.ts';
import { firstOf } from '../../printable.ts';
import { staticPodFile, staticPodNames } from '../../release/paths.ts';
import { compareVersions } from '../../release/version.ts';
import { missingImages } from '../image-pull.ts';
import type { Phase } from '../phase.ts';
import type { UpgradeContext } from '../upgrade-context.ts';
import { dnsDeployments } from './dns-deployments.ts';

const nodes: ListQuery = { apiVersion: 'v1', kind: 'Node' };
const corefileHolder = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'kube-system', name: 'coredns' } as const;

/** What stands in the way of an upgrade on the host and, for the cluster's first control plane, in the cluster. */
export const upgradePreflight: Phase<UpgradeContext> = {
  name: 'preflight',
  title: 'Preflight checks',
  reads: (context) => ({
    ...mergeReads([preflightReads(subjectOf(context), context.release), ofCluster(context)]),
    facts: true,
  }),
  desired: (context, observed): readonly Change[] => {
    const ignored = context.settings.ignorePreflightErrors;
    const found = [...hostProblems(context, observed), ...(context.isFirst ? clusterProblems(context, observed) : [])];
    const { errors, warnings } = weighed(found, ignored);
    if (errors.length > 0) throw preflightError({ errors: [...warnings, ...errors] });
    return [
      { kind: 'note', text: '[upgrade/preflight] Running preflight checks' },
      ...warningLines({ errors, warnings }).map((text): Change => ({ kind: 'note', warning: true, text })),
    ];
  },
};

/** The images of the target that the node lacks, before anything is stopped. */
export const upgradePull: Phase<UpgradeContext> = {
  name: 'preflight',
  title: 'Images',
  reads: () => ({ facts: true }),
  desired: ({ config, release, settings, isControlPlane }, { facts }): readonly Change[] => {
    if (!isControlPlane)
      return [{ kind: 'note', text: '[upgrade/preflight] Skipping prepull. Not a control plane node.' }];
    const lines = [
      'Pulling images required for setting up a Kubernetes cluster',
      'This might take a minute or two, depending on the speed of your internet connection',
      `You can also perform this action beforehand using 'kinit config images pull'`,
    ];
    return [
      ...lines.map((text): Change => ({ kind: 'note', text: `[upgrade/preflight] ${text}` })),
      ...missingImages(
        requiredImages(config.cluster, release),
        config.nodeRegistration,
        facts,
        settings.ignorePreflightErrors,
      ),
    ];
  },
};

function subjectOf({ config, isControlPlane }: UpgradeContext): Subject {
  return { ...initSubject(config), ...(isControlPlane ? {} : { role: 'join-worker' }) };
}

function ofCluster({ isFirst }: UpgradeContext): Reads {
  if (!isFirst) return {};
  return {
    paths: staticPodNames.map((name) => staticPodFile(name)),
    objects: [corefileHolder],
    lists: [nodes, dnsDeployments],
  };
}

/** Of a node's checks kubeadm repeats only what a new kubelet may trip over (phases/upgrade/preflight.go). */
function hostProblems({ release, ...context }: UpgradeContext, observed: Observed): readonly Problem[] {
  const { facts } = observed;
  if (facts === undefined) throw new Error('preflight checks decide on facts, and there are none');
  const subject = subjectOf({ release, ...context });
  const { errors, warnings } = preflight({
    subject,
    release,
    observed: { ...observed, facts },
    ours: ownNode(subject),
  });
  const repeated = ['IsPrivilegedUser', ...(release.upgrade.systemVerification === 'checked' ? verifications : [])];
  return [...errors, ...warnings].filter(({ name }) => repeated.includes(name));
}

const verifications = ['SystemVerification', 'ContainerRuntimeVersion'];

function clusterProblems({ config, ...context }: UpgradeContext, observed: Observed): readonly Problem[] {
  return [...notReady(observed), ...missingManifests(observed), ...dnsProblems({ config, ...context }, observed)];
}

function notReady({ lists }: Observed): readonly Problem[] {
  const isControlPlane = ({ metadata: { labels = {} } }: KubeObject) =>
    ['master', 'control-plane'].some((role) => labels[`node-role.kubernetes.io/${role}`] !== undefined);
  const sick = (lists.get(listKey(nodes)) ?? []).filter((node) => isControlPlane(node) && !isReady(node));
  if (sick.length === 0) return [];
  const names = firstOf(sick.map(({ metadata }) => metadata.name));
  return [
    failure('ControlPlaneNodesReady', `there are NotReady control-planes in the cluster: [${names}]`, {
      mend: 'see `kubectl describe node` and `journalctl -xeu kubelet` there',
    }),
  ];
}

function missingManifests({ paths }: Observed): readonly Problem[] {
  const missing = staticPodNames
    .filter((name) => name !== 'etcd')
    .map((name) => staticPodFile(name))
    .filter((path) => paths.get(path)?.type !== 'file');
  if (missing.length === 0) return [];
  return [
    failure('StaticPodManifest', `manifest files not found: [${missing.join(' ')}]`, {
      mend: 'run this on a control plane of the cluster',
    }),
  ];
}

/** Whether the Corefile can go on with another CoreDNS (kubeadm RunCoreDNSMigrationCheck). */
function dnsProblems({ config, release }: UpgradeContext, { objects, lists }: Observed): readonly Problem[] {
  const deployments = lists.get(listKey(dnsDeployments)) ?? [];
  if (config.cluster.dns.disabled || deployments.length === 0) return [];
  if (deployments.length > 1) {
    const names = firstOf(deployments.map(({ metadata }) => metadata.name));
    return [failure('CoreDNSMigration', `multiple DNS addon deployments found: [${names}]`)];
  }
  const template = (deployments[0]?.['spec'] as { readonly template?: KubeObject } | undefined)?.template;
  const image = template === undefined ? '' : podImage(template);
  const data = objects.get('ConfigMap/kube-system/coredns')?.['data'] as { readonly Corefile?: string } | undefined;
  return [
    ...otherPlugins(data?.Corefile ?? ''),
    ...newerDns(image, config.cluster, coreDnsImage(config.cluster, release)),
  ];
}

function otherPlugins(corefile: string): readonly Problem[] {
  if (corefile === '' || isDefaultCorefile(corefile)) return [];
  const fault = corefileFault(corefile);
  if (fault !== undefined) {
    return [
      failure('CoreDNSMigration', `the Corefile in ConfigMap kube-system/coredns cannot be read: ${fault}`, {
        mend: 'kubectl -n kube-system edit configmap coredns',
      }),
    ];
  }
  const plugins = unsupportedPlugins(corefile);
  if (plugins.length === 0) return [];
  const message = `there are unsupported plugins in the CoreDNS Corefile: [${firstOf(plugins)}]`;
  return [
    failure('CoreDNSUnsupportedPlugins', message, {
      mend: 'make sure that the new CoreDNS has them, and go on with --ignore-preflight-errors=CoreDNSUnsupportedPlugins: the Corefile stays as it is',
    }),
  ];
}

function newerDns(image: string, _: ClusterConfiguration, wanted: string): readonly Problem[] {
  const [there, target] = [coreDnsVersion(tagOf(image)), coreDnsVersion(tagOf(wanted))];
  if (there === undefined || target === undefined || compareVersions(there, target) <= 0) return [];
  return [
    failure('CoreDNSMigration', `CoreDNS ${tagOf(image)} is newer than ${tagOf(wanted)}, which the target brings`, {
      mend: 'name its tag in kubeadm-config (dns.imageTag), or go back with --ignore-preflight-errors=CoreDNSMigration',
    }),
  ];
}
