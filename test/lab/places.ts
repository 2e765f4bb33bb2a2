import { join } from 'node:path';

/** What is slow to make and good for every lab; outlives them. */
export const cacheDir = process.env['KINIT_LAB_CACHE'] ?? '/var/cache/kinit-lab';
/** What says which labs there are; gone with the last lab. */
export const stateDir = '/run/kinit-lab';
/** The hosts' disks. */
export const diskDir = '/var/lib/kinit-lab';
/** The recipes and files beside this file. */
export const sourceDir = import.meta.dirname;

export const lockFile = (name: string): string => join(cacheDir, 'locks', name);
