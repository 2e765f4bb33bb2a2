import { type Catalog, catalogParts, catalogTexts, catalogWith } from './catalog.ts';
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

/** `[init] ...`, and what a machine has said behind its bar. */
const notOurs = /^(?:[\w.-]+: )?(?:\[[\w/-]+\] |\s*\| )/;
/** A problem in kubeadm's form, with its name, its sentence and what was seen. */
const kubeadmProblem = /^(.*?)\t\[(?:ERROR|WARNING)(?: [^\]]+)?\]: ?(.*)$/;

function lineOf(line: string, read: Reader): string {
  const problem = kubeadmProblem.exec(line);
  if (problem !== null) return withExplanation(line, problem[1] ?? '', problem[2] ?? '', read);
  return notOurs.test(line) ? line : read(line).said;
}

/** kubeadm's line stays; what it says in Chinese stands below it. */
function withExplanation(line: string, before: string, text: string, read: Reader): string {
  const { said } = read(text);
  return said === text ? line : `${line}\n${before}\t\t${said}`;
}
