import { type ExitCode, exitCodes } from '../../src/errors.ts';
import { checks } from '../../src/preflight/checks.ts';
import { code, made, table } from './markdown.ts';

const meanings: Readonly<Record<ExitCode, string>> = {
  [exitCodes.done]: 'done',
  [exitCodes.phaseFailed]: 'a phase failed',
  [exitCodes.preflight]:
    'preflight failed, or the host carries something else: nothing was touched; `doctor`: something is wrong',
  [exitCodes.badInput]: 'bad flags or configuration: nothing was touched',
  [exitCodes.someHostsFailed]: 'some hosts failed, the others are done',
  [exitCodes.differences]: 'differences found (`plan --exit-code`), or leftovers after reset',
  [exitCodes.trustRefused]: 'trust refused: a host key, a CA pin, a signature',
  [exitCodes.bug]: 'a bug of ours, with a stack',
  [exitCodes.interrupted]: 'interrupted; run the same command again to go on',
};

/** The page of what may go wrong: exit codes, and the names of preflight's checks. */
export function errorsPage(): string {
  const exits = Object.values(exitCodes).toSorted((a, b) => a - b);
  const origins = new Map(checks.map(({ name, origin }) => [name, origin]));
  const rows = [...origins].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([name, origin]) => [code(name), origin]);
  return `# When something is wrong
${made('the tables of exit codes and of preflight’s checks')}
An error says what failed, on which host, why, and the command that mends it. \`-v 5\` shows stack traces.
[What is wrong](../doctor.md) tells of \`kinit doctor\`.

## For scripts

\`-o json\` gives one JSON document, or one event a line for long work: the last line is \`{"type": "result", "code": 0, ...}\`,
also where something fails (then with \`error\` and \`hint\`); \`kinit config schema events\` prints its schema. A reader that goes
away (\`| head -1\`) ends the output and not the work; a terminal that is closed is Ctrl-C.

## Exit codes

${table(
  ['exit code', 'meaning'],
  exits.map((exit) => [String(exit), meanings[exit]]),
)}
## Preflight's checks

\`--ignore-preflight-errors NAME\` makes the errors of a check warnings; \`all\` those of every check. A family such as \`Port\` has a
name for each port: \`Port-6443\`. *kubeadm*: its own check, by its name; *kinit*: one that kinit adds.

${table(['check', 'of'], rows)}`;
}
