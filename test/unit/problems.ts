import { InputError } from '../../src/errors.ts';

/** `place: message` of each problem that the work ends with; none where it succeeds. */
export async function problemsOf(work: Promise<unknown>): Promise<readonly string[]> {
  try {
    await work;
    return [];
  } catch (error) {
    if (error instanceof InputError) return error.problems.map(({ place, message }) => `${place}: ${message}`);
    throw error;
  }
}
