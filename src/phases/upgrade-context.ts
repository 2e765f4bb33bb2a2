import type { InitConfig, UpgradeNode } from '../config/types.ts';
import type { EtcdAccess } from '../execute/change.ts';
import { temporaryDirectory } from '../release/paths.ts';
import type { Release } from '../release/release.ts';
import type { Version } from '../release/version.ts';
import type { InitContext } from './context.ts';
import type { WayBackContext } from './rollback/keep.ts';

/** What the phases of `upgrade` decide on: the cluster and this node as they are to be at the target. */
export interface UpgradeContext extends InitContext, WayBackContext {
  readonly config: InitConfig;
  /** The target's. */
  readonly release: Release;
  /** The newest API server that runs. */
  readonly from: Version;
  readonly isControlPlane: boolean;
  /** It is the one that brings the cluster's own things to the target (`apply`). */
  readonly isFirst: boolean;
  /** The runtime goes to the release's pause image with the node: its kubelet names that one too. kubeadm changes neither. */
  readonly pauseFollows?: boolean;
  readonly settings: UpgradeNode;
  /** Folders of kubeadm's in /etc/kubernetes/tmp that this run fills. */
  readonly folders: UpgradeFolders;
  /** How the cluster's own etcd is reached from the host; on control planes of such a cluster. */
  readonly etcd?: EtcdAccess;
}

/** kubeadm's folders of one upgrade (app/constants CreateTempDir, CreateTimestampDir). */
export interface UpgradeFolders {
  readonly manifests: string;
  readonly oldManifests: string;
  readonly etcd: string;
  readonly kubeletConfig: string;
  readonly kubeletFlags: string;
  /** kinit's own, while they are made. */
  readonly kubeconfigs: string;
}

/** Folders for an upgrade that began at `now`, in milliseconds since the epoch. */
export function upgradeFolders(now: number): UpgradeFolders {
  const time = new Date(now).toISOString().slice(0, 19).replace(/[T:]/g, '-');
  const digits = String(now % 1_000_000_000).padStart(9, '0');
  const folder = (name: string) => `${temporaryDirectory}/${name}`;
  return {
    manifests: folder(`kubeadm-upgraded-manifests${digits}`),
    oldManifests: folder(`kubeadm-backup-manifests-${time}`),
    etcd: folder(`kubeadm-backup-etcd-${time}`),
    kubeletConfig: folder(`kubeadm-kubelet-config-${time}`),
    kubeletFlags: folder(`kubeadm-kubelet-env${digits}`),
    kubeconfigs: folder(`kubeadm-kubeconfigs${digits}`),
  };
}
