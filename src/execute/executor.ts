import { defined } from '../defined.ts';
import { KinitError } from '../errors.ts';
import type { FileWrite, Operation, OperationResult } from '../host/host.ts';
import type { AwaitedChange, Change, CommandChange } from './change.ts';
import type { Performed } from './changes/kind.ts';
import { kindOf } from './changes/table.ts';
import type { Decided } from './decided.ts';
import { adding, knowing } from './done.ts';
import { throwIfInterrupted } from './interrupted.ts';
import { mint } from './mint.ts';
import type { Target } from './target.ts';
import { type Teller, tellsInOrder } from './teller.ts';
import { expired } from './wait.ts';

type Minted = Awaited<ReturnType<typeof mint>>;

/**
 * Performs the changes in order: consecutive ones for the host in one round trip, consecutive objects together, waits for
 * the cluster one by one. The only place that acts. Returns what was done, in its order: all but what is optional and has
 * failed. Throws KinitError at the first other failure; what was done before it stays, and doneBefore knows it.
 */
export async function perform(decided: readonly Decided[], target: Target): Promise<readonly Decided[]> {
  const minted = await mint(
    wavesOf(decided)
      .flat()
      .map(({ change }) => change),
    target,
  );
  const done: Decided[] = [];
  for (const batch of batches(decided, target)) {
    await adding(done, performed(batch, minted, target));
  }
  return done;
}

async function performed(batch: readonly Decided[], minted: Minted, target: Target): Promise<readonly Decided[]> {
  throwIfInterrupted(target.signal, target.host.name);
  const failed = await performBatch(batch, minted, target);
  return batch.filter((item) => !failed.has(item));
}

/** What is optional and has failed. */
type Failed = ReadonlySet<unknown>;

const none: Failed = new Set();

async function performBatch(batch: readonly Decided[], minted: Minted, target: Target): Promise<Failed> {
  const acts = ({ change }: Decided) => performedAs(change, target).by !== 'telling';
  const at = batch.findIndex(acts);
  const first = batch[at];
  if (first === undefined) {
    tellAll(batch, target);
    return none;
  }
  const performed = performedAs(first.change, target);
  const rest = batch.slice(at);
  tellAll(batch.slice(0, at), target);
  switch (performed.by) {
    case 'host':
      return performOnHost(rest, minted, target);
    case 'batch': {
      const failed = await performed.perform(rest.filter(acts), target);
      tellAll(rest, target);
      return failed;
    }
    case 'itself':
      tell(first.phase, first.change, target);
      await performed.perform(first.change, target, first.phase);
      return none;
    case 'telling':
      tellAll(rest, target);
      return none;
  }
}

/** How a change becomes an effect in this run. */
function performedAs(change: Change, { rehearsal }: Target): Performed<Change> {
  const { performed, rehearsed } = kindOf(change);
  return rehearsal && rehearsed !== 'alike' ? rehearsed : performed;
}

/** Runs of changes that go together; notes go along with whatever they stand among. */
function batches(decided: readonly Decided[], target: Target): readonly (readonly Decided[])[] {
  const all: { readonly items: Decided[]; name: string | undefined }[] = [];
  for (const item of decided) {
    const last = all.at(-1);
    const name = batchName(item.change, target);
    const goesAlong = last !== undefined && name !== alone && last.name !== alone && !beginsToAwait(item, last.items);
    if (goesAlong && (name === undefined || last.name === undefined || name === last.name)) {
      last.items.push(item);
      last.name ??= name;
    } else all.push({ items: [item], name });
  }
  return all.map(({ items }) => items);
}

/** What is awaited is told before the wait, and what was done before it too. */
function beginsToAwait({ change }: Decided, before: readonly Decided[]): boolean {
  return change.kind === 'awaited' && before.at(-1)?.change.kind !== 'awaited';
}

/** What a change goes together with; undefined where that is anything. */
function batchName(change: Change, target: Target): string | undefined {
  const performed = performedAs(change, target);
  switch (performed.by) {
    case 'telling':
      return undefined;
    case 'itself':
      return alone;
    case 'batch':
      return performed.batch(change);
    case 'host':
      // A command that may take minutes goes alone, so that its line is seen while it runs.
      return change.kind === 'command' && (change.deadline ?? 0) > longCommand ? alone : 'host';
  }
}

const alone = 'alone';

/** Seconds. */
const longCommand = 120;

/** Wave by wave, each in one round trip; what is ready to be written goes along with the wave before it. */
async function performOnHost(batch: readonly Decided[], minted: Minted, target: Target): Promise<Failed> {
  const teller = tellsInOrder(batch, ({ phase, change }) => tell(phase, change, target));
  if (batch.length === 1) teller.tellUpTo(batch[0]);
  for (const item of batch) {
    if (item.change.kind !== 'awaited' || performedAs(item.change, target).by === 'telling') continue;
    teller.tellUpTo(item);
    tellWaiting(item.change, target);
  }
  const isReady = readiness(batch, minted);
  const failed = new Set<Decided>();
  const waves = wavesOf(batch);
  const next = async (): Promise<readonly Decided[]> => {
    const wave = waves.shift() ?? [];
    await Promise.all(wave.map(({ change }) => minted.get(change)));
    throwIfInterrupted(target.signal, target.host.name);
    while (waves[0]?.every(isReady)) wave.push(...(waves.shift() ?? []));
    await performWave(wave, minted, { teller, failed }, target);
    return wave.filter((item) => !failed.has(item));
  };
  const done: Decided[] = [];
  try {
    while (waves.length > 0) await adding(done, next());
  } catch (error) {
    teller.tellDone();
    throw error;
  }
  teller.tellUpTo();
  return failed;
}

function wavesOf(batch: readonly Decided[]): Decided[][] {
  const waveOf = ({ wave = Number.POSITIVE_INFINITY }: Decided) => wave;
  const numbers = [...new Set(batch.map(waveOf))].sort((a, b) => a - b);
  return numbers.map((number) => batch.filter((item) => waveOf(item) === number));
}

/** Whether nothing has to be made any more before a change can be written. */
function readiness(batch: readonly Decided[], minted: Minted): (item: Decided) => boolean {
  const ready = new Set<Change>();
  for (const { change } of batch) {
    const files = minted.get(change);
    // Whoever waits for the files hears of a failure.
    if (files === undefined) ready.add(change);
    else files.then(() => ready.add(change)).catch(() => undefined);
  }
  return ({ change }) => ready.has(change);
}

interface Progress {
  readonly teller: Teller;
  /** What is optional and has failed. */
  readonly failed: Set<Decided>;
}

async function performWave(
  wave: readonly Decided[],
  minted: Minted,
  progress: Progress,
  target: Target,
): Promise<void> {
  const operations: Operation[] = [];
  const owners: Decided[] = [];
  for (const item of wave) {
    const own = operationsOf(item.change, (await minted.get(item.change)) ?? [], target);
    if (own.length === 0) progress.teller.skip(item);
    for (const operation of own) {
      operations.push(operation);
      owners.push(item);
    }
  }
  await performFrom(0, operations, owners, progress, target);
}

/** Goes on behind the failure of a change that is optional, and adds it to those that failed. */
async function performFrom(
  start: number,
  operations: readonly Operation[],
  owners: readonly Decided[],
  { teller, failed }: Progress,
  target: Target,
): Promise<void> {
  const results = await target.host.perform(operations.slice(start), { signal: target.signal });
  for (const result of results) {
    const owner = owners[start + result.index];
    if (owner === undefined) continue;
    teller.done(owner);
    if (result.code === 0) continue;
    // Those of which all operations came before this one.
    const done = [...new Set(owners.slice(0, start + result.index))].filter(
      (item) => item !== owner && !failed.has(item),
    );
    if (owner.change.kind === 'awaited') throw knowing(await expired(owner.change, target), done);
    if (!owner.change.optional) throw knowing(failure(owner, result, target), done);
    target.reporter.report({ type: 'warning', host: target.host.name, text: failure(owner, result, target).message });
    failed.add(owner);
    return performFrom(start + result.index + 1, operations, owners, { teller, failed }, target);
  }
}

function failure({ phase, change }: Decided, result: OperationResult, target: Target): KinitError {
  const words = (result.stderr.trim() || result.stdout.trim()).split('\n').slice(-12).join('\n');
  const { causes = [], advice: otherwise } = change as CommandChange;
  const advice = causes.find(({ sign }) => sign.test(words))?.advice ?? otherwise;
  return new KinitError(
    `${phase}: ${kindOf(change).words(change)} failed with exit code ${result.code}${words && `:\n${words}`}`,
    {
      host: target.host.name,
      ...defined({ hint: advice }),
    },
  );
}

function operationsOf(change: Change, files: readonly FileWrite[], target: Target): readonly Operation[] {
  const performed = performedAs(change, target);
  return performed.by === 'host' ? performed.operations(change, files) : [];
}

function tellAll(batch: readonly Decided[], target: Target): void {
  for (const { phase, change } of batch) tell(phase, change, target);
}

function tell(phase: string, change: Change, target: Target): void {
  const host = target.host.name;
  if (change.kind === 'note' && change.warning) target.reporter.report({ type: 'warning', host, text: change.text });
  else if (change.kind === 'note') target.reporter.report({ type: 'line', host, phase, text: change.text });
  else if (change.says !== undefined) target.reporter.report({ type: 'line', host, phase, text: change.says });
}

function tellWaiting({ what, deadline }: AwaitedChange, { reporter, host }: Target): void {
  reporter.report({ type: 'waiting', host: host.name, what, deadline });
}
