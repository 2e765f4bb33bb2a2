import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { commandTable } from '../../../src/commands/table.ts';
import { kinit } from '../../command-line.ts';

const shells = ['bash', 'zsh', 'fish'] as const;
type Shell = (typeof shells)[number];

/** Prints what completes the last of the words, one a line. */
const questions: Readonly<Record<Shell, (script: string, words: readonly string[]) => readonly string[]>> = {
  bash: (script, words) => [
    '--noprofile',
    '--norc',
    '-c',
    `source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _kinit_completion; printf '%s\\n' "\${COMPREPLY[@]}"`,
    'bash',
    script,
    ...words,
  ],
  // The completion system itself needs a terminal: what the script tells it is enough.
  zsh: (script, words) => [
    '-f',
    '-c',
    `compdef() { : }
     _files() { : }
     _describe() { print -l -- \${\${(P)@[-1]}%%:*} }
     compadd() { shift; print -l -- "$@" }
     source "$1"; shift; words=("$@"); CURRENT=$#; PREFIX=$words[-1]; _kinit_completion`,
    'zsh',
    script,
    ...words,
  ],
  fish: (script, words) => ['-c', `source ${script}; complete -C '${words.join(' ')}'`],
};

const installed = new Map<Shell, boolean>();
for (const shell of shells) {
  installed.set(shell, !(await execa(shell, ['--version'], { reject: false, stdin: 'ignore' })).failed);
}

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kinit-completion-'));
  for (const shell of shells) {
    const { code, out } = await kinit(['completion', shell]);
    expect(code).toBe(0);
    await writeFile(join(folder, `kinit.${shell}`), out);
  }
});
afterAll(() => rm(folder, { recursive: true }));

/** What the shell offers for the last word, as far as it begins like it. */
async function offers(shell: Shell, line: string): Promise<readonly string[]> {
  const words = line.split(' ');
  const argv = questions[shell](join(folder, `kinit.${shell}`), words);
  const { stdout, stderr } = await execa(shell, argv, { env: { HOME: folder } });
  expect(stderr).toBe('');
  const all = stdout.split('\n').map((each) => each.split('\t')[0] ?? '');
  return all.filter((each) => each !== '' && each.startsWith(words.at(-1) ?? '')).sort();
}

const cases = shells.map((shell) => [shell, installed.get(shell) ? '' : ' (not installed here)'] as const);

describe.each(cases)('completion for %s%s', (shell, reason) => {
  const test = reason === '' ? it : it.skip;

  test('offers every command of the table', async () => {
    expect(await offers(shell, 'kinit ')).toEqual([...commandTable.map(({ name }) => name), 'help'].sort());
    expect(await offers(shell, 'kinit in')).toEqual(['init']);
  });

  test('offers the flags of the command, behind flags with values too', async () => {
    expect(await offers(shell, 'kinit init --pod-n')).toEqual(['--pod-network-cidr']);
    expect(await offers(shell, 'kinit -v 5 init --host root@10.0.0.1 --pod-n')).toEqual(['--pod-network-cidr']);
    expect(await offers(shell, 'kinit join --pod-n')).toEqual([]);
    expect(await offers(shell, 'kinit token create --print')).toEqual(['--print-join-command']);
  });

  test('offers sub-commands by the words that lead there, aliases among them', async () => {
    expect(await offers(shell, 'kinit token ')).toEqual(['create', 'delete', 'generate', 'list']);
    expect(await offers(shell, 'kinit certificates ren')).toEqual(['renew']);
    expect(await offers(shell, 'kinit init phase kubelet-f')).toEqual(['kubelet-finalize']);
    expect(await offers(shell, 'kinit config print init-d')).toEqual(['init-defaults']);
  });

  test('takes the value of a flag for no command', async () => {
    expect(await offers(shell, 'kinit init --node-name phase kubelet')).toEqual([]);
  });

  test('offers the few values that a flag takes', async () => {
    expect(await offers(shell, 'kinit version --output ')).toEqual(['json', 'short', 'yaml']);
  });
});
