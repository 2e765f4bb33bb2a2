import { damagedConfigs } from './damaged-config.ts';
import { tryConfig, type Verdict } from './fuzz-config.ts';

/** Cases `first` and on of the seed. */
export interface FuzzWork {
  readonly cases: number;
  readonly seed: number;
  readonly first: number;
}

/** Before a case its number alone, then what became of it. */
export interface FuzzNews {
  readonly index: number;
  readonly verdict?: Verdict;
  readonly text?: string;
}

const { cases, seed, first } = JSON.parse(process.argv[2] ?? '') as FuzzWork;
const tell = (news: FuzzNews): void => void process.send?.(news);

for (const [index, text] of damagedConfigs(cases, seed).entries()) {
  if (index < first) continue;
  tell({ index });
  const verdict = await tryConfig(text, index);
  tell({ index, verdict, ...(typeof verdict === 'string' ? {} : { text }) });
}
process.disconnect();
