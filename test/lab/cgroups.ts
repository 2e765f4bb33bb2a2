import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { until } from './process.ts';

/** The cgroup v1 hierarchies (and the empty v2 one) that a host has a group in. */
export const hierarchies = [
  'cpu',
  'cpuacct',
  'cpuset',
  'memory',
  'devices',
  'freezer',
  'blkio',
  'pids',
  'systemd',
  'unified',
] as const;

const groupOf = (hierarchy: string, name: string): string => join('/sys/fs/cgroup', hierarchy, name);

/** The group's folders, one per hierarchy; `name` is a path like `kinit-lab/main/cp1`. */
export const foldersOf = (name: string): string[] => hierarchies.map((hierarchy) => groupOf(hierarchy, name));

/** Makes the group in every hierarchy. */
export function makeGroup(name: string): void {
  for (const folder of foldersOf(name)) mkdirSync(folder, { recursive: true });
  // A new cpuset has no processors and takes no process; each level needs them copied from the one above.
  const levels = name.split('/');
  for (let depth = 1; depth <= levels.length; depth += 1) {
    for (const file of ['cpuset.cpus', 'cpuset.mems']) {
      const above = readFileSync(join(groupOf('cpuset', levels.slice(0, depth - 1).join('/')), file), 'utf8');
      writeFileSync(join(groupOf('cpuset', levels.slice(0, depth).join('/')), file), above);
    }
  }
  writeFileSync(join(groupOf('cpu', levels[0] ?? ''), 'cpu.shares'), String(processorShares));
}

/** Of all labs together: a group is given as much of the processors as a single process beside it, and this one holds machines. */
const processorShares = 20 * 1024;

/** The processes in the group and below it, in any hierarchy. */
export function processesIn(name: string): number[] {
  const found = foldersOf(name).flatMap((folder) => (existsSync(folder) ? processesBelow(folder) : []));
  return [...new Set(found)];
}

/** Ends every process in the group, also a frozen one, and removes the group. */
export async function removeGroup(name: string): Promise<void> {
  thaw(name);
  await until(`the processes of ${name} to end`, 30, () => {
    const processes = processesIn(name);
    for (const process of processes) kill(process);
    return processes.length === 0 ? true : undefined;
  });
  await until(`the cgroups of ${name} to go`, 10, () => {
    const left = foldersOf(name).filter((folder) => !removed(folder));
    return left.length === 0 ? true : undefined;
  });
}

/** Stops every process of the group where it stands, until thaw. */
export async function freeze(name: string): Promise<void> {
  const state = join(groupOf('freezer', name), 'freezer.state');
  writeFileSync(state, 'FROZEN');
  await until(`${name} to freeze`, 10, () => (readFileSync(state, 'utf8').trim() === 'FROZEN' ? true : undefined));
}

/** Lets the processes of the group go on, and of every group below it. */
export function thaw(name: string): void {
  const folder = groupOf('freezer', name);
  if (existsSync(folder)) for (const group of [folder, ...groupsBelow(folder)]) thawFolder(group);
}

function thawFolder(folder: string): void {
  try {
    writeFileSync(join(folder, 'freezer.state'), 'THAWED');
  } catch {
    // a group that went meanwhile
  }
}

const groupsBelow = (folder: string): string[] => subfolders(folder).flatMap((below) => [below, ...groupsBelow(below)]);

function processesBelow(folder: string): number[] {
  try {
    const own = readFileSync(join(folder, 'cgroup.procs'), 'utf8').split('\n').filter(Boolean).map(Number);
    return [...own, ...subfolders(folder).flatMap(processesBelow)];
  } catch {
    return []; // a group that went meanwhile
  }
}

const subfolders = (folder: string): string[] =>
  readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => join(folder, entry.name));

function removed(folder: string): boolean {
  try {
    for (const below of subfolders(folder)) removed(below);
    rmdirSync(folder);
    return true;
  } catch {
    return !existsSync(folder); // busy for a moment after its last process
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // gone already
  }
}
