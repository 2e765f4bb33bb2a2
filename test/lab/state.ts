import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { HostOptions } from './host-options.ts';
import { stateDir } from './places.ts';

/** What is written down about a lab; folders of it are named by the lab. */
interface LabRecord {
  /** 10.77.<number>.0/24 */
  readonly number: number;
  /** The machine's boot that the lab belongs to: another one has none of its namespaces and processes. */
  readonly boot: string;
  /** The folder that holds its programs, if one does. */
  readonly binaries?: string;
}

export interface HostRecord {
  readonly options: HostOptions;
  /** Last byte of the address. */
  readonly last: number;
}

export const labFolder = (lab: string): string => join(stateDir, lab);
export const hostFolder = (lab: string, host: string): string => join(labFolder(lab), 'hosts', host);

const currentBoot = (): string => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();

/** The labs of this machine, also those that a restart of it has ended. */
export const labNames = (): string[] =>
  existsSync(stateDir) ? readdirSync(stateDir).filter((name) => existsSync(join(labFolder(name), 'lab.json'))) : [];

/** The lab's number; undefined when it is not up. */
export const labNumber = (lab: string): number | undefined => readLab(lab)?.number;

/** The folder of programs that the lab runs with; null for none, undefined when the lab is not up. */
export function labBinaries(lab: string): string | null | undefined {
  const record = readLab(lab);
  return record === undefined ? undefined : (record.binaries ?? null);
}

/** Whether the machine has restarted since the lab was made. */
export const isStale = (lab: string): boolean => (readLab(lab)?.boot ?? currentBoot()) !== currentBoot();

/** Writes the lab down with the lowest number that no other has. To be called under a lock. */
export function registerLab(lab: string, binaries?: string): number {
  const taken = new Set(labNames().map(labNumber));
  const number = Array.from({ length: 256 }, (_, index) => index).find((candidate) => !taken.has(candidate));
  if (number === undefined) throw new Error('256 labs are up: no subnet is left');
  mkdirSync(labFolder(lab), { recursive: true });
  const record: LabRecord = { number, boot: currentBoot(), ...(binaries === undefined ? {} : { binaries }) };
  writeFileSync(join(labFolder(lab), 'lab.json'), JSON.stringify(record));
  return number;
}

export function hostRecords(lab: string): HostRecord[] {
  const hosts = join(labFolder(lab), 'hosts');
  const names = existsSync(hosts) ? readdirSync(hosts) : [];
  return names.map((name) => JSON.parse(readFileSync(join(hosts, name, 'host.json'), 'utf8')) as HostRecord);
}

/** Writes the host down: a new one under the lowest free address or the one given, a known one under its own. */
export function registerHost(lab: string, options: HostOptions, wanted?: number): HostRecord {
  const records = hostRecords(lab);
  const known = records.find((record) => record.options.name === options.name);
  const taken = new Set(records.map((record) => record.last));
  const free = Array.from({ length: 240 }, (_, index) => 11 + index).find((candidate) => !taken.has(candidate));
  const last = known?.last ?? wanted ?? free;
  if (last === undefined) throw new Error('a lab has room for 240 hosts');
  mkdirSync(hostFolder(lab, options.name), { recursive: true });
  const record: HostRecord = { options, last };
  writeFileSync(join(hostFolder(lab, options.name), 'host.json'), JSON.stringify(record));
  return record;
}

function readLab(lab: string): LabRecord | undefined {
  const file = join(labFolder(lab), 'lab.json');
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as LabRecord) : undefined;
}
