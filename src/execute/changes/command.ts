import { defined } from '../../defined.ts';
import { quote, quoteAll } from '../../host/shell/quote.ts';
import { Secret } from '../../secret.ts';
import type { CommandChange } from '../change.ts';
import type { Entry, Kind } from './kind.ts';
import { unseen } from './kind.ts';
import { hereDocument } from './script-lines.ts';
import { keptOrNew } from './undo-entry.ts';

/** A command on the host: the phase has found that it is needed. */
export const command: Kind<CommandChange> = {
  before: unseen.before,
  holds: () => false,
  performed: {
    by: 'host',
    operations: ({ argv, stdin, deadline }) => [{ op: 'run', argv, ...defined({ stdin, deadline }) }],
  },
  rehearsed: 'alike',
  words: ({ what, removes, argv }) => what ?? (removes ? `removing ${some(removes)}` : `\`${argv.join(' ')}\``),
  entries: ({ removes, argv, stdin }): readonly Entry[] =>
    removes?.map((what) => ({ action: 'delete', what })) ?? [
      { action: 'run', what: `${quoteAll(argv)}${stdin === undefined ? '' : ' < (input)'}` },
    ],
  script: ({ argv, stdin, optional }) => {
    const line = `${quoteAll(argv)}${optional ? ' || :' : ''}`;
    if (stdin === undefined) return [line];
    if (stdin instanceof Secret) return [`${line} <"$SECRETS"/input-of-${quote(argv[0]?.split('/').at(-1) ?? '')}`];
    return [hereDocument(line, stdin.replace(/\n?$/, '\n'))];
  },
  undo: ({ rewrites = [], undo }, observed) => [
    ...rewrites.map((path) => keptOrNew(path, observed)),
    ...(undo ? [{ kind: 'command' as const, argv: undo }] : []),
  ],
};

function some(names: readonly string[]): string {
  const more = names.length - 5;
  return more > 1 ? `${names.slice(0, 5).join(', ')} and ${more} more` : names.join(', ');
}
