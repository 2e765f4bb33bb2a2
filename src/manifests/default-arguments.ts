import type { Arg } from '../config/types.ts';
import type { Release } from '../release/release.ts';
import type { Presence, StaticPodName } from '../release/static-pod-arguments.ts';

export type Arguments = Readonly<Record<string, string | undefined>>;

/**
 * Those of kubeadm's arguments that the release passes to the component. An argument without value is not passed; what
 * the release's table does not name is in every release. `etcdTag` decides where flags follow the version of etcd.
 */
export function defaultArguments(component: StaticPodName, args: Arguments, release: Release, etcdTag = ''): Arg[] {
  const presence = release.controlPlane.arguments[component];
  return Object.entries(args).flatMap(([name, value]) =>
    value !== undefined && isPresent(presence[name] ?? true, etcdTag) ? [{ name, value }] : [],
  );
}

/** The gate that kubeadm's own gate hands on; no argument where the user does not name it. */
export function dualStackGate(featureGates: Readonly<Record<string, boolean>>): string | undefined {
  const enabled = featureGates['IPv6DualStack'];
  return enabled === undefined ? undefined : `IPv6DualStack=${enabled}`;
}

function isPresent(presence: Presence, etcdTag: string): boolean {
  if (typeof presence === 'boolean') return presence;
  return presence === (isBeforeEtcd36(etcdTag) ? 'before etcd 3.6' : 'from etcd 3.6');
}

/** A tag that is no version counts as new. */
function isBeforeEtcd36(tag: string): boolean {
  const [, major, minor] = /^v?(\d+)\.(\d+)/.exec(tag) ?? [];
  if (major === undefined || minor === undefined) return false;
  return Number(major) < 3 || (Number(major) === 3 && Number(minor) < 6);
}
