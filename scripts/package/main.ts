import { readFileSync, rmSync } from 'node:fs';
import { platform } from 'node:os';
import { join } from 'node:path';
import { InputError, KinitError } from '../../src/errors.ts';
import { errorText } from '../../src/report/error-text.ts';
import { type Architecture, architectures } from './architectures.ts';
import { differentFiles } from './checksums.ts';
import { make } from './make.ts';
import { root } from './released.ts';
import { tool } from './tool.ts';

const usage = `npm run package [-- ARCHITECTURE ...] [-- --twice]
  makes in packages/: executables and RPMs (${architectures.map(({ name }) => name).join(', ')}; all unless named), the npm
  package, a CycloneDX SBOM and SHA256SUMS. --twice makes everything once more and compares.`;

const folder = join(root, 'packages');
const say = (line: string): void => void process.stdout.write(`${line}\n`);

try {
  await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(errorText(error, { verbosity: 0, interrupted: false }));
  process.exitCode = error instanceof KinitError ? error.exitCode : 70;
}

async function main(words: readonly string[]): Promise<void> {
  if (words.includes('--help')) return say(usage);
  const wanted = wantedOf(words.filter((word) => word !== '--twice'));
  if (platform() !== 'linux') throw new KinitError('packages are made on Linux');
  // What is missing is said before minutes have gone by.
  for (const program of ['npm', 'rpmbuild', 'tar']) tool(program, ['--version']);
  await make(folder, wanted, say);
  if (words.includes('--twice')) await compareWithSecond(wanted);
}

function wantedOf(words: readonly string[]): readonly Architecture[] {
  const unknown = words.filter((word) => !architectures.some(({ name }) => name === word));
  if (unknown.length > 0)
    throw new InputError(
      unknown.map((place) => ({ place, message: 'no such architecture' })),
      usage,
    );
  return architectures.filter(({ name }) => words.length === 0 || words.includes(name));
}

/** Makes everything once more; throws where a byte differs. */
async function compareWithSecond(wanted: readonly Architecture[]): Promise<void> {
  const second = join(root, 'packages-second');
  try {
    await make(second, wanted, () => undefined);
    const [one, other] = [folder, second].map((each) => readFileSync(join(each, 'SHA256SUMS'), 'utf8'));
    const different = differentFiles(one ?? '', other ?? '');
    if (different.length > 0) throw new KinitError(`made twice, these differ: ${different.join(', ')}`);
    say('made twice: equal to the last byte');
  } finally {
    rmSync(second, { recursive: true, force: true });
  }
}
