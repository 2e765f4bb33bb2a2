import type { Release } from '../release/release.ts';
import { didYouMean } from './nearest.ts';
import type { ComponentConfig } from './types.ts';

interface Fields {
  readonly [field: string]: unknown;
}

/**
 * The configurations of the kubelet and of kube-proxy without the fields that their types of the version do not have:
 * kubeadm warns of them and stores what is left (app/util/config/strict, then a decoding that is not strict).
 */
export function knownComponentFields(
  given: { readonly kubelet: ComponentConfig; readonly kubeProxy: ComponentConfig },
  { kubelet, addons, version }: Release,
  warn: (text: string) => void,
): { readonly kubelet: ComponentConfig; readonly kubeProxy: ComponentConfig } {
  const known = (kind: string, { object, userSupplied }: ComponentConfig, fields: Fields): ComponentConfig => {
    const leftOut = (name: string, others: readonly string[]) =>
      warn(`${kind} of ${version.text} has no field ${name}: it is left out${didYouMean(name, others)}`);
    return { object: knownFields(object, fields, leftOut), userSupplied };
  };
  const kubeletFields = Object.fromEntries(kubelet.fields.map((name) => [name, undefined]));
  return {
    kubelet: known('KubeletConfiguration', given.kubelet, kubeletFields),
    kubeProxy: known('KubeProxyConfiguration', given.kubeProxy, addons.kubeProxy.fields),
  };
}

/** Fields that are in no table, as Go omits them when they are empty. */
const omitted = ['apiVersion', 'kind', 'featureGates', 'format', 'splitStream', 'vmodule', 'windowsRunAsService'];

function knownFields(
  object: Fields,
  fields: Fields,
  leftOut: (name: string, others: readonly string[]) => void,
): Record<string, unknown> {
  const names = [...Object.keys(fields), ...omitted];
  const kept = Object.entries(object).filter(([name]) => {
    if (!names.includes(name)) leftOut(name, names);
    return names.includes(name);
  });
  return Object.fromEntries(
    kept.map(([name, value]) => {
      const below = fields[name];
      return [name, isFields(value) && isFields(below) ? knownFields(value, below, leftOut) : value];
    }),
  );
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
