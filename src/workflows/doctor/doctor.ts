import { etcdFindings } from '../../doctor/control-plane/etcd.ts';
import { type Examined, examine, toldOf } from '../../doctor/examine.ts';
import { type Finding, trouble } from '../../doctor/finding.ts';
import { type ApiSight, type Beyond, type Patient, patientOf, patientReads } from '../../doctor/patient.ts';
import { KinitError } from '../../errors.ts';
import { observe } from '../../execute/observe.ts';
import type { Observed } from '../../execute/observed.ts';
import { noCluster } from '../../execute/target.ts';
import type { Facts } from '../../host/facts/facts.ts';
import type { Host } from '../../host/host.ts';
import { etcdClientPort } from '../../release/ports.ts';
import { type EtcdClusterStatus, etcdMembers } from '../cluster/etcd-members.ts';
import { apiSights } from './api-sights.ts';

/** A machine to examine, by the name under which it is told. */
export interface Suspect {
  readonly name: string;
  readonly opening: Host | KinitError | Promise<Host | KinitError>;
  /** As a file has it. */
  readonly role?: 'control-plane' | 'worker';
}

/** What is found on one of them. */
export interface HostFindings {
  readonly name: string;
  /** undefined where it is not reached. */
  readonly host: Host | undefined;
  readonly findings: readonly Finding[];
}

/**
 * Why hosts and their cluster are not as they should be: one round trip for each, all beside each other, then what the API and
 * etcd tell where they answer. Changes nothing. A host that is not reached is a finding.
 */
export async function doctor(suspects: readonly Suspect[], clock: () => number): Promise<readonly HostFindings[]> {
  const looks = await Promise.all(suspects.map((suspect) => lookAt(suspect, clock)));
  const seen = looks.filter((look) => look.kind === 'seen');
  const [api, etcd] = await Promise.all([apiSights(seen), etcdOf(seen)]);
  const offsets = clockOffsets(seen);
  const servers = seen.filter(isServing).map(({ suspect, patient }) => ({
    host: suspect.name,
    addresses: [patient.resident.endpoint?.advertiseAddress ?? []].flat(),
  }));
  const ofEtcd = etcd === undefined ? [] : etcdFindings(etcd.status);
  const isLost = etcd !== undefined && (etcd.status.problem !== undefined || etcd.status.tolerates < 0);
  const examined = new Map<Suspect, Examined>(
    seen.map((look) => {
      const { suspect, patient, observed } = look;
      // What is told of a member that nobody looked at is told where it was asked.
      const own = ofEtcd.filter(({ member }) =>
        isKnown(member, seen) ? isMember(look, member) : etcd?.suspect === suspect,
      );
      const findings = own.map(({ finding }) => finding);
      const beyond: Beyond = { ...apiOf(api, patient), ...offsets.get(suspect), servers, etcd: { findings, isLost } };
      return [suspect, examine(patientOf(observed, beyond))];
    }),
  );
  const all = looks.map((look) => ({
    look,
    ...(look.kind === 'seen' ? (examined.get(look.suspect) as Examined) : unreached(look.error)),
  }));
  const isTroubled = all.some(
    ({ look, causes }) => isControlPlane(look) && causes.some(({ severity }) => severity === 'error'),
  );
  return all.map(({ look, causes, symptoms }) => ({
    name: look.suspect.name,
    host: look.kind === 'seen' ? look.host : undefined,
    findings: toldOf({ causes, symptoms }, isTroubled && !isControlPlane(look)),
  }));
}

type Look =
  | {
      readonly kind: 'seen';
      readonly suspect: Suspect;
      readonly host: Host;
      readonly observed: Observed & { readonly facts: Facts };
      readonly patient: Patient;
      /** Milliseconds since the epoch. */
      readonly asked: number;
      readonly answered: number;
    }
  | { readonly kind: 'unreached'; readonly suspect: Suspect; readonly error: KinitError };

type Seen = Extract<Look, { readonly kind: 'seen' }>;

async function lookAt(suspect: Suspect, clock: () => number): Promise<Look> {
  try {
    const host = await suspect.opening;
    if (host instanceof KinitError) return { kind: 'unreached', suspect, error: host };
    const asked = clock();
    const seen = await observe(host, noCluster, patientReads);
    const answered = clock();
    const { facts } = seen;
    if (facts === undefined) throw new Error(`${host.name} told no facts`);
    const observed = { ...seen, facts };
    return { kind: 'seen', suspect, host, observed, patient: patientOf(observed), asked, answered };
  } catch (error) {
    if (!(error instanceof KinitError)) throw error;
    return { kind: 'unreached', suspect, error };
  }
}

function unreached(error: KinitError): Examined {
  const mend = error.hint ?? 'ssh to it by hand; is it switched on, and does its network work?';
  const [first = '', ...rest] = error.message.split('\n');
  const finding = trouble('Unreachable', 'the host is not reached', { evidence: [first, ...rest].join(' '), mend });
  return { causes: [finding], symptoms: [] };
}

function isControlPlane(look: Look): boolean {
  return look.suspect.role === 'control-plane' || (look.kind === 'seen' && look.patient.resident.isControlPlane);
}

function isServing({ patient: { resident, facts } }: Seen): boolean {
  const port = resident.endpoint?.bindPort;
  return port !== undefined && facts.listening.some((one) => one.port === port);
}

function apiOf(api: ReadonlyMap<Patient, ApiSight>, patient: Patient): Pick<Beyond, 'api'> {
  const found = api.get(patient);
  return found === undefined ? {} : { api: found };
}

/** By the first control plane that tells of its members; where none does, by one whose etcd runs and is silent. */
async function etcdOf(
  seen: readonly Seen[],
): Promise<{ readonly suspect: Suspect; readonly status: EtcdClusterStatus } | undefined> {
  const asked = await Promise.all(
    seen
      .filter(({ patient }) => patient.resident.etcd !== undefined)
      .map(async ({ suspect, host, patient }) => ({
        suspect,
        runs: patient.facts.listening.some(({ port }) => port === etcdClientPort),
        status: await etcdMembers(host).catch(() => undefined),
      })),
  );
  const answered = asked.flatMap(({ status, ...rest }) => (status === undefined ? [] : [{ ...rest, status }]));
  return answered.find(({ status }) => status.problem === undefined) ?? answered.find(({ runs }) => runs);
}

function isKnown(member: string | undefined, seen: readonly Seen[]): boolean {
  return seen.some((look) => isMember(look, member));
}

function isMember(look: Look, member: string | undefined): boolean {
  return look.kind === 'seen' && member !== undefined && look.patient.nodeName === member;
}

/**
 * Seconds by which each clock is ahead, against the middle one of three or more, else against that of this machine; nothing
 * of what the journey of the answer may explain.
 */
function clockOffsets(seen: readonly Seen[]): ReadonlyMap<Suspect, Pick<Beyond, 'clockOffset'>> {
  const all = seen
    .filter(({ patient }) => Number.isFinite(patient.facts.clock))
    .map(({ suspect, patient, asked, answered }) => ({
      suspect,
      offset: patient.facts.clock - (asked + answered) / 2000,
      doubt: (answered - asked) / 2000,
    }));
  const sorted = all.map(({ offset }) => offset).sort((a, b) => a - b);
  const middle = sorted.length < 3 ? 0 : (sorted[Math.floor(sorted.length / 2)] ?? 0);
  return new Map(
    all.map(({ suspect, offset, doubt }) => {
      const difference = offset - middle;
      const clockOffset = Math.abs(difference) <= doubt ? 0 : difference - Math.sign(difference) * doubt;
      return [suspect, { clockOffset }];
    }),
  );
}
