import { exitCodes, InputError, KinitError } from '../errors.ts';
import { catalogOf } from './catalog.ts';
import { codeOf, codeOfExit } from './names.ts';
import { readerBy } from './reading.ts';

/**
 * The codes under which `kinit explain` tells more of an error: those of its sentences, of the checks that it names, else
 * that of its exit code. Their catalog is read only where something went wrong.
 */
export async function errorCodes(error: unknown): Promise<readonly string[]> {
  if (!(error instanceof KinitError)) return [codeOfExit(exitCodes.bug)];
  const own = [...checksIn(error), ...(await sentenceCodes(sentencesOf(error)))];
  return own.length === 0 ? [codeOfExit(error.exitCode)] : [...new Set(own)];
}

/** The codes of the sentences that have one; none where the catalog cannot be read, as without a free file to open. */
export async function sentenceCodes(sentences: readonly string[]): Promise<readonly string[]> {
  if (sentences.length === 0) return [];
  try {
    const read = readerBy(await catalogOf(['errors']));
    return sentences.flatMap((sentence) => read(sentence).code ?? []);
  } catch {
    return [];
  }
}

/** Where kubeadm's block of problems is the message, its lines are not sentences of errors. */
function sentencesOf(error: KinitError): readonly string[] {
  if (error instanceof InputError) return error.problems.map(({ message }) => message);
  return error.exitCode === exitCodes.preflight ? [] : [error.message.split('\n')[0] ?? ''];
}

function checksIn({ message }: KinitError): readonly string[] {
  return [...message.matchAll(/^\t\[ERROR ([^\]]+)\]/gm)].flatMap(([, name = '']) => codeOf(name) ?? []);
}
