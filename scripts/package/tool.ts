import { execFileSync, spawnSync } from 'node:child_process';
import { KinitError } from '../../src/errors.ts';

/** What a machine may not have, and which packages bring it. */
const broughtBy: Readonly<Record<string, string>> = {
  git: 'apt-get install git, or dnf install git',
  npm: 'install npm 10 or later, which comes with Node.js',
  rpmbuild: 'apt-get install rpm, or dnf install rpm-build',
  tar: 'apt-get install tar, or dnf install tar',
};

export interface ToolOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** What the program prints. Throws, with what it said last, when it fails, and with what brings it when it is missing. */
export function tool(program: string, args: readonly string[], options: ToolOptions = {}): string {
  try {
    return execFileSync(program, args, { ...options, encoding: 'utf8', maxBuffer: 1 << 28, stdio: 'pipe' });
  } catch (error) {
    throw asKinitError(
      program,
      error as NodeJS.ErrnoException & { readonly stderr?: string; readonly stdout?: string },
    );
  }
}

/** Whether a program is on this machine. */
export function hasTool(program: string): boolean {
  return spawnSync(program, ['--version'], { stdio: 'ignore' }).error === undefined;
}

function asKinitError(
  program: string,
  error: NodeJS.ErrnoException & { readonly stderr?: string; readonly stdout?: string },
): KinitError {
  if (error.code === 'ENOENT') {
    const hint = broughtBy[program];
    return new KinitError(`${program} is not on this machine`, hint === undefined ? {} : { hint });
  }
  const said = (error.stderr?.trim() || error.stdout?.trim() || error.message).split('\n').slice(-20);
  return new KinitError([`${program} failed:`, ...said].join('\n'));
}
