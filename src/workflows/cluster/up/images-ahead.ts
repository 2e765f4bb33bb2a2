import { completeInit } from '../../../config/init.ts';
import { completeJoin } from '../../../config/join.ts';
import { anyNode } from '../../../config/node-facts.ts';
import type { ClusterConfiguration } from '../../../config/types.ts';
import { exitCodes, KinitError } from '../../../errors.ts';
import type { Decided } from '../../../execute/decided.ts';
import { perform } from '../../../execute/executor.ts';
import { on } from '../../../execute/target.ts';
import { generateToken } from '../../../kube/token.ts';
import { componentImage, pauseImage, requiredImages } from '../../../manifests/images.ts';
import { missingImages } from '../../../phases/image-pull.ts';
import { adminConf } from '../../../release/paths.ts';
import type { Release } from '../../../release/release.ts';
import type { Machine, UpInput } from './up-input.ts';

/** What is known of a cluster that is still made. */
export interface ComingCluster {
  readonly input: UpInput;
  readonly release: Release;
}

/**
 * Brings the images of its node to a machine that waits for the leading control plane, one after the other until that one is
 * ready: then the machine joins, and the join brings what is still missing. What fails here fails there again, and is told
 * there. Returns what was pulled. Throws KinitError where the run is interrupted.
 */
export async function pullAhead(
  { host, entry }: Machine,
  { input, release }: ComingCluster,
  isOver: () => boolean,
): Promise<readonly Decided[]> {
  const { run, bundle } = input;
  const done: Decided[] = [];
  // Images of a bundle are there already, and others are not wanted.
  if (run.rehearsal || bundle !== undefined || isOver()) return done;
  try {
    const { facts } = await host.observe({ facts: true });
    if (facts === undefined) return done;
    const { nodeRegistration } = completeJoin(input.joinRequest(entry, release, facts), {
      facts,
      version: release.version,
      discovery: { file: { kubeConfigPath: adminConf } },
    });
    const images = imagesOf({ host, entry }, { input, release });
    const target = on(run, { host, release, facts });
    for (const change of missingImages(images, nodeRegistration, facts, [])) {
      if (isOver()) break;
      done.push(...(await perform([{ phase: 'preflight', change }], target)));
    }
  } catch (error) {
    if (!(error instanceof KinitError) || error.exitCode === exitCodes.interrupted) throw error;
  }
  return done;
}

/** Of a worker what its own pods are made of, those first without which it reaches no API server and starts no pod. */
function imagesOf({ entry }: Machine, { input, release }: ComingCluster): readonly string[] {
  const cluster = clusterOf(input, release);
  const { local, virtual } = input.balancing(entry, cluster, release);
  if (entry.role === 'control-plane') return [...requiredImages(cluster, release), ...(virtual?.images ?? [])];
  const proxy = cluster.proxy.disabled ? [] : [componentImage(cluster, release, 'kube-proxy')];
  return [...(local === undefined ? [] : [local.image]), pauseImage(cluster, release), ...proxy];
}

/** As the file has it. */
function clusterOf(input: UpInput, release: Release): ClusterConfiguration {
  const request = input.initRequest(input.controlPlanes[0], release, anyNode, undefined);
  return completeInit(request, { facts: anyNode, version: release.version, newToken: generateToken }).cluster;
}
