import { bareToReady } from './bare-to-ready.ts';
import { figureTable } from './figure-table.ts';
import { filePhases } from './file-phases.ts';
import { fuzz } from './fuzz.ts';
import { kill } from './kill.ts';
import { localJoin } from './local-join.ts';
import { manyMasters } from './many-masters.ts';
import { type Bench, type Figure, load } from './measure.ts';
import { renewal } from './renewal.ts';
import { startUp } from './start-up.ts';
import { upgradeOfFour } from './upgrade.ts';
import { upgradeTraffic } from './upgrade-traffic.ts';
import { upgradeWalk } from './upgrade-walk.ts';
import { wholeInit } from './whole-init.ts';

/**
 * `npm run bench [-- NAME ...]`: figures beside a peer's, measured in the same run. On a busy machine
 * `chrt -r 5 npm run bench -- version files` gives the short ones their quiet.
 */
const benches: readonly Bench[] = [
  startUp,
  filePhases,
  wholeInit,
  localJoin,
  bareToReady,
  manyMasters,
  upgradeOfFour,
  upgradeTraffic,
  upgradeWalk,
  renewal,
  fuzz,
  kill,
];

const say = (line: string): void => void process.stderr.write(`${line}\n`);

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !benches.some((bench) => bench.name === name));
if (unknown.length > 0) {
  say(`there is no bench ${unknown.join(', ')}; there are:`);
  for (const { name, title } of benches) say(`  ${name.padEnd(8)} ${title}`);
  process.exit(3);
}

const figures: Figure[] = [];
for (const bench of benches.filter(({ name }) => wanted.length === 0 || wanted.includes(name))) {
  say(`${bench.title} (${load()})`);
  figures.push(...(await bench.run(say)));
}
if (figures.length > 0) process.stdout.write(figureTable(figures));
