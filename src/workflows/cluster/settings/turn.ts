import { KinitError } from '../../../errors.ts';
import { slots } from '../../../host/slots.ts';

/** Runs work on a node when it is its turn. */
export type SettingsTurn = <T>(node: string, work: () => Promise<T>) => Promise<T>;

/** One node after the other, and none after one on which it failed: what breaks a node breaks no second one. */
export function settingsTurn(): SettingsTurn {
  const turn = slots(1);
  let failed: string | undefined;
  return (node, work) =>
    turn(async () => {
      if (failed !== undefined) throw held(node, failed);
      try {
        return await work();
      } catch (error) {
        failed = node;
        throw error;
      }
    });
}

function held(node: string, failed: string): KinitError {
  return new KinitError(`its settings stay as they are, since the new ones did not hold on ${failed}`, {
    host: node,
    hint: `mend what ${failed} says in the file, then run the same command again`,
  });
}
