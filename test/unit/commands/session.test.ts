import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import type { Io } from '../../../src/commands/io.ts';
import { type Closing, inQuietSession, inSession, type Session } from '../../../src/commands/session.ts';

/** What happened, in its order. */
function listening() {
  const happened: string[] = [];
  const stderr = { write: (text: string) => void happened.push(text.trim()) };
  const io: Io = {
    stdin: new PassThrough(),
    stdout: stderr,
    stderr,
    terminal: new PassThrough(),
    env: { HOME: '/nonexistent' },
    cwd: '/',
    signal: new AbortController().signal,
    now: () => 0,
    result: () => undefined,
  };
  const opened = (name: string) => ({ close: async () => void happened.push(`closed ${name}`) });
  const run = (work: (session: Session) => Promise<number | undefined>) =>
    inSession({ flags: {}, io, exit: (code) => void happened.push(`exit ${code}`) }, work);
  const quietly = <Result>(work: (session: Session) => Promise<Result>) => inQuietSession(io, work);
  return { happened, opened, run, quietly };
}

describe('the session of a command', () => {
  it('closes what was opened in it, the last first, and hands on the exit code', async () => {
    const { happened, opened, run } = listening();
    await run(async (session) => {
      session.closing(opened('host'));
      session.closing(opened('client'));
      return 4;
    });
    expect(happened).toEqual(['exit 4', 'closed client', 'closed host']);
  });

  it('closes it too where the work fails, and what is there only later', async () => {
    const { happened, opened, run } = listening();
    const failing = run(async (session) => {
      session.closing(new Promise<Closing>((resolve) => setImmediate(() => resolve(opened('slow host')))));
      session.closing(Promise.reject(new Error('not reached')), undefined);
      session.closing(opened('client'));
      throw new Error('the work failed');
    });
    await expect(failing).rejects.toThrow('the work failed');
    expect(happened).toEqual(['closed client', 'closed slow host']);
  });

  it('closes the others where one cannot be closed, and says so at the end', async () => {
    const { happened, opened, run } = listening();
    const failing = run(async (session) => {
      session.closing(opened('host'));
      session.closing({ close: () => Promise.reject(new Error('stuck')) }, opened('other'));
      return undefined;
    });
    await expect(failing).rejects.toThrow('stuck');
    expect(happened).toEqual(['closed other', 'closed host']);
  });

  it('tells warnings in the story, without secrets', async () => {
    const { happened, run } = listening();
    await run(async ({ warn }) => void warn('the token is abcdef.0123456789abcdef'));
    expect(happened).toEqual(['[WARNING] the token is abcdef.<redacted>']);
  });

  it('of a command that only prints closes all too, tells nothing but warnings, and hands on what comes of the work', async () => {
    const { happened, opened, quietly } = listening();
    const result = await quietly(async ({ closing, warn, run, logFile }) => {
      closing(opened('host'));
      run.reporter.report({ type: 'line', host: 'cp1', text: '[certs] Writing' });
      warn('the token is abcdef.0123456789abcdef');
      return logFile ?? 'no log';
    });
    expect(result).toBe('no log');
    expect(happened).toEqual(['warning: the token is abcdef.<redacted>', 'closed host']);
    const failing = quietly(async ({ closing }) => {
      closing(opened('client'));
      throw new Error('the work failed');
    });
    await expect(failing).rejects.toThrow('the work failed');
    expect(happened.at(-1)).toBe('closed client');
  });
});
