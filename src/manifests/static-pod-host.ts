import type { EnvVar } from '../config/types.ts';
import type { ControlPlaneRelease } from '../release/control-plane.ts';
import { compareText } from './arguments.ts';

/** What the static pods take from the host that they are made for. */
export interface StaticPodHost {
  /** Directories that the host has; of them the release's `caDirectories` are mounted. */
  readonly caDirectories: readonly string[];
  /** `*_proxy` variables that the components get. */
  readonly proxyEnvironment: ReadonlyMap<string, string>;
  /** The CA's key is kept elsewhere, so that nothing can be signed here. */
  readonly externalCa?: boolean;
}

/** Environment of a component: the host's proxies, overridden and completed by the user's variables. */
export function environment(
  proxies: ReadonlyMap<string, string>,
  extra: readonly EnvVar[],
  { sortsEnvironment }: ControlPlaneRelease,
): readonly EnvVar[] {
  const inherited = [...proxies].filter(([, value]) => value !== '').map(([name, value]) => ({ name, value }));
  const merged = [...new Map([...inherited, ...extra].map((variable) => [variable.name, variable])).values()];
  const ordered = sortsEnvironment ? merged.toSorted((a, b) => compareText(a.name, b.name)) : merged;
  return ordered.map(printed);
}

/** As Go prints a core/v1 EnvVar: no empty value, and the API version that a fieldRef defaults to. */
function printed({ name, value, valueFrom }: EnvVar): EnvVar {
  return {
    name,
    ...(value === undefined || value === '' ? {} : { value }),
    ...(valueFrom === undefined ? {} : { valueFrom: withFieldVersion(valueFrom) }),
  };
}

function withFieldVersion(source: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const fieldRef = source['fieldRef'];
  if (typeof fieldRef !== 'object' || fieldRef === null) return source;
  return { ...source, fieldRef: { apiVersion: 'v1', ...fieldRef } };
}
