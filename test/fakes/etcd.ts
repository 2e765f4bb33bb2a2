import { createHash } from 'node:crypto';
import { createSecureServer, type Http2SecureServer, type Http2ServerResponse } from 'node:http2';
import { type Duplex, duplexPair } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { type EtcdAlarm, type EtcdMember, hasStarted, memberAt, quorum } from '../../src/etcd/members.ts';
import type { Secret } from '../../src/secret.ts';
import { type Pair, testCertificate } from '../certificates.ts';
import { boltDatabase, etcdEntry } from './bolt.ts';

/** A member as its own flags have it. */
export interface EtcdFlags {
  readonly name: string;
  readonly peerURL: string;
  readonly clientURL: string;
}

type Fields = Readonly<Record<string, unknown>>;

/** A member reads its certificate and key at each connection, and the CA when it begins. */
export interface MemberIdentity {
  readonly certificate: () => string;
  readonly key: () => Secret;
  readonly trusted: string;
}

/** What etcd answers where it says no. */
class Refusal extends Error {
  readonly code: number;

  constructor(code: number, message: string) {
    super(`etcdserver: ${message}`);
    this.code = code;
  }
}

/** All that a learner answers. */
const forLearners: readonly string[] = ['/health', '/v3/maintenance/status'];

/**
 * An etcd cluster in memory, asked through the JSON gateway of its members over TLS with client certificates: members come as
 * learners, start with the cluster that they were told, catch up and get their vote; without a quorum nothing is changed.
 */
export class FakeEtcd {
  readonly alarms: EtcdAlarm[] = [];
  /** Every change that was asked for: `add https://192.0.2.11:2380`. */
  readonly calls: string[] = [];
  /** How often it was asked for its members. */
  lists = 0;
  /** Before a change takes effect; what it throws is an error inside of etcd. */
  beforeChange: (what: string) => void = () => {};
  /** A change has taken effect. */
  onChange: () => void = () => {};
  /** It has its quorum, and has not chosen a leader yet. */
  isElecting = false;
  /** How often a learner that runs is told to wait. */
  lag = 0;
  /** What its database holds; a snapshot is this and its SHA-256. */
  database: Buffer = someDatabase();
  /** Of the newest change. */
  revision = 21;
  /** How many entries of raft's log a member has not applied yet, by its client URL. */
  readonly behind = new Map<string, number>();
  /** Called before each piece of a snapshot; what it throws breaks the connection. */
  beforePiece: (piece: number) => void = () => {};
  /** What members show and whom they know, by client URL, where it is not what all of them are made with. */
  readonly identities = new Map<string, MemberIdentity>();
  readonly #defragmented = new Set<string>();
  readonly #running = new Map<string, string>();
  readonly #server: Promise<Http2SecureServer>;
  #members: EtcdMember[] = [];
  #lag = new Map<string, number>();
  #nextId = 8_000_000_000_000_000_001n;

  /** With its first member running. */
  constructor(authority: Pair, first: EtcdFlags) {
    this.#server = this.#listen(authority);
    const id = this.#newId();
    this.#members.push(started({ ...bare, id, peerURLs: [first.peerURL] }, first));
    this.#running.set(first.clientURL, id);
  }

  get members(): readonly EtcdMember[] {
    return this.#members;
  }

  /**
   * What a process with these flags does: with data (the id of the member that wrote them) it goes on as that one, if the
   * cluster still has it; without, it becomes the member that was announced with its peer URL, where it was told the cluster
   * as it is. Gives its id, or undefined where it ends at once.
   */
  start(flags: EtcdFlags, initialCluster: string, data?: string): string | undefined {
    const member = memberAt(this.#members, flags.peerURL);
    const told = initialCluster.split(',').map((peer) => peer.slice(peer.indexOf('=') + 1));
    const known = this.#members.flatMap(({ peerURLs }) => peerURLs);
    const isTold = told.length === known.length && told.every((url) => known.includes(url));
    if (member === undefined || (data === undefined ? hasStarted(member) || !isTold : data !== member.id))
      return undefined;
    this.#members = this.#members.map((one) => (one === member ? started(one, flags) : one));
    this.#running.set(flags.clientURL, member.id);
    return member.id;
  }

  stop(clientURL: string): void {
    this.#running.delete(clientURL);
  }

  /** A member that was stopped runs again. */
  revive({ peerURL, clientURL }: EtcdFlags): void {
    const member = memberAt(this.#members, peerURL);
    if (member !== undefined) this.#running.set(clientURL, member.id);
  }

  /** A process started with --force-new-cluster: the only member of its cluster. */
  forceNewCluster(flags: EtcdFlags): void {
    this.#members = this.#members.filter(({ peerURLs }) => peerURLs.includes(flags.peerURL));
    this.revive(flags);
  }

  isVoting(peerURL: string): boolean {
    const member = memberAt(this.#members, peerURL);
    return member !== undefined && !member.isLearner && [...this.#running.values()].includes(member.id);
  }

  /** As an earlier run, or another tool, has left it. */
  announce(peerURL: string, isLearner = true): void {
    this.#members.push({ ...bare, id: this.#newId(), peerURLs: [peerURL], isLearner });
  }

  /** Somebody has taken a member out. */
  forget(peerURL: string): void {
    this.#members = this.#members.filter(({ peerURLs }) => !peerURLs.includes(peerURL));
  }

  /** A member that somebody else has brought. */
  bring(flags: EtcdFlags, change: Partial<EtcdMember> = {}): void {
    const id = this.#newId();
    this.#members.push({ ...started({ ...bare, id, peerURLs: [flags.peerURL] }, flags), ...change });
    this.#running.set(flags.clientURL, id);
  }

  /** A connection to a member's client port. Throws where nobody listens. */
  async connect(clientURL: string): Promise<Duplex> {
    if (!this.#running.has(clientURL)) throw new Error(`connect ECONNREFUSED ${clientURL}`);
    const [near, far] = duplexPair();
    far.once('close', () => near.destroy());
    const server = await this.#server;
    const identity = this.identities.get(clientURL);
    if (identity !== undefined)
      server.setSecureContext({
        cert: identity.certificate(),
        key: identity.key().reveal(),
        ca: identity.trusted,
      });
    server.emit('connection', Object.assign(far, { asks: clientURL }));
    return near;
  }

  async #listen(authority: Pair): Promise<Http2SecureServer> {
    const own = await testCertificate(authority, 'etcd', ['127.0.0.1', ...addresses]);
    const server = createSecureServer({
      allowHTTP1: true,
      ca: authority.certificate,
      cert: own.certificate,
      key: own.key.reveal(),
      requestCert: true,
      rejectUnauthorized: true,
    });
    server.on('request', async (request, response) => {
      let body = '';
      for await (const chunk of request) body += String(chunk);
      const clientURL = `https://${request.headers.host ?? request.headers[':authority'] ?? ''}`;
      const framing = framings[request.url];
      if (framing !== undefined) return this.#sendSnapshot(response, clientURL, framing);
      try {
        const answer = this.#answer(request.url ?? '', JSON.parse(body || '{}') as Fields, clientURL);
        response.end(JSON.stringify(answer));
      } catch (error) {
        const { message, code } = error instanceof Refusal ? error : new Refusal(13, String(error));
        response.statusCode = 400;
        response.end(JSON.stringify({ error: message, message, code }));
      }
    });
    return server;
  }

  async #sendSnapshot(response: Http2ServerResponse, clientURL: string, { type, framed }: Framing): Promise<void> {
    this.calls.push(`snapshot ${clientURL}`);
    const digest = createHash('sha256').update(this.database).digest();
    const pieces = [...parts(this.database, 32 * 1024), digest];
    let remaining = this.database.length;
    response.setHeader('content-type', type);
    try {
      for (const [index, piece] of pieces.entries()) {
        this.beforePiece(index);
        remaining = Math.max(0, remaining - piece.length);
        await new Promise((written) => response.write(framed(piece, remaining), written));
        await nextTurn();
      }
      if (type === 'application/grpc') response.addTrailers({ 'grpc-status': '0' });
      response.end();
    } catch {
      response.socket.destroy();
    }
  }

  #answer(path: string, question: Fields, clientURL: string): Fields {
    const own = this.#running.get(clientURL) ?? '0';
    const header = { header: { member_id: own, revision: String(this.revision) } };
    const isLearner = this.#members.some((member) => member.id === own && member.isLearner);
    if (isLearner && !forLearners.includes(path)) throw new Refusal(9, 'etcdserver: rpc not supported for learner');
    switch (path) {
      case '/health':
        return { health: String(this.#hasQuorum() && this.alarms.length === 0) };
      case '/v3/cluster/member/list':
        this.lists += 1;
        return { ...header, members: this.#members.map(asJson) };
      case '/v3/maintenance/defragment':
        this.calls.push(`defragment ${clientURL}`);
        this.#defragmented.add(own);
        return {};
      case '/v3/maintenance/alarm':
        if (!this.#hasQuorum()) throw new Refusal(2, 'context deadline exceeded');
        if (question['action'] === 'DEACTIVATE') {
          const at = this.alarms.findIndex(
            ({ memberId, alarm }) => memberId === question['memberID'] && alarm === question['alarm'],
          );
          if (at >= 0) this.alarms.splice(at, 1);
        }
        return { alarms: this.alarms.map(({ memberId, alarm }) => ({ memberID: memberId, alarm })) };
      case '/v3/maintenance/status':
        return {
          ...header,
          version: '3.5.16',
          ...this.#led(),
          ...(isLearner && { isLearner: true }),
          dbSize: this.#defragmented.has(own) ? '16384' : '20480',
          dbSizeInUse: '16384',
          raftAppliedIndex: String(100 - (this.behind.get(clientURL) ?? 0)),
        };
      case '/v3/cluster/member/add':
        return { ...header, ...this.#add(question) };
      case '/v3/cluster/member/promote':
        return { ...header, ...this.#promote(String(question['ID'])) };
      case '/v3/cluster/member/remove':
        return { ...header, ...this.#remove(String(question['ID'])) };
      default:
        throw new Refusal(12, `unknown ${path}`);
    }
  }

  #add({ peerURLs, isLearner = false }: Fields): Fields {
    const [peerURL = ''] = peerURLs as readonly string[];
    if (!this.#hasQuorum()) throw new Refusal(14, 'unhealthy cluster');
    this.#mayChange(`add ${peerURL}`);
    if (memberAt(this.#members, peerURL) !== undefined) throw new Refusal(9, 'Peer URLs already exists');
    if (isLearner === true && this.#members.some((member) => member.isLearner))
      throw new Refusal(9, 'too many learner members in cluster');
    const member = { ...bare, id: this.#newId(), peerURLs: [peerURL], isLearner: isLearner === true };
    this.#members.push(member);
    this.onChange();
    return { member: asJson(member), members: this.#members.map(asJson) };
  }

  #promote(id: string): Fields {
    const member = this.#require(id);
    if (!member.isLearner) throw new Refusal(9, 'can only promote a learner member');
    const lag = this.#lag.get(id) ?? this.lag;
    this.#lag.set(id, lag - 1);
    if (lag > 0 || ![...this.#running.values()].includes(id))
      throw new Refusal(9, 'can only promote a learner member which is in sync with leader');
    this.#mayChange(`promote ${member.peerURLs.join()}`);
    this.#members = this.#members.map((one) => (one === member ? { ...one, isLearner: false } : one));
    this.onChange();
    return { members: this.#members.map(asJson) };
  }

  #remove(id: string): Fields {
    const member = this.#require(id);
    this.#mayChange(`remove ${member.peerURLs.join()}`);
    this.#members = this.#members.filter((one) => one !== member);
    for (const [url, running] of this.#running) if (running === id) this.#running.delete(url);
    this.onChange();
    return { members: this.#members.map(asJson) };
  }

  #require(id: string): EtcdMember {
    const member = this.#members.find((one) => one.id === id);
    if (member === undefined) throw new Refusal(5, 'member not found');
    return member;
  }

  /** The first voter that runs; protobuf's JSON has no leader of 0. */
  #led(): Fields {
    const running = new Set(this.#running.values());
    const leader = this.#members.find(({ id, isLearner }) => !isLearner && running.has(id));
    return this.#hasQuorum() && !this.isElecting && leader !== undefined ? { leader: leader.id } : {};
  }

  #mayChange(what: string): void {
    if (!this.#hasQuorum()) throw new Refusal(14, 'request timed out');
    this.beforeChange(what);
    this.calls.push(what);
  }

  #hasQuorum(): boolean {
    const voters = this.#members.filter(({ isLearner }) => !isLearner);
    const running = new Set(this.#running.values());
    return voters.filter(({ id }) => running.has(id)).length >= quorum(voters.length);
  }

  #newId(): string {
    this.#nextId += 1n;
    return String(this.#nextId);
  }
}

/** How a piece of a snapshot is sent, of so many bytes that are left. */
interface Framing {
  readonly type: string;
  readonly framed: (piece: Buffer, remaining: number) => Buffer | string;
}

const framings: Readonly<Record<string, Framing>> = {
  // A line a piece, as the gateway streams them; protobuf's JSON has no remaining bytes of 0.
  '/v3/maintenance/snapshot': {
    type: 'application/json',
    framed: (piece, remaining) => {
      const left = remaining === 0 ? {} : { remaining_bytes: String(remaining) };
      return `${JSON.stringify({ result: { ...left, blob: piece.toString('base64') } })}\n`;
    },
  },
  '/etcdserverpb.Maintenance/Snapshot': {
    type: 'application/grpc',
    framed: (piece, remaining) => {
      const left = remaining === 0 ? [] : [0x10, ...varint(remaining)];
      const message = Buffer.concat([Buffer.from([...left, 0x1a, ...varint(piece.length)]), piece]);
      const head = Buffer.alloc(5);
      head.writeUInt32BE(message.length, 1);
      return Buffer.concat([head, message]);
    },
  },
};

function varint(value: number): readonly number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...varint(value >>> 7)];
}

const bare: EtcdMember = { id: '', name: '', peerURLs: [], clientURLs: [], isLearner: false };

/** More than one piece of a snapshot. */
function someDatabase(): Buffer {
  const keys = Array.from({ length: 20 }, (_, index) =>
    etcdEntry(index + 2, `/registry/pods/p${index}`, 'x'.repeat(3000)),
  );
  return boltDatabase({ key: keys });
}

function parts(bytes: Buffer, size: number): readonly Buffer[] {
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
    bytes.subarray(index * size, (index + 1) * size),
  );
}

/** Where members of tests are. */
const addresses = Array.from({ length: 10 }, (_, index) => `192.0.2.${index + 10}`);

function started(member: EtcdMember, { name, clientURL }: EtcdFlags): EtcdMember {
  return { ...member, name, clientURLs: [clientURL] };
}

/** protobuf's JSON leaves out what is empty or false. */
function asJson({ id, name, peerURLs, clientURLs, isLearner }: EtcdMember): Fields {
  return {
    ID: id,
    ...(name && { name }),
    peerURLs,
    ...(clientURLs.length > 0 && { clientURLs }),
    ...(isLearner && { isLearner }),
  };
}
