import { StringDecoder } from 'node:string_decoder';
import { setTimeout as sleep } from 'node:timers/promises';
import type { StreamedAnswer } from '../https/endpoint.ts';
import { isTransient } from '../https/failure.ts';
import type { KubeObject, WatchEvent } from './client.ts';
import { isPassing, kubeError } from './status.ts';

export interface WatchSource {
  /** The present state and the version it is of. */
  readonly page: () => Promise<{ readonly items: readonly KubeObject[]; readonly resourceVersion: string }>;
  /** The changes since a version; the server ends the answer after `timeoutSeconds`. */
  readonly open: (resourceVersion: string, timeoutSeconds: number) => Promise<StreamedAnswer>;
  readonly explain: (error: unknown) => unknown;
  /** Milliseconds without a connection after which its failure is thrown. */
  readonly retryForMs: number;
  readonly stop: AbortSignal;
}

/** A connection that died unseen is noticed after this long. */
const timeoutSeconds = 60;
const firstPauseMs = 50;
const goneStatus = 410;

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
      if (answer.status === 200) failingSince = undefined;
      for await (const line of changes(answer)) {
        pause = firstPauseMs;
        version = line.object.metadata.resourceVersion ?? version;
        if (line.type === 'BOOKMARK') continue;
        remember(told, { type: line.type, object: line.object });
        yield { type: line.type, object: line.object };
      }
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

async function* changes({ status, body }: StreamedAnswer): AsyncGenerator<Line> {
  const idle = setTimeout(() => body.destroy(new Interrupted('silent for too long')), (timeoutSeconds + 15) * 1000);
  try {
    if (status === goneStatus) throw new Gone();
    if (isPassing(status)) throw new Interrupted(`status ${status}`);
    if (status !== 200) throw kubeError({ status, body: await textOf(body) }, 'watch');
    for await (const line of linesOf(body)) yield parsed(line);
  } finally {
    clearTimeout(idle);
    body.destroy();
  }
}

function parsed(line: string): Line {
  const event = JSON.parse(line) as { type: string; object: KubeObject & { code?: number } };
  if (event.type !== 'ERROR') return event as Line;
  const { code = 500 } = event.object;
  if (code === goneStatus) throw new Gone();
  if (isPassing(code)) throw new Interrupted(`status ${code}`);
  throw kubeError({ status: code, body: JSON.stringify(event.object) }, 'watch');
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
  for await (const chunk of body) {
    const lines = (rest + decoder.write(chunk)).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (line) yield line;
  }
}

async function textOf(body: AsyncIterable<Buffer>): Promise<string> {
  let text = '';
  for await (const chunk of body) text += chunk.toString('utf8');
  return text;
}
