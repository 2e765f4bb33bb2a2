import { type ExitCode, exitCodes } from '../../src/errors.ts';
import { explanations } from '../../src/messages/explain.ts';
import { codeOf, codeOfExit, namedNumbers, topics } from '../../src/messages/names.ts';
import { checks } from '../../src/preflight/checks.ts';
import { code, made, table, words } from './markdown.ts';

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

/** The page of what may go wrong: exit codes, the names of preflight's checks and doctor's findings, and their codes. */
export async function errorsPage(): Promise<string> {
  const exits = Object.values(exitCodes).toSorted((a, b) => a - b);
  const kubeadms = new Set(checks.filter(({ origin }) => origin === 'kubeadm').map(({ name }) => name));
  const nameOf = (name: string) => `${code(name)}${kubeadms.has(name) ? ' *' : ''}`;
  return `# When something is wrong
${made('the tables of exit codes, checks, findings and topics')}
An error says what failed, on which host, why, the command that mends it, and its code; ${code('kinit explain KINIT-4012')} (or
${code('kinit explain Swap')}) tells the cause, how to look closer and how to mend it. ${code('-v 5')} shows stack traces.
[What is wrong](../doctor.md) tells of ${code('kinit doctor')}.

## For scripts

${code('-o json')} gives one JSON document, or one event a line for long work: the last line is ${code('{"type": "result", "code": 0, ...}')},
also where something fails (then with ${code('error')} and ${code('hint')}); ${code('kinit config schema events')} prints its schema. A reader that goes
away (\`| head -1\`) ends the output and not the work; a terminal that is closed is Ctrl-C.

## Exit codes

${table(
  ['exit code', 'meaning', 'code'],
  exits.map((exit) => [String(exit), meanings[exit], exit === exitCodes.done ? '' : codeOfExit(exit)]),
)}
## Preflight's checks

${code('--ignore-preflight-errors NAME')} makes the errors of a check warnings; ${code('all')} those of every check. A family such as ${code('Port')} has a
name for each port: ${code('Port-6443')}. Those with a star are kubeadm's own, by its names.

${await explained(['checks'], nameOf)}
## Doctor's findings

Of what preflight sees too, the name is the one that it has there.

${await explained(['findings'], nameOf)}
## Sentences of errors

Their codes are in these ranges; ${code('kinit explain')} has each.

${table(['from', 'about'], await topicRows())}`;
}

/** What these files tell of each name, in the order of their codes. */
async function explained(files: readonly string[], nameOf: (name: string) => string): Promise<string> {
  const told = [...(await explanations(files))].toSorted(
    ([a], [b]) => (namedNumbers.get(a) ?? 0) - (namedNumbers.get(b) ?? 0),
  );
  const rows = told.map(([name, { en }]) => [codeOf(name) ?? '', nameOf(name), words(en.cause), words(en.mend)]);
  return table(['code', 'name', 'cause', 'how to mend it'], rows);
}

async function topicRows(): Promise<readonly (readonly string[])[]> {
  const told = await explanations(['topics']);
  return topics.map(([topic, first]) => [`KINIT-${first}`, `${topic}: ${words(told.get(topic)?.en.cause ?? '')}`]);
}
