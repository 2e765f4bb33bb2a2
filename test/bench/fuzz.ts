import { boundedFuzz } from './bounded-fuzz.ts';
import { type Bench, milliseconds } from './measure.ts';

const cases = 20_000;

/** Damaged configurations by the thousand; prints those that were neither accepted nor refused as they should be. */
export const fuzz: Bench = {
  name: 'fuzz',
  title: `${cases} damaged configurations: accepted, or refused with a place`,
  async run(say) {
    const seed = Number(process.env['FUZZ_SEED'] ?? Date.now() % 2 ** 31);
    const started = performance.now();
    const { accepted, refused, failures } = await boundedFuzz(cases, seed);
    const took = milliseconds(performance.now() - started);
    say(
      `  FUZZ_SEED=${seed}: ${accepted} accepted, ${refused} refused with a place, ${failures.length} failed, in ${took}`,
    );
    for (const { index, text, why } of failures.slice(0, 10)) {
      say(`  case ${index}: ${why}\n${text.replaceAll(/^/gm, '    ')}`);
    }
    return [];
  },
};
