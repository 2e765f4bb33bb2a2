import { type Change, refOf } from '../execute/change.ts';
import type { KubeObject } from '../kube/client.ts';
import { coreDnsObjects } from '../manifests/coredns.ts';
import { kubeProxyObjects } from '../manifests/kube-proxy.ts';
import type { InitContext } from './context.ts';
import type { Phase } from './phase.ts';

/** CoreDNS and kube-proxy. */
export const addon: Phase<InitContext> = {
  name: 'addon',
  title: 'Addons',
  steps: ['coredns', 'kube-proxy'],
  reads: (context) => ({ objects: [...coreDns(context), ...kubeProxy(context)].map(refOf) }),
  desired: (context): readonly Change[] => [
    ...applied('coredns', 'CoreDNS', coreDns(context)),
    ...applied('kube-proxy', 'kube-proxy', kubeProxy(context)),
  ],
};

function coreDns({ config, release, patches }: InitContext): readonly KubeObject[] {
  return config.cluster.dns.disabled ? [] : coreDnsObjects(config, release, { patches });
}

function kubeProxy({ config, release, proxyEnvironment, patches }: InitContext): readonly KubeObject[] {
  return config.cluster.proxy.disabled ? [] : kubeProxyObjects(config, release, { proxyEnvironment, patches });
}

/** kubeadm says it once, at the end. */
function applied(step: string, name: string, objects: readonly KubeObject[]): readonly Change[] {
  return objects.map(
    (object, index): Change => ({
      kind: 'object',
      how: 'present',
      step,
      object,
      ...(index === objects.length - 1 ? { says: `[addons] Applied essential addon: ${name}` } : {}),
    }),
  );
}
