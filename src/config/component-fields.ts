import { type Structure, structureOf } from '../release/go-types.ts';
import type { Release } from '../release/release.ts';
import { pathText, type YamlPath } from '../yaml-place.ts';
import { didYouMean } from './nearest.ts';
import type { ComponentConfig } from './types.ts';

interface Fields {
  readonly [field: string]: unknown;
}

type LeaveOut = (path: YamlPath, name: string, others: readonly string[]) => void;

/**
 * The configurations of the kubelet and of kube-proxy without the fields that their types of the version do not have:
 * kubeadm warns of them and stores what is left (app/util/config/strict, then a decoding that is not strict).
 */
export function knownComponentFields(
  given: { readonly kubelet: ComponentConfig; readonly kubeProxy: ComponentConfig },
  { kubelet, addons, version }: Release,
  warn: (text: string) => void,
): { readonly kubelet: ComponentConfig; readonly kubeProxy: ComponentConfig } {
  const known = (kind: string, { object, userSupplied }: ComponentConfig, fields: Structure): ComponentConfig => {
    const leaveOut: LeaveOut = (path, name, others) => {
      const field = pathText([...path, name]);
      warn(`${kind} of ${version.text} has no field ${field}: it is left out${didYouMean(name, others)}`);
    };
    return { object: knownFields(object, fields, [], leaveOut), userSupplied };
  };
  return {
    kubelet: known('KubeletConfiguration', given.kubelet, kubelet.fields),
    kubeProxy: known('KubeProxyConfiguration', given.kubeProxy, addons.kubeProxy.fields),
  };
}

function knownFields(object: Fields, fields: Structure, path: YamlPath, leaveOut: LeaveOut): Fields {
  const names = Object.keys(fields);
  const kept = Object.entries(object).filter(([name]) => {
    if (!names.includes(name)) leaveOut(path, name, names);
    return names.includes(name);
  });
  return Object.fromEntries(
    kept.map(([name, value]) => [name, knownBelow(value, structureOf(fields[name]), [...path, name], leaveOut)]),
  );
}

function knownBelow(value: unknown, fields: Structure | undefined, path: YamlPath, leaveOut: LeaveOut): unknown {
  if (!fields || typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item, index) => knownBelow(item, fields, [...path, index], leaveOut));
  return knownFields(value as Fields, fields, path, leaveOut);
}
