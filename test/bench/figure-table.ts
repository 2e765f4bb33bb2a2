import { table } from '../../src/report/host-table.ts';
import { type Figure, type Goal, median, milliseconds } from './measure.ts';

/** The figures as a table: medians of both sides, their ratio or difference, and what is aimed at. */
export function figureTable(figures: readonly Figure[]): string {
  return table(
    ['WHAT', 'KINIT', 'PEER', 'MEDIAN', 'RESULT', 'GOAL', 'ROUNDS'],
    figures.map(({ what, peerName, ours, peer, goal }) => [
      what,
      milliseconds(median(ours)),
      peerName,
      milliseconds(median(peer)),
      resultOf(median(ours), median(peer), goal),
      goalOf(goal),
      String(ours.length),
    ]),
  );
}

function resultOf(ours: number, peer: number, goal: Goal | undefined): string {
  if (goal === undefined) return `${(ours / peer).toFixed(2)} x`;
  const reached = 'ratio' in goal ? ours / peer <= goal.ratio : ours - peer <= goal.moreMs;
  const figure = 'ratio' in goal ? `${(ours / peer).toFixed(2)} x` : `+${(ours - peer).toFixed(0)} ms`;
  return `${figure}${reached ? '' : ' (missed)'}`;
}

function goalOf(goal: Goal | undefined): string {
  if (goal === undefined) return '';
  return 'ratio' in goal ? `<= ${goal.ratio.toFixed(2)} x` : `<= +${goal.moreMs} ms`;
}
