import type { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import type { Io } from '../../../src/commands/io.ts';
import { programFor } from '../../../src/commands/program.ts';
import { commandTable } from '../../../src/commands/table.ts';
import { columnsOf } from '../../../src/messages/columns.ts';
import { chinese } from '../../../src/messages/words.ts';
import { kinit } from '../../command-line.ts';

const words = await chinese();
const io = { words, stdout: { write() {} }, stderr: { write() {} }, env: {}, result() {} } as unknown as Io;

/** The help of a command and of all below it, a text each. */
function helpOf(command: Command): readonly string[] {
  return [command.helpInformation(), ...command.commands.flatMap((child) => helpOf(child as Command))];
}

async function loaded(name: string): Promise<readonly string[]> {
  const program = await programFor([name], io, () => {});
  return program.commands.filter((one) => one.name() === name).flatMap((one) => helpOf(one as Command));
}

/** Three English words in a row, once terms, commands and what they take are out of a help. */
function englishIn(help: string): readonly string[] {
  const text = help
    .split('\n')
    .filter((line) => !line.startsWith('用法'))
    .map((line) => line.replace(/^ {2}\S.*? {2,}/, '').trim())
    .join(' ')
    .replaceAll(/(?<=[\u4e00-\u9fff（]) (?=[\u4e00-\u9fff])/g, '')
    .replaceAll(/`[^`]*`|"[^"]*"|（可选：[^）；]*/g, '')
    .replaceAll(/\b(?:kinit|kubeadm|openssl|docker|ctr|age|kube-proxy|upgrade)(?: [a-z][\w-]*)+|init phase certs/g, '');
  return text.match(/(?:\b[a-z]{2,},? ){2,}[a-z]{2,}/gi) ?? [];
}

describe('help in Chinese', () => {
  it('of the program', async () => {
    const { out } = await kinit(['--help', '--lang', 'zh']);
    expect(out).toContain('用法： kinit [options] [command]');
    expect(out).toMatch(/ {2}init \[options\] +建立控制平面，在本机或通过 SSH\n/);
    expect(englishIn(out)).toEqual([]);
  });

  it.each(commandTable.map(({ name }) => name))(
    'of kinit %s and of all below it has no English sentence',
    async (name) => {
      const helps = await loaded(name);
      expect(helps.length).toBeGreaterThan(0);
      for (const help of helps) {
        expect(englishIn(help)).toEqual([]);
        expect(help).toMatch(/[\u4e00-\u9fff]/);
      }
    },
  );

  it('finds an English sentence in one', () => {
    expect(englishIn('选项：\n  --yes   do not ask before it begins\n')).toEqual(['do not ask before it begins']);
  });

  it('is no wider than a terminal, though its characters take two columns', async () => {
    for (const line of (await loaded('upgrade')).join('\n').split('\n'))
      expect(columnsOf(line)).toBeLessThanOrEqual(82);
  });

  it('is English where nothing else is asked for', async () => {
    const { out } = await kinit(['init', '--help']);
    expect(out).toContain('Options:');
    expect(out).not.toMatch(/[\u4e00-\u9fff]/);
  });
});
