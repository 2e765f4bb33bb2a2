import { describe, expect, it } from 'vitest';
import { InputError, KinitError } from '../../../src/errors.ts';
import { errorCodes } from '../../../src/messages/error-codes.ts';
import { codeOf } from '../../../src/messages/names.ts';
import { kinit } from '../../command-line.ts';

describe('kinit explain', () => {
  it.each(['KINIT-4014', 'kinit-4014', '4014', 'Swap', 'swap'])('takes %s', async (asked) => {
    const { code, out } = await kinit(['explain', asked]);
    expect(code).toBe(0);
    expect(out).toMatch(
      /^KINIT-4014 Swap\n\nCause:\n {2}Swap is on\..*\n\nHow to look:\n[\s\S]*How to mend it:\n {2}swapoff -a/,
    );
  });

  it('says it in Chinese', async () => {
    const { out } = await kinit(['explain', 'Swap', '--lang', 'zh']);
    expect(out).toMatch(/^KINIT-4014 Swap\n\n原因：\n {2}交换分区已启用。/);
  });

  it('has both languages for a machine', async () => {
    const { out } = await kinit(['explain', 'Port-6443', '-o', 'json']);
    const told = { cause: expect.any(String), look: expect.any(String), mend: expect.any(String) };
    expect(JSON.parse(out)).toEqual({ code: codeOf('Port'), name: 'Port', told: { en: told, zh: told } });
  });

  it('tells the sentence of an error, and what it is about', async () => {
    const [code = ''] = await errorCodes(new KinitError('cannot connect to root@cp1: timed out'));
    const { out } = await kinit(['explain', code]);
    expect(out).toContain('cannot connect to {where}: {why}');
    expect(out).toContain('ssh -v USER@HOST true');
  });

  it('refuses what is no code', async () => {
    const { code, err } = await kinit(['explain', 'KINIT-9999']);
    expect(code).toBe(3);
    expect(err).toContain('"KINIT-9999" is no code');
  });
});

describe('an error bears its code', () => {
  it.each([
    ['of its sentence', new KinitError('certs: writing ca.crt failed with exit code 2'), /^KINIT-1\d{3}$/],
    [
      'of a problem of the input',
      new InputError([{ place: 'a.yaml:3 x', message: 'is required' }]),
      /^KINIT-15\d\d|KINIT-16\d\d$/,
    ],
    [
      'of its checks',
      new KinitError('[preflight]\n\t[ERROR Swap]: on', { exitCode: 2, ownLines: true }),
      /^KINIT-4014$/,
    ],
    ['of its exit code, where it is not known', new KinitError('something rare', { exitCode: 6 }), /^KINIT-1006$/],
    ['of a bug', new TypeError('x'), /^KINIT-1070$/],
  ])('%s', async (_, error, code) => {
    expect((await errorCodes(error))[0]).toMatch(code);
  });

  it('in the text, and in JSON', async () => {
    const text = await kinit(['certs', 'renew']);
    expect(text.err).toMatch(
      /^error: certs renew: say which certificate, or all\n.*\n {2}more: kinit explain KINIT-\d{4}\n$/,
    );
    const { out } = await kinit(['up', '--config', '/nowhere.yaml', '-o', 'json']);
    expect(JSON.parse(out)).toMatchObject({ type: 'result', code: 3, codes: [expect.stringMatching(/^KINIT-\d{4}$/)] });
  });

  it('in Chinese too', async () => {
    const { err } = await kinit(['certs', 'renew', '--lang', 'zh']);
    expect(err).toMatch(/^错误：certs renew：请指明哪个证书，或 all\n.*\n {2}详情：kinit explain KINIT-\d{4}\n$/);
  });

  it('where a flag is none', async () => {
    const { err } = await kinit(['init', '--no-such-flag', '--lang=zh']);
    expect(err).toMatch(/^错误：未知选项 '--no-such-flag'\n[\s\S]*详情：kinit explain KINIT-\d{4}\n$/);
  });

  it('says once that a language is not there', async () => {
    const { err } = await kinit(['certs', 'renew', '--lang', 'xx']);
    expect(err.match(/does not speak "xx"/g)).toHaveLength(1);
    expect(err).toContain('error: certs renew: say which certificate, or all');
  });
});
