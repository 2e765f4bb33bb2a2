import { it } from 'vitest';

/** Whether $KINIT_LAB_FAULTS asks for the tests that take longer than every run can bear. */
export const everyFault = process.env['KINIT_LAB_FAULTS'] !== undefined;

/** One of them: without the variable it is not there. */
export function fault(name: string, test: () => Promise<void>): void {
  if (everyFault) it(name, test);
}
