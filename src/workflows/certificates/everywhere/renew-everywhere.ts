import { exitCodes, KinitError } from '../../../errors.ts';
import type { Decided } from '../../../execute/decided.ts';
import type { Run } from '../../../execute/run.ts';
import type { Host } from '../../../host/host.ts';
import { withLock } from '../../../host/lock/lock.ts';
import { livingControlPlane } from '../../cluster/living-control-plane.ts';
import { type HostEnd, oneByOne, overHosts, type Place, together } from '../../over-hosts.ts';
import { grantApiServers } from './api-server-rights.ts';
import { type CertificatesOfCluster, clusterAuthority } from './cluster-authority.ts';
import {
  awaitControlPlane,
  clientsOf,
  type NodeRenewal,
  renewControlPlane,
  renewedText,
  renewNode,
} from './renew-one.ts';

/** A machine of the file, perhaps still being dialled. */
export interface RenewalPlace extends Place {
  readonly role: 'control-plane' | 'worker';
}

export interface RenewalEverywhere {
  readonly places: readonly RenewalPlace[];
  /** What the cluster is, by its file and a control plane. */
  readonly settings: (host: Host) => Promise<CertificatesOfCluster>;
  /** The API server is down, perhaps: all control planes get their certificates before any of them has to answer. */
  readonly recover: boolean;
  /** How many workers are worked on at once. */
  readonly parallel: number;
  /** Seconds until a node has to be Ready again. */
  readonly readyDeadline: number;
  /** Milliseconds for an API server to answer, to be taken for one that does. */
  readonly apiPatience?: number;
  readonly run: Run;
}

/** What became of one machine. */
export interface RenewalOutcome {
  readonly host: string;
  readonly role: RenewalPlace['role'];
  readonly result: 'renewed' | 'failed' | 'held back';
  /** In words. */
  readonly what: string;
  readonly error: KinitError | undefined;
}

/**
 * New certificates for all control planes and the kubelets of all nodes, by the CAs on the control planes. While the cluster
 * answers, one control plane after the other: it has to answer for itself and its member of etcd to be well before the next.
 * Nothing is drained. What was renewed within the last hour is left, so that a run that was killed is finished by the same
 * command. Throws KinitError where nothing was touched.
 */
export async function renewEverywhere(input: RenewalEverywhere): Promise<readonly RenewalOutcome[]> {
  const { places, run, recover, parallel } = input;
  const controlPlanes = places.filter(({ role }) => role === 'control-plane');
  const leader = await leaderOf(controlPlanes);
  const work: NodeRenewal = { ...input, ...(await clusterAuthority(leader, await input.settings(leader), run.now)) };
  const living = await livingControlPlane(
    controlPlanes.map(async ({ opening }) => {
      const host = await opening;
      return host instanceof KinitError ? undefined : host;
    }),
    input.apiPatience,
  );
  if (living === undefined && !recover) throw noApi(leader);
  // Before the API server shows a certificate that has no rights by itself.
  if (living !== undefined) await grantApiServers(async () => living.kube, work.release, run);
  living?.kube.close();
  const isUp = living !== undefined;
  const says = (done: readonly Decided[]) => renewedText(done);
  const ends = isUp ? await oneAfterTheOther(controlPlanes, work) : await allAtOnce(controlPlanes, work);
  const gates = isUp ? [] : await awaitAll(ends, work);
  const outcomes = ends.map((end) => outcomeOf(end, gates));
  const good = ends.find((end, at) => end.how === 'done' && outcomes[at]?.error === undefined);
  if (good === undefined) return outcomes;
  const workers = places.filter(({ role }) => role === 'worker');
  const host = await good.place.opening;
  if (host instanceof KinitError) return outcomes;
  const clients = await clientsOf(host);
  try {
    if (!isUp) await grantApiServers(async () => (await clientsOf(host)).kube(), work.release, run);
    const nodes = await overHosts(
      {
        places: workers,
        order: together(parallel),
        work: (machine, place) => withLock(machine, 'kinit certs', () => renewNode(machine, place.name, clients, work)),
        says,
      },
      run,
    );
    return [...outcomes, ...nodes.map((end) => outcomeOf(end, []))];
  } finally {
    clients.close();
  }
}

// Who is not reached is left out: etcd is not begun anew, so that its quorum is at no risk.
const admitting = { admits: async () => {}, says: renewedText };

function oneAfterTheOther(places: readonly RenewalPlace[], work: NodeRenewal): Promise<readonly ControlPlaneEnd[]> {
  const renewing = (host: Host, { name }: RenewalPlace) =>
    withLock(host, 'kinit certs', async () => {
      const done = await renewControlPlane(host, name, work);
      await awaitControlPlane(host, name, work);
      return done;
    });
  return overHosts({ places, order: oneByOne, work: renewing, ...admitting }, work.run);
}

function allAtOnce(places: readonly RenewalPlace[], work: NodeRenewal): Promise<readonly ControlPlaneEnd[]> {
  const renewing = (host: Host, { name }: RenewalPlace) =>
    withLock(host, 'kinit certs', () => renewControlPlane(host, name, work));
  return overHosts({ places, order: together(places.length), work: renewing, ...admitting }, work.run);
}

/** The first control plane that is reached. Throws KinitError for none. */
async function leaderOf(controlPlanes: readonly RenewalPlace[]): Promise<Host> {
  const opened = await Promise.all(controlPlanes.map(({ opening }) => opening));
  const host = opened.find((one): one is Host => !(one instanceof KinitError));
  if (host !== undefined) return host;
  const failure = opened.find((one) => one instanceof KinitError);
  throw failure ?? new KinitError('the file names no control plane', { exitCode: exitCodes.badInput });
}

function noApi(host: Host): KinitError {
  return new KinitError('no API server of the cluster answers, so its nodes cannot be seen to be well', {
    host: host.name,
    exitCode: exitCodes.preflight,
    hint: 'where its certificates have expired: kinit certs recover --config FILE',
  });
}

type ControlPlaneEnd = HostEnd<RenewalPlace, readonly Decided[]>;

/** All control planes at once, which had no API server that answers before. */
async function awaitAll(ends: readonly ControlPlaneEnd[], work: NodeRenewal): Promise<readonly ControlPlaneEnd[]> {
  const places = ends.filter(({ how }) => how === 'done').map(({ place }) => place);
  return overHosts(
    {
      places,
      order: together(places.length),
      work: async (host, place): Promise<readonly Decided[]> => {
        await awaitControlPlane(host, place.name, work);
        return [];
      },
      says: () => 'answers again',
    },
    work.run,
  );
}

function outcomeOf(end: ControlPlaneEnd, gates: readonly ControlPlaneEnd[]): RenewalOutcome {
  const { place, host } = end;
  const common = { host, role: place.role };
  if (end.how !== 'done') {
    const result = end.how === 'held back' ? 'held back' : 'failed';
    return { ...common, result, what: end.before.length === 0 ? '' : renewedText(end.before), error: end.error };
  }
  const what = renewedText(end.done);
  const error = gates.find((gate) => gate.place === place)?.error;
  return { ...common, result: error === undefined ? 'renewed' : 'failed', what, error };
}
