import { fork } from 'node:child_process';
import { join } from 'node:path';
import { damagedConfigs } from './damaged-config.ts';
import type { FuzzNews, FuzzWork } from './fuzz-process.ts';

export interface FuzzFailure {
  readonly index: number;
  readonly text: string;
  readonly why: string;
}

export interface FuzzResult {
  readonly accepted: number;
  readonly refused: number;
  readonly failures: readonly FuzzFailure[];
}

/** Milliseconds that one case may take, on a busy machine too. */
const patience = 20_000;

/**
 * Feeds `cases` damaged configurations to kinit, in a process that is ended where a case hangs; the next ones follow in
 * a new one. Each has to be accepted, or refused with the place of what is wrong.
 */
export async function boundedFuzz(cases: number, seed: number): Promise<FuzzResult> {
  const counted = { accepted: 0, refused: 0 };
  const failures: FuzzFailure[] = [];
  const note = ({ index, verdict, text = '' }: FuzzNews): void => {
    if (typeof verdict === 'string') counted[verdict]++;
    else if (verdict) failures.push({ index, text, why: verdict.why });
  };
  for (let first = 0; first < cases; ) {
    const hung = await untilHung({ cases, seed, first }, note);
    if (hung === undefined) break;
    failures.push({ index: hung, text: damagedConfigs(cases, seed)[hung] ?? '', why: `no end within ${patience} ms` });
    first = hung + 1;
  }
  return { ...counted, failures };
}

/** The number of the case that hung; undefined where all came to an end. */
function untilHung(work: FuzzWork, note: (news: FuzzNews) => void): Promise<number | undefined> {
  const child = fork(join(import.meta.dirname, 'fuzz-process.ts'), [JSON.stringify(work)], {
    execArgv: ['--import', 'tsx'],
  });
  return new Promise((resolve, reject) => {
    let watch: NodeJS.Timeout | undefined;
    let hung: number | undefined;
    child.on('message', (news: FuzzNews) => {
      clearTimeout(watch);
      if (news.verdict !== undefined) return note(news);
      watch = setTimeout(() => {
        hung = news.index;
        child.kill('SIGKILL');
      }, patience);
    });
    child.on('error', reject);
    child.on('exit', (code) => {
      clearTimeout(watch);
      if (hung !== undefined || code === 0) resolve(hung);
      else reject(new Error(`the process that tries the configurations ended with ${code}`));
    });
  });
}
