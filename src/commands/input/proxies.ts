import type { Io } from '../io.ts';

/** What kubeadm hands on to static pods: `*_proxy` of its own environment. */
export function proxies({ env }: Pick<Io, 'env'>): ReadonlyMap<string, string> {
  return new Map(
    Object.entries(env).flatMap(([name, value]) => (/_proxy$/i.test(name) && value ? [[name, value] as const] : [])),
  );
}
