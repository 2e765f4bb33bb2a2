import type { Dial } from '../https/connection.ts';
import { type Exchange, type HttpsAnswer, type HttpsEndpoint, httpsEndpoint } from '../https/endpoint.ts';
import { explainFailure, isTransient } from '../https/failure.ts';
import { GrpcStatus, grpcCall } from '../https/grpc.ts';
import { type Asked, jsonObject, wrongAnswer } from '../https/json-answer.ts';
import { type Patience, withPatience } from '../https/retry.ts';
import { parseJson } from '../json.ts';
import type { Secret } from '../secret.ts';
import {
  alarmFrom,
  type EtcdStatus,
  type Fields,
  isMap,
  listOf,
  Misfit,
  memberFrom,
  membersFrom,
  statusFrom,
} from './answer-fields.ts';
import { EtcdError, grpcCodes } from './error.ts';
import type { EtcdAlarm, EtcdMember } from './members.ts';
import { snapshotBytes, snapshotCall } from './snapshot-stream.ts';

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

const alarmPath = '/v3/maintenance/alarm';
const defragmentPath = '/v3/maintenance/defragment';
/** Of which etcd answers without a header. */
const headless: ReadonlySet<string> = new Set([alarmPath, defragmentPath]);

/** What its answers hold by far not. */
const maxBytes = 16 * 1024 * 1024;

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
  /** Takes an alarm back; one that still holds is raised again. */
  disarm(alarm: EtcdAlarm): Promise<void>;
  /** Gives free pages of the first server that answers back to its disk; meanwhile it answers nobody. */
  defragment(): Promise<void>;
  /** Of the first server that answers. */
  status(): Promise<EtcdStatus>;
  /**
   * A snapshot of the first server that answers, piece by piece, at the pace of who takes them: its last 32 bytes are the
   * SHA-256 of all before. Throws KinitError too where nothing comes any more for the time of an answer.
   */
  snapshot(): AsyncGenerator<Buffer>;
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
    async disarm({ memberId, alarm }) {
      await call(alarmPath, { action: 'DEACTIVATE', memberID: memberId, alarm }, nothing);
    },
    async defragment() {
      await call(defragmentPath, {}, nothing);
    },
    async status() {
      return call('/v3/maintenance/status', {}, statusFrom);
    },
    async *snapshot() {
      const { server, answer } = await ofTheFirst(endpoints, { retryForMs, signal }, async ({ server, endpoint }) => {
        const ending = AbortSignal.any([endpoint.closed, ...(signal ? [signal] : [])]);
        const call = { path: snapshotCall, message: Buffer.alloc(0), timeoutMs, stalledMs: timeoutMs, signal: ending };
        const answer = await grpcCall({ ...settings, server }, call).catch(refused(server));
        return { server, answer };
      });
      try {
        yield* explained(snapshotBytes(answer.messages(), { server, what: snapshotCall }), server);
      } finally {
        answer.close();
      }
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

interface NamedEndpoint {
  readonly server: string;
  readonly endpoint: HttpsEndpoint;
}

/** Asks one server after the other, and all of them again, until one answers. */
function caller(endpoints: readonly NamedEndpoint[], patience: Patience) {
  return <T>(path: string, question: object, read: (answer: Fields) => T): Promise<T> => {
    const exchange = posted(path, question, patience);
    return ofTheFirst(endpoints, patience, async ({ server, endpoint }) =>
      answerOf(await endpoint.exchange(exchange), { server, what: path }, read),
    );
  };
}

/** Another member may answer: this one is not able to, or is a learner (unavailable up to etcd 3.5, a failed precondition from 3.6 on). */
function isElsewhere({ code, message }: EtcdError): boolean {
  return code === grpcCodes.unavailable || /not supported for learner$/.test(message);
}

function posted(path: string, question: object, { signal }: Patience): Exchange {
  const headers = { 'content-type': 'application/json' };
  return { method: 'POST', path, body: JSON.stringify(question), headers, ...(signal ? { signal } : {}) };
}

/** What one server after the other is asked, and all of them again, until one answers. */
async function ofTheFirst<T>(
  endpoints: readonly NamedEndpoint[],
  { retryForMs, signal }: Patience,
  ask: (one: NamedEndpoint) => Promise<T>,
): Promise<T> {
  const ends = [...(signal ? [signal] : []), ...endpoints.map(({ endpoint }) => endpoint.closed)];
  return withPatience<T>({ retryForMs, signal: AbortSignal.any(ends) }, async () => {
    const nobody = new EtcdError(grpcCodes.unavailable, 'etcd has no server to ask');
    let failure: unknown = nobody;
    for (const one of endpoints) {
      try {
        return { value: await ask(one) };
      } catch (error) {
        const { server } = one;
        const passes = error instanceof EtcdError ? isElsewhere(error) : isTransient(error);
        const explained = explainFailure(error, server);
        if (!passes) throw explained;
        // What a member says tells more than that another one is not reached.
        if (!(failure instanceof EtcdError) || failure === nobody) failure = explained;
      }
    }
    return { retry: failure };
  });
}

/** The same bytes; throws what ends the stream early in words. */
async function* explained(bytes: AsyncIterable<Buffer>, server: string): AsyncGenerator<Buffer> {
  try {
    yield* bytes;
  } catch (error) {
    if (error instanceof GrpcStatus)
      throw new EtcdError(error.status, `etcd at ${server} broke off its snapshot: ${wordsOf(error)}`);
    throw explainFailure(error, server);
  }
}

function refused(server: string) {
  return (error: unknown): never => {
    if (!(error instanceof GrpcStatus)) throw error;
    throw new EtcdError(error.status, `etcd at ${server}: ${wordsOf(error)}`);
  };
}

function wordsOf({ message, status }: GrpcStatus): string {
  return message === '' ? `status ${status}` : message.replace(/^etcdserver: /, '');
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
    if (!headless.has(asked.what) && !isMap(fields['header'])) throw new Misfit('the header of an etcd is missing');
    return read(fields);
  } catch (error) {
    if (error instanceof Misfit) throw wrongAnswer(asked, `in its answer ${error.message}`);
    throw error;
  }
}

function nothing(): void {}

function parsedJson(body: string): Fields {
  try {
    const parsed: unknown = parseJson(body);
    return isMap(parsed) ? parsed : {};
  } catch {
    return {};
  }
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
