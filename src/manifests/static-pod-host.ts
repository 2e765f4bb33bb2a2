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
  return sortsEnvironment ? merged.toSorted((a, b) => compareText(a.name, b.name)) : merged;
}
