import { spawn } from 'node:child_process';
import { constants } from 'node:os';

export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly stdin?: string | Buffer;
  /** Seconds; default 120. */
  readonly timeout?: number;
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
}

/** Process groups to end with this process, however it ends. */
const running = new Set<number>();
process.on('exit', () => running.forEach(killGroup));

/** Runs a command; a non-zero exit code is a result. Throws when it cannot be started or does not end in time. */
export function run(argv: readonly string[], options: RunOptions = {}): Promise<Outcome> {
  const [program = '', ...rest] = argv;
  const seconds = options.timeout ?? 120;
  return new Promise((resolve, reject) => {
    const child = spawn(program, rest, {
      detached: true,
      cwd: options.cwd,
      env: options.env ?? process.env,
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    if (child.pid !== undefined) running.add(child.pid);
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    const timer = setTimeout(() => {
      reject(new Error(`not done within ${seconds} s: ${argv.join(' ')}\n${Buffer.concat(stderr)}`));
      if (child.pid !== undefined) killGroup(child.pid);
    }, seconds * 1000);
    child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
    child.stdin.on('error', () => {}); // a command may end without reading all of it
    child.on('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      running.delete(child.pid ?? 0);
      resolve({
        code: code ?? 128 + (signal === null ? 0 : constants.signals[signal]),
        stdout: Buffer.concat(stdout).toString(),
        stderr: Buffer.concat(stderr).toString(),
      });
    });
    child.stdin.end(options.stdin);
  });
}

function killGroup(leader: number): void {
  try {
    process.kill(-leader, 'SIGKILL');
  } catch {
    // gone already
  }
}

/** Runs a command that has to succeed and returns its standard output. Throws with its standard error. */
export async function must(argv: readonly string[], options: RunOptions = {}): Promise<string> {
  const { code, stdout, stderr } = await run(argv, options);
  if (code !== 0) throw new Error(`${argv.join(' ')} ended with ${code}\n${stderr}`);
  return stdout;
}

/** Runs a command on the caller's own terminal and returns its exit code. */
export function runAttached(argv: readonly string[]): Promise<number> {
  const [program = '', ...rest] = argv;
  process.removeAllListeners('SIGINT').on('SIGINT', () => {}); // the terminal gives it to the command as well
  return new Promise((resolve, reject) => {
    const child = spawn(program, rest, { stdio: 'inherit' });
    child.on('error', reject);
    child.on('close', (code) => resolve(code ?? 1));
  });
}

/** Polls until the question is answered with something else than undefined. Throws after `seconds`. */
export async function until<T>(what: string, seconds: number, ask: () => T | Promise<T | undefined>): Promise<T> {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (Date.now() > end) throw new Error(`waited ${seconds} s in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
