import type { Phase } from '../../phases/phase.ts';
import type { PrepareContext } from '../../phases/prepare/context.ts';
import { firewalld } from '../../phases/prepare/firewalld.ts';
import { hostname } from '../../phases/prepare/hostname.ts';
import { hostsFile } from '../../phases/prepare/hosts-file.ts';
import { kernel } from '../../phases/prepare/kernel.ts';
import { osRepositories } from '../../phases/prepare/os-repositories.ts';
import { packages } from '../../phases/prepare/packages.ts';
import { repositories } from '../../phases/prepare/repositories.ts';
import { runtime } from '../../phases/prepare/runtime.ts';
import { selinux } from '../../phases/prepare/selinux.ts';
import { swap } from '../../phases/prepare/swap.ts';
import { timeSync } from '../../phases/prepare/time-sync.ts';

/** Every phase of `kinit prepare`, in their order: one look at the host decides them all. */
export const preparePhases: readonly Phase<PrepareContext>[] = [
  hostname,
  hostsFile,
  swap,
  selinux,
  kernel,
  firewalld,
  osRepositories,
  repositories,
  packages,
  timeSync,
  runtime,
];
