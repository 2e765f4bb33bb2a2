import { type Catalog, catalogParts, catalogTexts, catalogWith } from './catalog.ts';
import { columnsOf, padded } from './columns.ts';
import type { Words } from './language.ts';
import { parsePo } from './po.ts';
import { type Reader, readerBy } from './reading.ts';

/** What kinit says in Chinese. The catalog is made of its files when the first word is said: many runs have only a product. */
export async function chinese(): Promise<Words> {
  const texts = await catalogTexts(catalogParts);
  let words: Words | undefined;
  return {
    language: 'zh',
    of(text) {
      words ??= chineseWith(catalogWith(texts.flatMap(parsePo)));
      return words.of(text);
    },
  };
}

/** The words that a catalog has. */
export function chineseWith(catalog: Catalog): Words {
  const read = readerBy(catalog);
  const of = (text: string) =>
    text
      .split('\n')
      .map((line) => lineOf(line, read))
      .join('\n');
  return { language: 'zh', of };
}

/** `[init] ...`, what a machine has said behind its bar, and a plan: its steps and the differences of files below them. */
const notOurs = /^(?:[\w.-]+: )?(?:\[[\w/-]+\] |\s*\| )|^[-+~!] \[|^ {4}[-+@ ]/;
/** A problem in kubeadm's form, with its name, its sentence and what was seen. */
const kubeadmProblem = /^(.*?)\t\[(?:ERROR|WARNING)(?: [^\]]+)?\]: ?(.*)$/;

function lineOf(line: string, read: Reader): string {
  const problem = kubeadmProblem.exec(line);
  if (problem !== null) return withExplanation(line, problem[1] ?? '', problem[2] ?? '', read);
  return notOurs.test(line) ? line : inColumns(line, read);
}

/** A line of a table says each cell where it stood, as far as there is room for what it says now; any other is read as it is. */
function inColumns(line: string, read: Reader): string {
  const whole = read(line);
  const cells = [...line.trimEnd().matchAll(/\S(?:.*?\S)??(?= {2,}|$)/g)].map(({ index, 0: cell }) => ({
    at: index,
    reading: read(cell),
  }));
  const left = cells.reduce((sum, { reading }) => sum + reading.left, 0);
  if (cells.length < 2 || whole.left < left) return whole.said;
  return cells.reduce((said, { at, reading }) => {
    const before = said === '' ? at : Math.max(at, columnsOf(said) + 2);
    return `${padded(said, before)}${reading.said}`;
  }, '');
}

/** kubeadm's line stays; what it says in Chinese stands below it. */
function withExplanation(line: string, before: string, text: string, read: Reader): string {
  const { said } = read(text);
  return said === text ? line : `${line}\n${before}\t\t${said}`;
}
