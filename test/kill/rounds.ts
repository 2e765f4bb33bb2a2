import { describePoint, type Length, type Point } from './points.ts';
import type { Room, Step } from './rooms.ts';
import { type Ended, interrupted, whole } from './runs.ts';

/** What became of one point. */
export interface Trial {
  readonly name: string;
  readonly point: Point;
  /** The run was over before the point came. */
  readonly late: boolean;
  /** The run ended with 0, although it was hit where it is not late: its host came back in time. */
  readonly done: boolean;
  /** Milliseconds from the start of the run to its end, which after a power cut kinit has to see for itself. */
  readonly ms: number;
  /** What did not hold; empty where all did. */
  readonly broken: readonly string[];
}

/**
 * Ends a step at a point, runs it again, and looks at what holds: the second run has to end with 0 and leave nothing to
 * a third one.
 */
export async function trial(room: Room, step: Step, point: Point, length: Length): Promise<Trial> {
  await step.before?.();
  const ended = await interrupted(room.kit, step, point, length, step.victim);
  const { isHit, code, length: own } = ended;
  return { ...(await afterwards(room, step)), name: step.name, point, late: !isHit, done: code === 0, ms: own.ms };
}

async function afterwards(room: Room, step: Step): Promise<Pick<Trial, 'broken'>> {
  const second = await whole(room.kit, step);
  if (second.code !== 0) return { broken: [`the second run ended with ${said(second)}`] };
  const broken = [...(await step.broken())];
  if (step.again !== undefined) {
    const third = await whole(room.kit, step.again);
    if (third.code !== 0) broken.push(`the third run ended with ${said(third)}`);
    if (third.changes.length > 0) broken.push(`the third run made changes: ${third.changes.join(', ')}`);
  }
  return { broken };
}

const said = ({ code, stderr, result }: Ended): string => `${code}: ${stderr.trim().slice(-2000)} ${result}`;

/**
 * Goes through a room's steps, round by round, until every step's points are used up. The first round is undisturbed:
 * it says how long runs are. After a trial that found something, hosts are made anew and the round begins again.
 */
export async function rounds(
  room: Room,
  points: ReadonlyMap<string, readonly Point[]>,
  say: (line: string) => void,
): Promise<readonly Trial[]> {
  const waiting = new Map([...points].map(([name, list]) => [name, [...list]]));
  const lengths = new Map<Step, Length>();
  const trials: Trial[] = [];
  const isDone = () => [...waiting.values()].every((list) => list.length === 0);
  const measure = async (step: Step) => {
    const { code, length, stderr, result } = await whole(room.kit, step);
    if (code !== 0) throw new Error(`${step.name}, undisturbed, ended with ${code}: ${stderr} ${result}`);
    if (lengths.has(step)) return;
    lengths.set(step, length);
    say(`  ${step.name}: ${(length.ms / 1000).toFixed(1)} s, ${length.events} events`);
  };
  /** A run that was over too early for its point says how long such runs are by now: a busy machine has become idle. */
  const correct = (step: Step, { late, done, ms }: Trial) => {
    const length = lengths.get(step) as Length;
    if (late && done) lengths.set(step, { ...length, ms: Math.min(length.ms, ms) });
  };
  /** Whether all held. */
  const attempt = async (step: Step, point: Point): Promise<boolean> => {
    const one = await trial(room, step, point, lengths.get(step) as Length).catch(
      (error: unknown): Trial => ({ name: step.name, point, late: true, done: false, ms: 0, broken: [String(error)] }),
    );
    trials.push(one);
    correct(step, one);
    say(`  ${describeTrial(one)}`);
    return one.broken.length === 0;
  };
  /** Whether all held; a step without points is done undisturbed: the first time, and where none are left for it. */
  const take = async (step: Step): Promise<boolean> => {
    for (let time = 0; time < (step.times ?? 1); time++) {
      const point = lengths.has(step) ? waiting.get(step.name)?.shift() : undefined;
      if (point !== undefined && !(await attempt(step, point))) return false;
      if (point !== undefined) continue;
      if (time === 0 && !isDone()) await measure(step);
      break;
    }
    return true;
  };
  const round = async (): Promise<void> => {
    for (const step of room.steps) {
      if (!(await take(step))) return room.anew();
    }
  };
  while (!isDone()) await round();
  return trials;
}

export function describeTrial({ name, point, late, done, ms, broken }: Trial): string {
  const ended = `${name}, ${describePoint(point)}, ended after ${(ms / 1000).toFixed(1)} s`;
  const so = late ? ' (too late)' : done ? ' (and well)' : '';
  return [`${ended}${so}: ${broken.length === 0 ? 'held' : 'BROKEN'}`, ...broken].join('\n    ');
}
