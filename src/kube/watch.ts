import { StringDecoder } from 'node:string_decoder';
import { setTimeout as sleep } from 'node:timers/promises';
import { type StreamedAnswer, textOf } from '../https/endpoint.ts';
import { isTransient, TooLongError } from '../https/failure.ts';
import { jsonObject, wrongAnswer } from '../https/json-answer.ts';
import type { KubeObject, WatchEvent } from './client.ts';
import { fitted } from './shapes.ts';
import { isPassing, kubeError } from './status.ts';

export interface WatchSource {
  /** The present state and the version it is of. */
  readonly page: () => Promise<{ readonly items: readonly KubeObject[]; readonly resourceVersion: string }>;
  /** The changes since a version; the server ends the answer after `timeoutSeconds`. */
  readonly open: (resourceVersion: string, timeoutSeconds: number) => Promise<StreamedAnswer>;
  readonly server: string;
  readonly kind: string;
  readonly explain: (error: unknown) => unknown;
  /** Milliseconds without a connection after which its failure is thrown. */
  readonly retryForMs: number;
  readonly stop: AbortSignal;
}

/** A connection that died unseen is noticed after this long. */
const timeoutSeconds = 60;
const firstPauseMs = 50;
/** Milliseconds below which a server that ends a watch is not asked again at once. */
const shortest = 1000;
const goneStatus = 410;
/** Far above what an object may hold (1.5 MiB in etcd). */
const longestLine = 16 * 1024 * 1024;
/** Bytes of one watch, which lasts a minute: far above what the changes of a large cluster come to. */
const longestWatch = 256 * 1024 * 1024;

/**
 * The present state as ADDED, then what changes, until `stop`. A broken connection goes on from the last version; where
 * the server has forgotten that (410), the state is read again and told as the differences to what was told before.
 */
export async function* watchEvents(source: WatchSource): AsyncGenerator<WatchEvent> {
  const told = new Map<string, KubeObject>();
  let version: string | undefined;
  let pause = firstPauseMs;
  let failingSince: number | undefined;
  while (!source.stop.aborted) {
    try {
      if (version === undefined) {
        const { items, resourceVersion } = await source.page();
        yield* differences(told, items);
        version = resourceVersion;
      }
      const answer = await source.open(version, timeoutSeconds);
      const opened = Date.now();
      if (answer.status === 200) failingSince = undefined;
      for await (const line of changes(answer, source)) {
        pause = firstPauseMs;
        version = line.object.metadata.resourceVersion ?? version;
        if (line.type === 'BOOKMARK') continue;
        remember(told, { type: line.type, object: line.object });
        yield { type: line.type, object: line.object };
      }
      if (Date.now() - opened > shortest) {
        pause = firstPauseMs;
        continue;
      }
      await sleep(pause, undefined, { signal: source.stop }).catch(() => undefined);
      pause = Math.min(pause * 2, 1000);
    } catch (error) {
      if (source.stop.aborted) return;
      if (error instanceof Gone) version = undefined;
      else if (!isTransient(error) && !(error instanceof Interrupted)) throw source.explain(error);
      failingSince ??= Date.now();
      if (Date.now() - failingSince > source.retryForMs) throw source.explain(error);
      await sleep(pause, undefined, { signal: source.stop }).catch(() => undefined);
      pause = Math.min(pause * 2, 1000);
    }
  }
}

interface Line {
  readonly type: WatchEvent['type'] | 'BOOKMARK';
  readonly object: KubeObject;
}

class Gone extends Error {}

/** The server ended the stream early with something that passes. */
class Interrupted extends Error {}

async function* changes({ status, headers, body }: StreamedAnswer, source: WatchSource): AsyncGenerator<Line> {
  const idle = setTimeout(() => body.destroy(new Interrupted('silent for too long')), (timeoutSeconds + 15) * 1000);
  try {
    if (status === goneStatus) throw new Gone();
    if (isPassing(status)) throw new Interrupted(`status ${status}`);
    if (status !== 200) throw kubeError({ status, body: await textOf({ headers, body }, longestLine) }, 'watch');
    for await (const line of linesOf(body)) yield parsed(line, source);
  } finally {
    clearTimeout(idle);
    body.destroy();
  }
}

function parsed(line: string, { server, kind }: WatchSource): Line {
  const asked = { server, what: `watch ${kind}` };
  const { type, object } = jsonObject({ body: line }, asked);
  if (type === 'ERROR') throw reported(object);
  if (type !== 'ADDED' && type !== 'MODIFIED' && type !== 'DELETED' && type !== 'BOOKMARK') {
    throw wrongAnswer(asked, 'its lines are no changes');
  }
  const { value, wrong } = fitted(object, kind, { named: type !== 'BOOKMARK' });
  if (wrong !== undefined) throw wrongAnswer(asked, `in its answer ${wrong}`);
  return { type, object: value as KubeObject };
}

/** What a Status in the stream means. */
function reported(status: unknown): Error {
  const { code } = (status ?? {}) as { readonly code?: unknown };
  const number = typeof code === 'number' ? code : 500;
  if (number === goneStatus) return new Gone();
  if (isPassing(number)) return new Interrupted(`status ${number}`);
  return kubeError({ status: number, body: JSON.stringify(status) }, 'watch');
}

function* differences(told: Map<string, KubeObject>, items: readonly KubeObject[]): Generator<WatchEvent> {
  const present = new Set(items.map(keyOf));
  for (const [key, object] of [...told]) {
    if (present.has(key)) continue;
    told.delete(key);
    yield { type: 'DELETED', object };
  }
  for (const object of items) {
    const before = told.get(keyOf(object));
    if (before && before.metadata.resourceVersion === object.metadata.resourceVersion) continue;
    told.set(keyOf(object), object);
    yield { type: before ? 'MODIFIED' : 'ADDED', object };
  }
}

function remember(told: Map<string, KubeObject>, { type, object }: WatchEvent): void {
  if (type === 'DELETED') told.delete(keyOf(object));
  else told.set(keyOf(object), object);
}

function keyOf({ metadata: { namespace = '', name } }: KubeObject): string {
  return `${namespace}/${name}`;
}

async function* linesOf(body: AsyncIterable<Buffer>): AsyncGenerator<string> {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > longestWatch) throw new TooLongError(longestWatch);
    const lines = (rest + decoder.write(chunk)).split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > longestLine) throw new TooLongError(longestLine);
    for (const line of lines) if (line) yield line;
  }
}
