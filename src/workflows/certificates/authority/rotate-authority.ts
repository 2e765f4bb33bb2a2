import { exitCodes, KinitError } from '../../../errors.ts';
import { on, type Target } from '../../../execute/target.ts';
import type { Host } from '../../../host/host.ts';
import { withLock } from '../../../host/lock/lock.ts';
import { caCertHash } from '../../../kube/ca-pin.ts';
import { certificatesOf, type RotationPeriod, rotationPeriods } from '../../../pki/authority-rotation.ts';
import { Secret } from '../../../secret.ts';
import { livingControlPlane } from '../../cluster/living-control-plane.ts';
import type { HostClients } from '../../host-clients.ts';
import { localControlPlane } from '../../node/local-control-plane.ts';
import { type HostEnd, oneByOne, overHosts, withinBudget } from '../../over-hosts.ts';
import { grantApiServers } from '../everywhere/api-server-rights.ts';
import type { RenewalPlace } from '../everywhere/renew-everywhere.ts';
import { clientsOf } from '../everywhere/renew-one.ts';
import { clearAuthority, makeAuthority, shareAuthority } from './new-authority.ts';
import { publishTrust } from './published-trust.ts';
import { type RotationWork, refuseBare, rotatedText, rotateMachine } from './rotate-machine.ts';
import type {
  RotationInput,
  RotationOutcome,
  RotationPlan,
  RotationResult,
  RotationSettings,
} from './rotation-input.ts';
import { nextBaseOf } from './rotation-paths.ts';
import { recordOver, recordTold, rotationRecord } from './rotation-record.ts';
import { refuseSickEtcd, refuseUnfitAuthorities, refuseUnfitNodes, refuseUnreached } from './rotation-refusals.ts';
import { nextOf, periodOf, periodsFrom, type RotatedMachine, rotationWith, stepsOf } from './rotation-state.ts';
import { seenAuthority } from './seen-authority.ts';
import { awaitTrust, workloadsInTheWay } from './trusting-pods.ts';
import { staleWorkloads, workloadName } from './workloads.ts';

/** Milliseconds in which a rotation that is over is not begun anew: the command was only given twice. */
const sameRotation = 3600_000;

/** Milliseconds for an API server to answer: who is only slow is not taken for silent. */
const apiPatience = 30_000;

/** The way of a rotation, as it stands; nothing is done. Throws KinitError where there is none. */
export async function planRotation(input: RotationInput): Promise<RotationPlan> {
  const { authority } = input;
  const { machines, leader, wasOver } = await look(input);
  if (wasOver) return { authority, wasOver, steps: [], workloads: [] };
  const next = nextOf(machines);
  const rotation = next === undefined ? undefined : rotationWith(next, machines);
  const steps = stepsOf(machines, rotation, input.until);
  const isBefore = steps.some(({ period }) => period === 'trust');
  const workloads = authority.everywhere && isBefore ? await withClients(leader, affected(input, next)) : [];
  return { authority, wasOver, steps, workloads };
}

/** What reads the CA when it starts, and is yet to be told of the new one. */
function affected({ authority, run }: RotationInput, next: string | undefined) {
  return async (clients: HostClients) => {
    const kube = await clients.kube();
    const record = next === undefined ? undefined : await rotationRecord(kube, authority, next);
    const stale = await staleWorkloads(kube, record?.since ?? new Date(run.now + 365 * 24 * 3600_000).toISOString());
    return stale.map(({ ref }) => workloadName(ref));
  };
}

/**
 * Replaces a CA: both are trusted everywhere before the new one signs anything, and all that was signed is signed anew before
 * the old one is trusted no more. In each period one control plane after the other, each of which has to answer for itself
 * before the next, then the workers. Decided on what is on the machines, so that a run that was killed is finished by the
 * same command. Throws KinitError where nothing was touched.
 */
export async function rotateAuthority(input: RotationInput): Promise<RotationResult> {
  const { authority } = input;
  const { machines, leader, hosts, settings, wasOver } = await look(input);
  if (wasOver) {
    await clearAuthority(controlPlanesOf(hosts), authority, settings, input.run);
    return { authority, outcomes: [], reached: 'forget', waitsFor: [], wasOver, joinHashes: [] };
  }
  const next = await broughtToAll(machines, leader, hosts, settings, input);
  const rotation = rotationWith(next, machines);
  const signer = authority.everywhere
    ? { certificate: next, key: await keyOn(leader, `${nextBaseOf(authority)}.key`) }
    : undefined;
  const work: RotationWork = { input, settings, authority, rotation, signer };
  const outcomes: RotationOutcome[] = [];
  const first = periodOf(rotation, machines);
  let reached = rotationPeriods[rotationPeriods.indexOf(first) - 1];
  const result = (waitsFor: readonly string[]): RotationResult => ({
    authority,
    outcomes,
    reached,
    waitsFor,
    wasOver,
    joinHashes: authority.everywhere ? [...(reached === 'forget' ? [] : rotation.old), next].map(caCertHash) : [],
  });
  for (const period of periodsFrom(first, input.until)) {
    const ends = await goPeriod(period, machines, leader, work);
    outcomes.push(...ends);
    if (ends.some(({ error }) => error !== undefined)) return result([]);
    const waitsFor = await inTheCluster(period, leader, work);
    if (waitsFor.length > 0) return result(waitsFor);
    reached = period;
  }
  if (reached === 'forget') {
    // Only then: as long as what it has kept is there, the same command goes on.
    await withClients(leader, (clients) => recordOver(authority, next, targetAt(leader, clients, settings, input)));
    await clearAuthority(controlPlanesOf(hosts), authority, settings, input.run);
  }
  return result([]);
}

interface Found {
  /** Control planes first. */
  readonly machines: readonly RotatedMachine[];
  readonly hosts: ReadonlyMap<RenewalPlace, Host>;
  readonly leader: Host;
  readonly settings: RotationSettings;
  readonly wasOver: boolean;
}

/** Looks at all machines and their cluster before anything is touched. Throws KinitError. */
async function look(input: RotationInput): Promise<Found> {
  const { authority, run } = input;
  const isControlPlane = ({ role }: RenewalPlace) => role === 'control-plane';
  const places = [...input.places.filter(isControlPlane), ...input.places.filter((place) => !isControlPlane(place))];
  const opened = await Promise.all(
    places
      .filter((place) => authority.everywhere || isControlPlane(place))
      .map(async (place) => ({ place, host: await place.opening })),
  );
  refuseUnreached(opened);
  const hosts = new Map(
    opened.flatMap(({ place, host }) => (host instanceof KinitError ? [] : [[place, host] as const])),
  );
  const [leader] = hosts.values();
  if (leader === undefined) throw new KinitError('the file names no control plane', { exitCode: exitCodes.badInput });
  const told = await input.settings(leader);
  const settings = { ...told, release: (await localControlPlane(leader))?.release ?? told.release };
  const machines = await Promise.all(
    [...hosts].map(async ([place, host]) => {
      const seen = await seenAuthority(host, place.role, authority, settings);
      refuseBare(host, seen, authority);
      return { place, seen };
    }),
  );
  const next = nextOf(machines);
  refuseUnfitAuthorities(machines, authority, next);
  // Any of them: the API server of one may be away, where a power cut has ended a run.
  const living = await livingControlPlane(
    controlPlanesOf(hosts).map(async (host) => host),
    apiPatience,
  );
  if (living === undefined) throw noApi(leader);
  try {
    if (next === undefined) {
      const [current = ''] = certificatesOf(machines[0]?.seen.file?.pem ?? '');
      const over = (await rotationRecord(living.kube, authority, current))?.over;
      if (over !== undefined && run.now - over < sameRotation)
        return { machines, hosts, leader, settings, wasOver: true };
    }
    await refuseUnfitNodes(input.places, living.kube, next !== undefined);
    // Later on a certificate of etcd may lack its key, where a run was killed: each member is looked at before it begins anew.
    if (next === undefined) await refuseSickEtcd(leader);
    return { machines, hosts, leader, settings, wasOver: false };
  } finally {
    living.kube.close();
  }
}

function controlPlanesOf(hosts: Found['hosts']): readonly Host[] {
  return [...hosts].flatMap(([{ role }, host]) => (role === 'control-plane' ? [host] : []));
}

function noApi(host: Host): KinitError {
  return new KinitError('no API server of the cluster answers, so it cannot be seen to be well; nothing was touched', {
    host: host.name,
    exitCode: exitCodes.preflight,
    hint: '`kinit status` says how it is; where its certificates have expired: kinit certs recover --config FILE',
  });
}

/** The new CA, on all control planes before any of them does anything with it. */
async function broughtToAll(
  machines: readonly RotatedMachine[],
  leader: Host,
  hosts: ReadonlyMap<RenewalPlace, Host>,
  settings: RotationSettings,
  { authority, run }: RotationInput,
): Promise<string> {
  return withLock(leader, 'kinit certs', async () => {
    const has = machines.find(({ seen }) => seen.signing?.next.pem !== undefined);
    // Another run may have made it while this one waited for the lock.
    const own = has === undefined ? await seenAuthority(leader, 'control-plane', authority, settings) : undefined;
    const next = nextOf(machines) ?? own?.signing?.next.pem ?? (await makeAuthority(leader, authority, settings, run));
    const from = (has && hosts.get(has.place)) ?? leader;
    const lacking = machines.filter(({ seen }) => seen.signing !== undefined && seen.signing.next.pem === undefined);
    const others = lacking.flatMap(({ place }) => hosts.get(place) ?? []).filter((host) => host !== from);
    await shareAuthority(from, others, authority, settings, run);
    return next;
  });
}

async function keyOn(host: Host, path: string): Promise<Secret> {
  const key = (await host.read([path])).get(path);
  if (key === undefined)
    throw new KinitError(`${path} is gone`, { host: host.name, hint: 'run the same command again' });
  return new Secret(key.toString('utf8'));
}

/** All machines in one period. Never throws for one of them. */
async function goPeriod(
  period: RotationPeriod,
  machines: readonly RotatedMachine[],
  leader: Host,
  work: RotationWork,
): Promise<readonly RotationOutcome[]> {
  const { authority, input, settings } = work;
  const { run, parallel } = input;
  run.reporter.report({
    type: 'line',
    host: 'kinit',
    phase: 'rotate-ca',
    text: `[certs] ${authority.title}: ${period}`,
  });
  if (period === 'sign' && authority.everywhere)
    await grantApiServers(async () => (await clientsOf(leader)).kube(), settings.release, run);
  const outcomes: RotationOutcome[] = [];
  for (const [role, order] of [
    ['control-plane', oneByOne],
    ['worker', withinBudget(parallel)],
  ] as const) {
    const places = machines.map(({ place }) => place).filter((place) => place.role === role);
    if (places.length === 0) continue;
    const ends = await overHosts(
      {
        places,
        order,
        work: (host, place) =>
          withLock(host, 'kinit certs', () =>
            withClients(role === 'worker' ? leader : host, (clients) =>
              rotateMachine(host, place, period, work, clients),
            ),
          ),
        says: rotatedText,
      },
      run,
    );
    outcomes.push(...ends.map((end) => outcomeOf(end, period)));
    if (outcomes.some(({ error }) => error !== undefined)) break;
  }
  return outcomes;
}

/** What the cluster tells of it, and pods that go by that; names of what still has to begin anew. Throws KinitError. */
async function inTheCluster(period: RotationPeriod, leader: Host, work: RotationWork): Promise<readonly string[]> {
  const { authority, rotation, input, settings } = work;
  if (period === 'sign') return [];
  return withClients(leader, async (clients) => {
    const target = targetAt(leader, clients, settings, input);
    const patience = patienceOf(input);
    await publishTrust({ authority, period, rotation, patience }, target);
    if (!authority.everywhere) return [];
    const mark = `${period}-${caCertHash(rotation.next).slice('sha256:'.length, 'sha256:'.length + 12)}`;
    await awaitTrust(mark, patience, target);
    if (period === 'forget') return [];
    const { since } = await recordTold(authority, rotation.next, target);
    return workloadsInTheWay({ since, mark, choice: input.workloads, patience }, target);
  });
}

function patienceOf({ readyDeadline: deadline, pause = 1000 }: RotationInput) {
  return { deadline, pause };
}

function targetAt(host: Host, clients: HostClients, { release }: RotationSettings, { run }: RotationInput): Target {
  return on(run, { host, release, kube: () => clients.kube() });
}

/** With clients that know what their host trusts now. */
async function withClients<T>(host: Host, work: (clients: HostClients) => Promise<T>): Promise<T> {
  const clients = await clientsOf(host);
  try {
    return await work(clients);
  } finally {
    clients.close();
  }
}

function outcomeOf(
  end: HostEnd<RenewalPlace, Parameters<typeof rotatedText>[0]>,
  period: RotationPeriod,
): RotationOutcome {
  const { host, place, error } = end;
  const common = { host, role: place.role, period };
  if (end.how === 'done') return { ...common, result: 'done', what: rotatedText(end.done), error: undefined };
  return { ...common, result: end.how === 'held back' ? 'held back' : 'failed', what: '', error };
}
