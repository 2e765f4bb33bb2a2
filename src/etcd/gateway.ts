import type { Dial } from '../https/connection.ts';
import { type Answer, type Endpoint, httpsEndpoint } from '../https/endpoint.ts';
import { explainFailure, isTransient } from '../https/failure.ts';
import { type Patience, withPatience } from '../https/retry.ts';
import type { Secret } from '../secret.ts';
import { EtcdError, grpcCodes } from './error.ts';
import type { EtcdMember } from './members.ts';

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
 * EtcdError for an answer that says no, and KinitError where no member can be reached.
 */
export interface EtcdClient {
  members(): Promise<readonly EtcdMember[]>;
  /** Announces a member that will start with this peer URL; gives it and all members. */
  add(peerURL: string, kind: 'learner' | 'voter'): Promise<{ member: EtcdMember; members: readonly EtcdMember[] }>;
  /** Gives a learner its vote. False where it has not caught up yet (or has not started): ask again. */
  promote(id: string): Promise<boolean>;
  /** False where there is no such member. */
  remove(id: string): Promise<boolean>;
  /** Of the first server that answers. */
  status(): Promise<EtcdStatus>;
  /** Which servers say that they are healthy; asks all at once and never throws. */
  healthy(): Promise<ReadonlySet<string>>;
  close(): void;
}

/** A client of etcd's JSON gateway. Its methods throw EtcdError for an answer that says no, and KinitError where no server is reached. */
export function etcdClient(settings: EtcdSettings): EtcdClient {
  const { servers, retryForMs = 30_000, timeoutMs = 5000, signal } = settings;
  const endpoints = servers.map((server) => ({ server, endpoint: httpsEndpoint({ ...settings, server, timeoutMs }) }));
  const call = caller(endpoints, { retryForMs, signal });

  return {
    async members() {
      const { members } = await call<{ members?: readonly JsonMember[] }>('/v3/cluster/member/list', {});
      return (members ?? []).map(memberFrom);
    },
    async add(peerURL, kind) {
      const announcement = { peerURLs: [peerURL], ...(kind === 'learner' ? { isLearner: true } : {}) };
      const { member, members } = await call<{ member: JsonMember; members?: readonly JsonMember[] }>(
        '/v3/cluster/member/add',
        announcement,
      );
      return { member: memberFrom(member), members: (members ?? []).map(memberFrom) };
    },
    promote: (id) =>
      unless(
        ({ code, message }) => code === grpcCodes.failedPrecondition && message.includes('in sync with leader'),
        () => call('/v3/cluster/member/promote', { ID: id }).catch(acceptVoter),
      ),
    remove: (id) =>
      unless(
        ({ code }) => code === grpcCodes.notFound,
        () => call('/v3/cluster/member/remove', { ID: id }),
      ),
    async status() {
      const { version, header, leader, isLearner, dbSize } = await call<JsonStatus>('/v3/maintenance/status', {});
      return {
        version,
        memberId: header.member_id,
        leaderId: leader ?? '0',
        isLearner: isLearner ?? false,
        databaseBytes: Number(dbSize ?? 0),
      };
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

/** protobuf's JSON: 64-bit numbers are strings, and what is empty, false or 0 is left out. */
interface JsonMember {
  readonly ID: string;
  readonly name?: string;
  readonly peerURLs?: readonly string[];
  readonly clientURLs?: readonly string[];
  readonly isLearner?: boolean;
}

interface JsonStatus {
  readonly version: string;
  readonly header: { readonly member_id: string };
  readonly leader?: string;
  readonly isLearner?: boolean;
  readonly dbSize?: string;
}

interface NamedEndpoint {
  readonly server: string;
  readonly endpoint: Endpoint;
}

/** Asks one server after the other, and all of them again, until one answers. */
function caller(endpoints: readonly NamedEndpoint[], patience: Patience) {
  return async <T>(path: string, question: object): Promise<T> => {
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
      let failure: unknown = new EtcdError(grpcCodes.unavailable, 'etcd has no server to ask');
      for (const { server, endpoint } of endpoints) {
        try {
          return { value: answerOf<T>(await endpoint.exchange(exchange), server) };
        } catch (error) {
          const passes = error instanceof EtcdError ? error.code === grpcCodes.unavailable : isTransient(error);
          failure = explainFailure(error, server);
          if (!passes) throw failure;
        }
      }
      return { retry: failure };
    });
  };
}

function answerOf<T>({ status, body }: Answer, server: string): T {
  const parsed = parsedJson(body);
  if (status === 200) return parsed as T;
  const {
    code = grpcCodes.unavailable,
    message,
    error,
  } = parsed as { code?: number; message?: string; error?: string };
  const told = message ?? error ?? `status ${status}`;
  throw new EtcdError(code, `etcd at ${server}: ${told.replace(/^etcdserver: /, '')}`);
}

function parsedJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return {};
  }
}

async function isHealthy(endpoint: Endpoint, signal: AbortSignal | undefined): Promise<boolean> {
  const { status, body } = await endpoint.exchange({ method: 'GET', path: '/health', ...(signal ? { signal } : {}) });
  return status === 200 && (parsedJson(body) as { health?: unknown }).health === 'true';
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

function memberFrom({ ID, name = '', peerURLs = [], clientURLs = [], isLearner = false }: JsonMember): EtcdMember {
  return { id: ID, name, peerURLs, clientURLs, isLearner };
}
