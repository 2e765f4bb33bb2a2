import type { Dial } from '../https/connection.ts';
import { type HttpsAnswer, type HttpsEndpoint, httpsEndpoint } from '../https/endpoint.ts';
import { explainFailure, isTransient } from '../https/failure.ts';
import { type Asked, jsonObject, wrongAnswer } from '../https/json-answer.ts';
import { type Patience, withPatience } from '../https/retry.ts';
import { parseJson } from '../json.ts';
import type { Secret } from '../secret.ts';
import { EtcdError, grpcCodes } from './error.ts';
import type { EtcdAlarm, EtcdMember } from './members.ts';

export interface EtcdSettings {
  /** Client URLs of members, `https://host:2379`; the first that answers is asked. */
  readonly servers: readonly string[];
  /** PEM of etcd's own CA. */
  readonly ca: string;
  /** A client certificate of that CA (kubeadm's etcd/healthcheck-client or apiserver-etcd-client). */
  readonly client: { readonly certificate: string; readonly key: Secret };
  readonly dial?: Dial;
  /** Milliseconds for one answer; default 5 s. */
  readonly timeoutMs?: number;
  /** Milliseconds for which members that do not answer are asked again; default 30 s. */
  readonly retryForMs?: number;
  readonly signal?: AbortSignal;
}

/** Of which etcd answers without a header. */
const alarmPath = '/v3/maintenance/alarm';

/** What its answers hold by far not. */
const maxBytes = 16 * 1024 * 1024;

export interface EtcdStatus {
  readonly version: string;
  /** The id of the member that answers. */
  readonly memberId: string;
  /** The leader's id; `0` while there is none. */
  readonly leaderId: string;
  readonly isLearner: boolean;
  readonly databaseBytes: number;
}

/**
 * What kinit asks of etcd, through the JSON gateway that 3.4, 3.5 and 3.6 have at their client port. Every call throws
 * EtcdError for an answer that says no, and KinitError where no member can be reached or something else answers.
 */
export interface EtcdClient {
  members(): Promise<readonly EtcdMember[]>;
  /** Announces a member that will start with this peer URL; gives it and all members. */
  add(peerURL: string, kind: 'learner' | 'voter'): Promise<{ member: EtcdMember; members: readonly EtcdMember[] }>;
  /** Gives a learner its vote. False where it has not caught up yet (or has not started): ask again. */
  promote(id: string): Promise<boolean>;
  /** False where there is no such member. */
  remove(id: string): Promise<boolean>;
  /** What members of the whole cluster say is wrong with them. */
  alarms(): Promise<readonly EtcdAlarm[]>;
  /** Of the first server that answers. */
  status(): Promise<EtcdStatus>;
  /** Which servers say that they are healthy; asks all at once and never throws. */
  healthy(): Promise<ReadonlySet<string>>;
  close(): void;
}

/** A client of etcd's JSON gateway. Its methods throw EtcdError for an answer that says no, and KinitError where no server is reached. */
export function etcdClient(settings: EtcdSettings): EtcdClient {
  const { servers, retryForMs = 30_000, timeoutMs = 5000, signal } = settings;
  const endpoints = servers.map((server) => ({
    server,
    endpoint: httpsEndpoint({ ...settings, server, timeoutMs, maxBytes }),
  }));
  const call = caller(endpoints, { retryForMs, signal });

  return {
    async members() {
      return call('/v3/cluster/member/list', {}, ({ members }) => membersFrom(members));
    },
    async add(peerURL, kind) {
      const announcement = { peerURLs: [peerURL], ...(kind === 'learner' ? { isLearner: true } : {}) };
      return call('/v3/cluster/member/add', announcement, ({ member, members }) => ({
        member: memberFrom(member),
        members: membersFrom(members),
      }));
    },
    promote: (id) =>
      unless(
        ({ code, message }) => code === grpcCodes.failedPrecondition && message.includes('in sync with leader'),
        () => call('/v3/cluster/member/promote', { ID: id }, nothing).catch(acceptVoter),
      ),
    remove: (id) =>
      unless(
        ({ code }) => code === grpcCodes.notFound,
        () => call('/v3/cluster/member/remove', { ID: id }, nothing),
      ),
    async alarms() {
      return call(alarmPath, { action: 'GET' }, ({ alarms }) => listOf(alarms, 'alarms').map(alarmFrom));
    },
    async status() {
      return call(
        '/v3/maintenance/status',
        {},
        ({ version, header, leader = '0', isLearner = false, dbSize = '0' }) => ({
          version: text(version, 'version'),
          memberId: idOf(isMap(header) ? header['member_id'] : undefined, 'header.member_id'),
          leaderId: idOf(leader, 'leader'),
          isLearner: isLearner === true,
          databaseBytes: Number(idOf(dbSize, 'dbSize')),
        }),
      );
    },
    async healthy() {
      const answers = await Promise.all(
        endpoints.map(async ({ server, endpoint }) => ({
          server,
          isHealthy: await isHealthy(endpoint, signal).catch(() => false),
        })),
      );
      return new Set(answers.filter(({ isHealthy }) => isHealthy).map(({ server }) => server));
    },
    close() {
      for (const { endpoint } of endpoints) endpoint.close();
    },
  };
}

type Fields = Readonly<Record<string, unknown>>;

interface NamedEndpoint {
  readonly server: string;
  readonly endpoint: HttpsEndpoint;
}

/** Asks one server after the other, and all of them again, until one answers. */
function caller(endpoints: readonly NamedEndpoint[], patience: Patience) {
  return async <T>(path: string, question: object, read: (answer: Fields) => T): Promise<T> => {
    const body = JSON.stringify(question);
    const { signal, retryForMs } = patience;
    const exchange = {
      method: 'POST',
      path,
      body,
      headers: { 'content-type': 'application/json' },
      ...(signal ? { signal } : {}),
    };
    const ends = [...(signal ? [signal] : []), ...endpoints.map(({ endpoint }) => endpoint.closed)];
    return withPatience<T>({ retryForMs, signal: AbortSignal.any(ends) }, async () => {
      const nobody = new EtcdError(grpcCodes.unavailable, 'etcd has no server to ask');
      let failure: unknown = nobody;
      for (const { server, endpoint } of endpoints) {
        try {
          return { value: answerOf(await endpoint.exchange(exchange), { server, what: path }, read) };
        } catch (error) {
          const passes = error instanceof EtcdError ? error.code === grpcCodes.unavailable : isTransient(error);
          const explained = explainFailure(error, server);
          if (!passes) throw explained;
          // What a member says tells more than that another one is not reached.
          if (!(failure instanceof EtcdError) || failure === nobody) failure = explained;
        }
      }
      return { retry: failure };
    });
  };
}

/** Throws EtcdError for an answer that says no, WrongAnswer for one that is not etcd's. */
function answerOf<T>(answer: HttpsAnswer, asked: Asked, read: (answer: Fields) => T): T {
  const { status, body } = answer;
  if (status !== 200) {
    const { code, message, error } = parsedJson(body);
    const told = [message, error].find((words) => typeof words === 'string') ?? `status ${status}`;
    const number = typeof code === 'number' ? code : grpcCodes.unavailable;
    throw new EtcdError(number, `etcd at ${asked.server}: ${String(told).replace(/^etcdserver: /, '')}`);
  }
  try {
    const fields = jsonObject(answer, asked);
    if (asked.what !== alarmPath && !isMap(fields['header'])) throw new Misfit('the header of an etcd is missing');
    return read(fields);
  } catch (error) {
    if (error instanceof Misfit) throw wrongAnswer(asked, `in its answer ${error.message}`);
    throw error;
  }
}

/** A field that is something else than it has to be. */
class Misfit extends Error {}

function nothing(): void {}

function parsedJson(body: string): Fields {
  try {
    const parsed: unknown = parseJson(body);
    return isMap(parsed) ? parsed : {};
  } catch {
    return {};
  }
}

function isMap(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

async function isHealthy(endpoint: HttpsEndpoint, signal: AbortSignal | undefined): Promise<boolean> {
  const { status, body } = await endpoint.exchange({ method: 'GET', path: '/health', ...(signal ? { signal } : {}) });
  return status === 200 && parsedJson(body)['health'] === 'true';
}

/** True when it was done, false where etcd refuses for this reason. */
async function unless(reason: (error: EtcdError) => boolean, action: () => Promise<unknown>): Promise<boolean> {
  try {
    await action();
    return true;
  } catch (error) {
    if (error instanceof EtcdError && reason(error)) return false;
    throw error;
  }
}

/** A member that has its vote already, by an earlier run, needs no promotion. */
function acceptVoter(error: unknown): void {
  if (!(error instanceof EtcdError) || !/can only promote a learner member$/.test(error.message)) throw error;
}

/** protobuf's JSON: 64-bit numbers are strings, and what is empty, false or 0 is left out. */
function membersFrom(members: unknown): readonly EtcdMember[] {
  return listOf(members, 'members').map(memberFrom);
}

function memberFrom(member: unknown): EtcdMember {
  if (!isMap(member)) throw new Misfit('a member is not a mapping');
  const { ID, name = '', peerURLs, clientURLs, isLearner = false } = member;
  return {
    id: idOf(ID, 'ID'),
    name: text(name, 'name'),
    peerURLs: listOf(peerURLs, 'peerURLs').map((url) => text(url, 'peerURLs')),
    clientURLs: listOf(clientURLs, 'clientURLs').map((url) => text(url, 'clientURLs')),
    isLearner: isLearner === true,
  };
}

function alarmFrom(alarm: unknown): EtcdAlarm {
  if (!isMap(alarm)) throw new Misfit('an alarm is not a mapping');
  return { memberId: idOf(alarm['memberID'], 'memberID'), alarm: text(alarm['alarm'], 'alarm') };
}

function listOf(value: unknown, field: string): readonly unknown[] {
  if (value === undefined || value === null) return [];
  if (Array.isArray(value)) return value;
  throw new Misfit(`${field} is not a list`);
}

function text(value: unknown, field: string): string {
  if (typeof value === 'string') return value;
  throw new Misfit(`${field} is not a text`);
}

function idOf(value: unknown, field: string): string {
  const id = text(value, field);
  if (/^\d{1,20}$/.test(id)) return id;
  throw new Misfit(`${field} is not a number`);
}
