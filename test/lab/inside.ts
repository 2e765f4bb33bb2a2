import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { processesIn } from './cgroups.ts';
import { sourceDir } from './places.ts';

/** The cgroup of a lab, or of one of its hosts. */
export const groupOf = (lab: string, host = ''): string => join('kinit-lab', lab, host);

/** The machine's number of the host's PID 1; undefined while the host is off. */
export function firstProcess(group: string): number | undefined {
  // Two numbers, the machine's and 1: a pod's first process has three.
  return processesIn(group).find((pid) => /^NSpid:\t\d+\t1$/m.test(statusOf(pid)));
}

/** The command line that runs the command as root inside the host. Throws when the host is off. */
export function enter(group: string, argv: readonly string[]): string[] {
  const first = firstProcess(group);
  if (first === undefined) throw new Error(`${group} is switched off`);
  return ['sh', join(sourceDir, 'enter.sh'), group, String(first), ...argv];
}

function statusOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/status`, 'utf8');
  } catch {
    return '';
  }
}
