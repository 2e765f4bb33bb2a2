import { EventEmitter } from 'node:events';
import { access, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Writable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type MainProcess, main } from '../../src/main.ts';

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'kinit-main-'));
  const cluster = { apiVersion: 'kubeadm.k8s.io/v1beta4', kind: 'ClusterConfiguration', kubernetesVersion: 'v1.31.0' };
  await writeFile(join(home, 'cluster.yaml'), JSON.stringify({ ...cluster, encryptionAlgorithm: 'ECDSA-P256' }));
});
afterEach(() => rm(home, { recursive: true }));

interface Streams {
  readonly stdout?: Writable;
  readonly stderr?: Writable;
}

/** A process of which `main` is the whole program. */
function fakeProcess(argv: readonly string[], { stdout = sink(), stderr = sink() }: Streams = {}) {
  const exits: number[] = [];
  const events = new EventEmitter();
  const process = Object.assign(events, {
    argv: ['node', 'kinit', ...argv],
    stdin: new PassThrough(),
    stdout,
    stderr,
    env: { HOME: home },
    cwd: () => home,
    exit: (code: number) => {
      exits.push(code);
      throw new Error(`exit ${code}`);
    },
  });
  return { process: process as unknown as MainProcess & EventEmitter, exits };
}

function sink(): Writable & { readonly text: () => string } {
  let text = '';
  const stream = new Writable({
    write(chunk, _, done) {
      text += String(chunk);
      done();
    },
  });
  return Object.assign(stream, { text: () => text });
}

/** The way of a pipe whose reader takes `lines` writes and goes away, and of a disk that fills up. */
function broken(code: string, lines: number): Writable {
  let left = lines;
  return new Writable({
    write(_, __, done) {
      left -= 1;
      done(left < 0 ? Object.assign(new Error(`write ${code}`), { code }) : undefined);
    },
  });
}

const render = ['init', '--config', 'cluster.yaml', '--output-dir', 'out', '--node-name', 'cp1'];
/** The last thing that `init --output-dir` makes. */
const last = () => join(home, 'out/api-objects.yaml');

describe('a reader that goes away', () => {
  it.each([
    ['of events, at once', [...render, '-o', 'json'], { stdout: broken('EPIPE', 0) }],
    ['of events, after a line', [...render, '-o', 'json'], { stdout: broken('EPIPE', 1) }],
    ['of the story', render, { stderr: broken('EPIPE', 1) }],
    ['of both', render, { stdout: broken('EPIPE', 0), stderr: broken('EPIPE', 0) }],
    ['with its terminal', render, { stdout: broken('EIO', 0), stderr: broken('EIO', 0) }],
  ])('ends the output and not the work: %s', async (_, argv, streams) => {
    const { process, exits } = fakeProcess([...argv], streams);
    expect(await main(process)).toBe(0);
    expect(exits).toEqual([]);
    await access(last());
  });

  it('does not hide that the work failed', async () => {
    const { process } = fakeProcess(['config', 'validate', '--config', 'none.yaml'], { stderr: broken('EPIPE', 0) });
    expect(await main(process)).toBe(3);
  });
});

describe('a product that cannot be written', () => {
  it('is a failure, with its reason', async () => {
    const stderr = sink();
    const { process } = fakeProcess(['token', 'generate'], { stdout: broken('ENOSPC', 0), stderr });
    expect(await main(process)).toBe(1);
    expect(stderr.text()).toBe('error: the output could not be written: write ENOSPC\n');
  });
});

describe('the end of a run', () => {
  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'])('comes as after Ctrl-C with %s', async (signal) => {
    const { process } = fakeProcess([...render]);
    const over = main(process);
    process.emit(signal);
    expect(await over).toBe(130);
  });

  it.each([
    ['SIGTERM', 'SIGTERM'],
    ['SIGHUP', 'SIGHUP'],
    ['SIGTERM', 'SIGHUP'],
    ['SIGINT', 'SIGINT'],
  ])(
    'is one where signals come in twos, as from timeout(1) and from a terminal that goes: %s, %s',
    async (first, second) => {
      const { process, exits } = fakeProcess([...render]);
      const over = main(process);
      process.emit(first);
      process.emit(second);
      expect(await over).toBe(130);
      expect(exits).toEqual([]);
    },
  );

  it('comes at once with a signal that is sent again later', async () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    const { process, exits } = fakeProcess([...render]);
    const over = main(process);
    process.emit('SIGINT');
    vi.advanceTimersByTime(1500);
    expect(() => process.emit('SIGINT')).toThrow('exit 130');
    vi.useRealTimers();
    expect(exits).toEqual([130]);
    await over;
  });

  it('is never silent: a run that waits for nothing says so', async () => {
    const stderr = sink();
    const { process, exits } = fakeProcess(['token', 'generate'], { stderr });
    const over = main(process);
    expect(() => process.emit('beforeExit', 0)).toThrow('exit 70');
    expect(exits).toEqual([70]);
    expect(stderr.text()).toContain('a bug in kinit');
    await over;
    expect(process.eventNames().filter((name) => name === 'beforeExit' || String(name).startsWith('SIG'))).toEqual([]);
  });
});
