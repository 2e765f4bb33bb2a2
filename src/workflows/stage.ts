import { defined } from '../defined.ts';
import { bringBack } from '../execute/bring-back.ts';
import type { Change } from '../execute/change.ts';
import { kindOf } from '../execute/changes/table.ts';
import type { Decided } from '../execute/decided.ts';
import { difference } from '../execute/difference.ts';
import { doneBefore, knowing } from '../execute/done.ts';
import { perform } from '../execute/executor.ts';
import { type Journal, journaled, journalReads } from '../execute/journal.ts';
import { observe } from '../execute/observe.ts';
import { mergeReads, type Observed, type Reads } from '../execute/observed.ts';
import type { Target } from '../execute/target.ts';
import type { Facts } from '../host/facts/facts.ts';
import type { Phase } from '../phases/phase.ts';

/** Phases that are decided together on one look at the host and the cluster, then performed in order. */
export type Stage<Context> = readonly Phase<Context>[];

/** Which phases run: all but `skip`, or `only` one; names are `certs` or `certs/apiserver`. */
export interface Selection {
  readonly only?: string;
  readonly skip?: readonly string[];
}

export interface StageOptions {
  /** What lookFor has seen for several stages at once: it goes by that. */
  readonly observed?: Observed;
  /** What undoes its changes is written there before they are made. */
  readonly journal?: Journal;
  /** Where one of its changes fails, the journal brings back at once what was there before. */
  readonly undoOnFailure?: boolean;
  /** Says in which waves its changes are performed; without it they go in their order. */
  readonly inOrder?: (decided: readonly Decided[]) => readonly Decided[];
}

/**
 * Observes, decides, acts. Returns what was changed (for a plan: what would be). Throws KinitError at the first
 * failure, which knows what was done before it and is not undone (doneBefore).
 */
export async function runStage<Context>(
  stage: Stage<Context>,
  context: Context,
  target: Target,
  selection: Selection = {},
  { journal, observed, undoOnFailure, inOrder }: StageOptions = {},
): Promise<readonly Decided[]> {
  const phases = stage.filter((phase) => isPhaseWanted(phase, selection));
  if (phases.length === 0) return [];
  const seen = observed ?? (await lookFor(phases, context, target, selection, journal && journalReads(journal)));
  const decided = decideAll(phases, context, seen, { selection, journal, inOrder, now: target.now });
  const started = Date.now();
  for (const phase of phases) tell(phase, 'start', target, decided, started);
  const done = await perform(decided, target).catch(async (error: unknown) => {
    for (const phase of phases) tell(phase, 'failed', target, decided, started);
    const isUndone = journal !== undefined && undoOnFailure && !target.signal.aborted;
    const stays = isUndone && (await bringBack(journal, target)) ? [] : doneBefore(error).filter(isChange);
    throw knowing(error, stays);
  });
  for (const phase of phases) tell(phase, 'done', target, decided, started);
  return done.filter(isChange);
}

function isChange({ change }: Decided): boolean {
  return !['note', 'wait', 'awaited'].includes(change.kind);
}

/** What is left to do for a stage, waits and notes among it; nothing is done. */
export async function decideStage<Context>(
  stage: Stage<Context>,
  context: Context,
  target: Target,
  selection: Selection = {},
): Promise<readonly Decided[]> {
  const phases = stage.filter((phase) => isPhaseWanted(phase, selection));
  if (phases.length === 0) return [];
  const observed = await lookFor(phases, context, target, selection);
  return decideAll(phases, context, observed, { selection, now: target.now });
}

/**
 * What the selected phases of a stage have to see, and what else is asked for: one round trip. Facts that the run has read
 * already, or is just reading (`coming`; undefined where that fails), are not read again. Throws KinitError when the host or
 * the cluster cannot be reached.
 */
export async function lookFor<Context>(
  stage: Stage<Context>,
  context: Context,
  target: Target,
  selection: Selection,
  more: Reads = {},
  coming?: Promise<Facts | undefined>,
): Promise<Observed> {
  const phases = stage.filter((phase) => isPhaseWanted(phase, selection));
  const reads = mergeReads([...phases.map((phase) => phase.reads(context)), more]);
  const needsFacts = target.facts === undefined && reads.facts === true;
  const wanted = { ...reads, facts: needsFacts && coming === undefined };
  const [observed, known] = await Promise.all([observe(target.host, target.kube, wanted, target), coming]);
  const facts = observed.facts ?? target.facts ?? known;
  if (facts !== undefined || !needsFacts) return { ...observed, facts };
  return { ...observed, facts: (await target.host.observe({ facts: true })).facts };
}

interface Deciding {
  readonly selection: Selection;
  readonly journal?: Journal | undefined;
  readonly inOrder?: StageOptions['inOrder'];
  readonly now: number;
}

function decideAll<Context>(
  phases: Stage<Context>,
  context: Context,
  observed: Observed,
  { selection, journal, inOrder = (all) => all, now }: Deciding,
): readonly Decided[] {
  const decided = inOrder(once(phases.flatMap((phase) => decide(phase, context, observed, selection, now))));
  return journal === undefined ? decided : journaled(decided, observed, journal);
}

/** What two phases want gone goes once. */
function once(decided: readonly Decided[]): readonly Decided[] {
  const gone = new Set<string>();
  return decided.filter(({ change }) => {
    if (change.kind !== 'absent') return true;
    const what = `${change.contents ?? false} ${change.path}`;
    return !gone.has(what) && gone.add(what);
  });
}

function decide<Context>(
  phase: Phase<Context>,
  context: Context,
  seen: Observed,
  selection: Selection,
  now: number,
): readonly Decided[] {
  const observed = phase.foresees?.(context, seen) ?? seen;
  const wanted = phase.desired(context, observed).filter((change) => isStepSelected(phase.name, change, selection));
  return difference(wanted, observed, now).map((change) => {
    const before = kindOf(change).before(change, observed);
    return { phase: phase.name, change, ...defined({ before }) };
  });
}

/** Whether any part of a phase is to run. */
export function isPhaseWanted<Context>({ name, part, serves = [name] }: Phase<Context>, selection: Selection): boolean {
  const isPartWanted = part === undefined || isStepSelected(name, { step: part, kind: 'file' }, selection);
  return isPartWanted && serves.some((served) => isSelected(served, selection));
}

/** Whether any part of what has this name is to run. */
export function isSelected(name: string, { only, skip = [] }: Selection): boolean {
  if (only !== undefined && only !== name && !only.startsWith(`${name}/`)) return false;
  return !skip.includes(name);
}

function isStepSelected(
  phase: string,
  { step, kind }: Pick<Change, 'step' | 'kind'>,
  { only, skip = [] }: Selection,
): boolean {
  if (only?.startsWith(`${phase}/`) && !only.endsWith('/all')) return step === only.slice(phase.length + 1);
  return step === undefined || kind === 'note' || !skip.includes(`${phase}/${step}`);
}

function tell<Context>(
  { name, title }: Phase<Context>,
  state: 'start' | 'done' | 'failed',
  target: Target,
  decided: readonly Decided[],
  started: number,
): void {
  const own = decided.filter(({ phase }) => phase === name);
  // What only tells or waits changes nothing, as in a plan.
  const changes = own.filter(({ change, before }) => kindOf(change).entries(change, before).length > 0).length;
  const ended = state === 'start' ? {} : { ms: Date.now() - started, changes };
  target.reporter.report({ type: 'phase', host: target.host.name, phase: name, title, state, ...ended });
}
