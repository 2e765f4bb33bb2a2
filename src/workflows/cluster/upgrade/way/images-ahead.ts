import { withImagesNow } from '../../../../config/stored-cluster.ts';
import type { ClusterConfiguration } from '../../../../config/types.ts';
import { exitCodes, KinitError } from '../../../../errors.ts';
import { perform } from '../../../../execute/executor.ts';
import { on } from '../../../../execute/target.ts';
import { etcdImage, requiredImages, workerImages } from '../../../../manifests/images.ts';
import { imagesLacking, missingImages } from '../../../../phases/image-pull.ts';
import { imageProbe } from '../../../../phases/runtime-tool.ts';
import { isIgnored } from '../../../../preflight/ignore.ts';
import { releaseFor } from '../../../../release/release.ts';
import type { LivingCluster } from '../../living-cluster.ts';
import type { Machine } from '../../up/up-input.ts';
import type { ClusterUpgrade } from '../upgrade-input.ts';
import { bundleFor } from './bundles.ts';
import type { Hop } from './walk.ts';

/**
 * Throws KinitError, exit 2, where a host cannot have an image of a version on the way, whichever: its registries are asked
 * without that anything is pulled, and what they do not tell of is tried for good.
 */
export async function refuseMissingImages(
  machines: ReadonlyMap<string, Machine>,
  hops: readonly Hop[],
  { facts: { cluster } }: LivingCluster,
  leavers: ReadonlySet<string>,
  input: ClusterUpgrade,
): Promise<void> {
  if (isIgnored('ImagePull', input.ignored)) return;
  const asked = askedFor(machines, leavers);
  await Promise.all(asked.map((machine) => refuseOn(machine, imagesOf(machine, hops, cluster, input), input)));
}

/** Images of the way that no registry of a host tells of: an upgrade tries them for good before it begins. Nothing is pulled. */
export async function untoldImages(
  machines: ReadonlyMap<string, Machine>,
  hops: readonly Hop[],
  { facts: { cluster } }: LivingCluster,
  leavers: ReadonlySet<string>,
  input: ClusterUpgrade,
): Promise<readonly { readonly host: string; readonly images: readonly string[] }[]> {
  const found = await Promise.all(
    askedFor(machines, leavers).map(async (machine) => {
      const sight = await untoldOn(machine, imagesOf(machine, hops, cluster, input));
      return { host: machine.host.name, images: sight?.untold ?? [] };
    }),
  );
  return found.filter(({ images }) => images.length > 0);
}

/** Who leaves docker on the way has the other runtime only then. */
function askedFor(machines: ReadonlyMap<string, Machine>, leavers: ReadonlySet<string>): readonly Machine[] {
  return [...machines].flatMap(([name, machine]) => (leavers.has(name) ? [] : [machine]));
}

/** Of the versions that come from a registry. */
export function imagesOf(
  { entry }: Machine,
  hops: readonly Hop[],
  cluster: ClusterConfiguration,
  input: Pick<ClusterUpgrade, 'bundles'>,
): readonly string[] {
  const images = hops.flatMap(({ to, etcdTag }) => {
    if (bundleFor(input, to) !== undefined) return [];
    const release = releaseFor(to);
    const then = withImagesNow(cluster, release);
    if (entry.role === 'worker') return workerImages(then, release);
    const { local } = then.etcd;
    const between =
      etcdTag === undefined || local === undefined
        ? []
        : [etcdImage({ ...then, etcd: { local: { ...local, imageTag: etcdTag } } }, release)];
    return [...between, ...requiredImages(then, release)];
  });
  return [...new Set(images)];
}

/** Of images that are not on a host, those that its registries do not tell of. */
async function untoldOn({ host }: Machine, images: readonly string[]) {
  const { facts } = await host.observe({ facts: true });
  const criSocket = facts?.runtime.sockets[0];
  if (facts === undefined || criSocket === undefined) return undefined;
  const lacking = imagesLacking(images, facts, criSocket);
  const probe = lacking.length === 0 ? undefined : imageProbe(criSocket, facts, lacking);
  if (probe === undefined) return { facts, criSocket, untold: lacking };
  const { stdout } = await host.run(probe, { deadline: probeDeadline });
  const told = stdout.trim().split('\n');
  return { facts, criSocket, untold: lacking.filter((image) => told.includes(image)) };
}

async function refuseOn(machine: Machine, images: readonly string[], { run, wish }: ClusterUpgrade): Promise<void> {
  const { host } = machine;
  const sight = await untoldOn(machine, images);
  if (sight === undefined || sight.untold.length === 0) return;
  const { facts, criSocket, untold } = sight;
  const pulls = missingImages(untold, { criSocket, imagePullPolicy: 'IfNotPresent' }, facts, []);
  const target = on(run, { host, release: releaseFor(wish.target), facts });
  for (const change of pulls) {
    await perform([{ phase: 'preflight', change }], target).catch((error: unknown) => {
      if (!(error instanceof KinitError) || error.exitCode === exitCodes.interrupted) throw error;
      throw new KinitError(`${error.message}\nnothing was touched`, {
        host: host.name,
        exitCode: exitCodes.preflight,
        cause: error,
        ...(error.hint === undefined ? {} : { hint: error.hint }),
      });
    });
  }
}

/** Seconds; mirrors can be slow. */
const probeDeadline = 300;
