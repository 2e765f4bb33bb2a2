import type { Release } from '../release/release.ts';

/** Whether a kubeadm feature is on: what the user says, unless the version does not know the gate or has locked it. */
export function featureEnabled(
  cluster: { readonly featureGates: Readonly<Record<string, boolean>> },
  release: Release,
  name: string,
): boolean {
  const gates = release.configApi.featureGates;
  const gate = Object.hasOwn(gates, name) ? gates[name] : undefined;
  if (!gate) return false;
  return gate.stage === 'ga' ? gate.enabled : (cluster.featureGates[name] ?? gate.enabled);
}
