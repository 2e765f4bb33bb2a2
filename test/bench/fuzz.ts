import { fuzzConfig } from './fuzz-config.ts';
import { type Bench, milliseconds, timed } from './measure.ts';

const cases = 20_000;

/** Damaged configurations by the thousand; prints what was not refused as it should be. */
export const fuzz: Bench = {
  name: 'fuzz',
  title: `${cases} damaged configurations: accepted, or refused with a place`,
  async run(say) {
    const seed = Number(process.env['FUZZ_SEED'] ?? Date.now());
    let result: Awaited<ReturnType<typeof fuzzConfig>> | undefined;
    const took = await timed(async () => {
      result = await fuzzConfig(cases, seed);
    });
    const { accepted = 0, refused = 0, failures = [] } = result ?? {};
    say(
      `  seed ${seed}: ${accepted} accepted, ${refused} refused with a place, ${failures.length} neither, in ${milliseconds(took)}`,
    );
    for (const { text, why } of failures.slice(0, 10)) say(`  ${why}\n${text.replaceAll(/^/gm, '    ')}`);
    return [];
  },
};
