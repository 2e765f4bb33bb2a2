import { PassThrough } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { confirmed } from '../../../src/commands/input/ask.ts';
import { passwordLine } from '../../../src/commands/input/password.ts';
import { readSudoPassword, sshSettings } from '../../../src/commands/input/targets.ts';
import type { Io } from '../../../src/commands/io.ts';
import { kinit } from '../../command-line.ts';

/** Standard input that gets these parts and then stays open, unless it ends. */
function ioWith(parts: readonly (string | Buffer)[], { ends = true } = {}): Io {
  const stdin = new PassThrough();
  for (const part of parts) stdin.write(part);
  if (ends) stdin.end();
  const stderr = new PassThrough();
  return { stdin, stderr, env: { HOME: '/nonexistent' } } as unknown as Io;
}

async function sudoPassword(io: Io): Promise<string | undefined> {
  return (await sshSettings({ sudoPasswordStdin: true }, io)).sudoPassword?.reveal();
}

describe('a password', () => {
  const endings = {
    LF: 'pä ss\n',
    'CR LF': 'pä ss\r\n',
    none: 'pä ss',
    'a lone CR': 'pä ss\r',
    'more lines': 'pä ss\nx\n',
  };

  test.each(Object.entries(endings))('is cut alike from a file and from standard input: %s', async (_, text) => {
    expect(passwordLine(text, 'file').reveal()).toBe('pä ss');
    expect(await sudoPassword(ioWith([text]))).toBe('pä ss');
  });

  test('may come in parts that split a character, from a pipe that stays open', async () => {
    const bytes = Buffer.from('pä\r\n');
    expect(await sudoPassword(ioWith([bytes.subarray(0, 2), bytes.subarray(2)], { ends: false }))).toBe('pä');
  });

  test.each([
    ['', /first line is empty/],
    ['\r\nx', /first line is empty/],
    ['p\u0000a\u0000', /control characters/],
    ['pa\u0003ss', /control characters/],
  ])('is refused where no prompt takes it: %j', async (text, message) => {
    expect(() => passwordLine(text, 'ssh.passwordFile pw')).toThrow(message);
    await expect(sudoPassword(ioWith([text]))).rejects.toMatchObject({ exitCode: 3 });
  });

  test.each([
    ['pw\ny\n', true],
    ['pw\r\nyes\r\n', true],
    ['y\ny', true],
    ['pw\nn\n', false],
    ['y\n', false],
    ['y', false],
  ])('is the first line, and the answer to a question the second: %j', async (text, agreed) => {
    const io = ioWith([text]);
    await readSudoPassword({ sudoPasswordStdin: true }, io);
    expect(await confirmed('Sure?', io, { piped: true })).toBe(agreed);
    expect(await sudoPassword(io)).toBe(text.split(/\r?\n/)[0]);
  });
});

describe('kinit reset', () => {
  test('--sudo-password-stdin without --force and without an answer ends, and says how to answer', async () => {
    const stdin = new PassThrough();
    stdin.end('y\n');
    const { code, err } = await kinit(['reset', '--host', 'root@192.0.2.1', '--sudo-password-stdin'], { stdin });
    expect(err).toContain('give y on the line after the password, or --force');
    expect(code).toBe(1);
  });
});

describe('flags of SSH that cannot be meant are refused before anything is dialled', () => {
  test.each([
    ['--ssh-port', 'abc', 'the port is not a number from 1 to 65535'],
    ['--ssh-port', '0', 'the port is not a number from 1 to 65535'],
    ['--ssh-port', '65536', 'the port is not a number from 1 to 65535'],
    ['--ssh-port', '22.5', 'the port is not a number from 1 to 65535'],
    ['--ssh-port', '', 'the port is not a number from 1 to 65535'],
    ['--ssh-user', '-oProxyCommand=x', 'not a user name'],
    ['--ssh-user', '', 'not a user name'],
    ['--bastion', 'gate:abc', 'the port is not a number from 1 to 65535'],
    ['--bastion', 'a,,b', 'the address is missing'],
    ['--bastion', '-x', 'an address does not start with a hyphen'],
  ])('%s %s', async (flag, value, message) => {
    for (const command of [
      ['init'],
      ['reset', '--force'],
      ['token', 'list'],
      ['status', '--config', '/none'],
      ['prepare', '--config', '/none'],
    ]) {
      const host = command.includes('--config') ? [] : ['--host', 'root@192.0.2.1'];
      const { code, err } = await kinit([...command, ...host, `${flag}=${value}`]);
      expect(err).toContain(message);
      expect(code).toBe(3);
    }
  });
});
