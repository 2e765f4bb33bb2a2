import { defined } from '../../defined.ts';
import { type Change, objectKey, refOf } from '../../execute/change.ts';
import { listKey, type Observed } from '../../execute/observed.ts';
import type { KubeObject } from '../../kube/client.ts';
import { podImage } from '../../kube/pod-image.ts';
import { apiServerPods } from '../../kube/static-pod.ts';
import { coreDnsObjects } from '../../manifests/coredns.ts';
import { isDefaultCorefile, migratedCorefile } from '../../manifests/corefile.ts';
import { coreDnsImage } from '../../manifests/images.ts';
import { kubeProxyObjects } from '../../manifests/kube-proxy.ts';
import type { Phase } from '../phase.ts';
import type { UpgradeContext } from '../upgrade-context.ts';
import { dnsDeployments } from './dns-deployments.ts';

/**
 * CoreDNS and kube-proxy of the target, where it is time for them: with the first control plane, or with the last one.
 * Replicas and a Corefile of the user's own stay (kubeadm app/phases/addons, cmd/phases/upgrade/addons.go).
 */
export const addonsUpgrade: Phase<UpgradeContext> = {
  name: 'addon',
  title: 'Addons',
  steps: ['coredns', 'kube-proxy'],
  reads: (context) =>
    context.isControlPlane
      ? {
          objects: [...coreDns(context, undefined), ...kubeProxy(context)].map(refOf),
          lists: [apiServerPods, dnsDeployments],
        }
      : {},
  desired: (context, observed): readonly Change[] => {
    if (!context.isControlPlane) return note('[upgrade/addon] Skipping phase. Not a control plane node.');
    const others = notUpgraded(context, observed);
    if (!isNow(context, others)) {
      // The first one has brought them.
      if (others.length === 0) return [];
      const text = `[upgrade/addon] Skipping upgrade of addons because control plane instances [${others.join(' ')}] have not been upgraded`;
      return note(text);
    }
    return [...dnsChanges(context, observed), ...proxyChanges(context, observed)];
  },
};

function note(text: string): readonly Change[] {
  return [{ kind: 'note', text }];
}

/** `apply` of old brings them at once; later ones wait for the last control plane. */
function isNow({ release, config, isFirst }: UpgradeContext, others: readonly string[]): boolean {
  switch (release.upgrade.addons) {
    case 'at once':
      return isFirst;
    case 'unless gated':
      return config.cluster.featureGates['UpgradeAddonsBeforeControlPlane'] ? isFirst : others.length === 0;
    case 'after all control planes':
      return others.length === 0;
  }
}

/** Control planes whose API server runs another image than this one's (kubeadm UnupgradedControlPlaneInstances). */
function notUpgraded({ config }: UpgradeContext, { lists }: Observed): readonly string[] {
  const nodeOf = (pod: KubeObject) => String((pod['spec'] as { nodeName?: string } | undefined)?.nodeName ?? '');
  const images = (lists.get(listKey(apiServerPods)) ?? []).map((pod) => [nodeOf(pod), podImage(pod)] as const);
  const own = images.find(([node]) => node === config.nodeRegistration.name)?.[1];
  return images.flatMap(([node, image]) => (image === own ? [] : [node])).sort();
}

function coreDns({ config, release, patches }: UpgradeContext, replicas: number | undefined): readonly KubeObject[] {
  if (config.cluster.dns.disabled) return [];
  return coreDnsObjects(config, release, { patches, ...defined({ replicas }) });
}

function kubeProxy({ config, release, proxyEnvironment, patches }: UpgradeContext): readonly KubeObject[] {
  return config.cluster.proxy.disabled ? [] : kubeProxyObjects(config, release, { proxyEnvironment, patches });
}

/** An addon that nobody has installed is not installed now. */
function isLeftOut(name: string, { release }: UpgradeContext, { objects }: Observed): boolean {
  return release.upgrade.skipsMissingAddons && !objects.has(`ConfigMap/kube-system/${name}`);
}

function dnsChanges(context: UpgradeContext, observed: Observed): readonly Change[] {
  if (isLeftOut('coredns', context, observed)) return leftOut('coredns');
  const [deployed] = observed.lists.get(listKey(dnsDeployments)) ?? [];
  const { replicas } = (deployed?.['spec'] ?? {}) as { readonly replicas?: number };
  const objects = coreDns(context, replicas).map((object) =>
    object.kind === 'ConfigMap' ? withOwnCorefile(object, deployed, context, observed) : object,
  );
  return applied('coredns', 'CoreDNS', objects);
}

/** A Corefile of the user's own goes on, in the words of the new CoreDNS; what it was is kept beside it. */
function withOwnCorefile(
  object: KubeObject,
  deployed: KubeObject | undefined,
  { config, release }: UpgradeContext,
  { objects }: Observed,
): KubeObject {
  const { Corefile: there = '' } = (objects.get(objectKey(object))?.['data'] ?? {}) as { readonly Corefile?: string };
  if (there === '' || isDefaultCorefile(there)) return object;
  const tag = (image: string) => image.slice(image.lastIndexOf(':') + 1);
  const template = (deployed?.['spec'] as { readonly template?: KubeObject } | undefined)?.template;
  const from = template === undefined ? '' : tag(podImage(template));
  const migrated = migratedCorefile(there, from, tag(coreDnsImage(config.cluster, release)));
  const backup = migrated === there ? {} : { 'Corefile-backup': there };
  return { ...object, data: { Corefile: migrated, ...backup } };
}

function proxyChanges(context: UpgradeContext, observed: Observed): readonly Change[] {
  if (isLeftOut('kube-proxy', context, observed)) return leftOut('kube-proxy');
  return applied('kube-proxy', 'kube-proxy', kubeProxy(context));
}

function leftOut(name: string): readonly Change[] {
  const text = `the ConfigMap "${name}" in the namespace "kube-system" was not found: ${name} is taken for left out on purpose, and not installed`;
  return [{ kind: 'note', warning: true, text, step: name }];
}

/** kubeadm says it once, at the end, whatever of it was there. */
function applied(step: string, name: string, objects: readonly KubeObject[]): readonly Change[] {
  if (objects.length === 0) return [];
  return [
    ...objects.map((object): Change => ({ kind: 'object', how: 'present', step, object })),
    { kind: 'note', step, text: `[addons] Applied essential addon: ${name}` },
  ];
}
