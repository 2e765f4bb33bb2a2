import { InputError, type InputProblem } from '../errors.ts';
import { tokenShape } from '../secret.ts';
import { pathText, type YamlPath } from '../yaml-place.ts';
import type { FileDocument } from './documents.ts';
import { withStrangeNamed } from './strange-characters.ts';

/** Tells that the field at `path` is wrong. */
export type Report = (path: YamlPath, message: string) => void;

/** Gathers what is wrong, so that the user hears of everything at once. */
export interface Findings {
  readonly report: (place: string, message: string) => void;
  /** Throws one InputError with all that was reported, if anything was. */
  readonly throwIfAny: (hint?: string) => void;
}

/** Findings of which there are none yet; bootstrap tokens are taken out of what is reported, and nothing is reported twice. */
export function findings(): Findings {
  const problems: InputProblem[] = [];
  return {
    report(place, message) {
      const problem = { place, message: withStrangeNamed(shortened(withoutTokens(message))) };
      if (!problems.some((known) => known.place === place && known.message === problem.message)) problems.push(problem);
    },
    throwIfAny: (hint) => {
      if (problems.length > 0) throw new InputError(problems, hint);
    },
  };
}

/** What a message quotes, as far as anybody reads it: a host may say a name of a megabyte. */
function shortened(message: string): string {
  return message.replace(/"([^"]{200})[^"]+"/g, '"$1..."');
}

/** Where a field comes from: the flag that set it, its line in the file, or its bare name. */
export function placesOf(
  document: FileDocument<unknown> | undefined,
  flags: ReadonlyMap<string, string> = new Map(),
): (path: YamlPath) => string {
  return (path) => {
    for (let length = path.length; length > 0; length--) {
      const flag = flags.get(pathText(path.slice(0, length)));
      if (flag !== undefined) return flag;
    }
    return document?.placeOf(path) ?? pathText(path);
  };
}

/** A token that was put into the wrong field is still a secret. */
export function withoutTokens(message: string): string {
  return message.replace(tokenShape, '<redacted>');
}
