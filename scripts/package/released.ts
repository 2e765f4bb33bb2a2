import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { KinitError } from '../../src/errors.ts';
import { tool } from './tool.ts';

export const root = join(import.meta.dirname, '..', '..');

/** What is packaged. */
export interface Released {
  readonly version: string;
  readonly description: string;
  /** Seconds since 1970 that stand in packages for the time when they were made: those of the commit. */
  readonly epoch: number;
}

/** Of this folder and its commit, or of `SOURCE_DATE_EPOCH`. Throws a KinitError where there is neither. */
export function released(env: Readonly<Record<string, string | undefined>>): Released {
  const { version, description } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Released;
  return { version, description, epoch: epochOf(env['SOURCE_DATE_EPOCH']) };
}

function epochOf(said: string | undefined): number {
  if (said !== undefined) {
    if (/^\d+$/.test(said)) return Number(said);
    throw new KinitError(`SOURCE_DATE_EPOCH is not a number of seconds since 1970: ${said}`);
  }
  try {
    return Number(tool('git', ['log', '-1', '--format=%ct'], { cwd: root }));
  } catch (cause) {
    throw new KinitError('there is no commit whose time could stand in the packages', {
      hint: 'package from a clone, with git installed, or say a time: SOURCE_DATE_EPOCH=$(date +%s) npm run package',
      cause,
    });
  }
}
