import type { BundleContent } from '../../../bundle/bundle-file.ts';
import { completeInit } from '../../../config/init.ts';
import { anyNode } from '../../../config/node-facts.ts';
import type { Decided } from '../../../execute/decided.ts';
import type { Run } from '../../../execute/run.ts';
import { on } from '../../../execute/target.ts';
import { generateToken } from '../../../kube/token.ts';
import type { Release } from '../../../release/release.ts';
import { bundleImageStages, bundlePackageStages, loadBundle } from '../../images/load-bundle.ts';
import type { Machine } from './up-input.ts';
import type { WantedCluster } from './wanted-cluster.ts';

const stages = { packages: bundlePackageStages, images: bundleImageStages };

/** Brings a part of the bundle to a host of the cluster, or what it lacks of it. Returns what was changed. Throws KinitError. */
export async function bringFromBundle(
  part: keyof typeof stages,
  { host, entry }: Machine,
  { lock, digest, source }: BundleContent,
  { wanted, release, run }: { readonly wanted: WantedCluster; readonly release: Release; readonly run: Run },
): Promise<readonly Decided[]> {
  const request = wanted.initRequest(wanted.controlPlanes[0], release, anyNode);
  const given = { facts: anyNode, version: release.version, newToken: generateToken };
  const { criSocket } = completeInit(request, given).nodeRegistration;
  const context = { lock, digest, source, role: entry.role, criSocket: () => criSocket };
  return loadBundle(context, on(run, { host, release }), stages[part]);
}
