import { quote } from '../../host/shell/quote.ts';
import { oneLine } from '../../printable.ts';
import type { AwaitedChange } from '../change.ts';
import { type Kind, told, unseen } from './kind.ts';

/** A path that a service of the host makes. */
export const awaited: Kind<AwaitedChange> = {
  ...unseen,
  holds: () => false,
  performed: {
    by: 'host',
    operations: ({ path, deadline }) => [{ op: 'run', argv: ['sh', '-c', awaiting, 'sh', path], deadline }],
  },
  rehearsed: told,
  words: ({ what }) => `waiting for ${what}`,
  script: ({ path, what }) => [`# waits for ${oneLine(what)}`, `until [ -s ${quote(path)} ]; do sleep 1; done`],
};

/** The loop runs on the host: one round trip for the whole wait. */
const awaiting = 'until [ -s "$1" ]; do sleep 0.05 2>/dev/null || sleep 1; done';
