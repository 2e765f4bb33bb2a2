import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Artefacts } from './artefacts.ts';
import { freeze, thaw } from './cgroups.ts';
import { type Disk, describeDisk, isDisk, makeDisk } from './disk.ts';
import { type HostOptions, isCentos } from './host-options.ts';
import { enter, firstProcess, groupOf } from './inside.ts';
import {
  addressOf,
  mirrorOf,
  type Network,
  namespaceOf,
  plugHost,
  setCable,
  unplugHost,
  workstationNamespace,
} from './network.ts';
import { diskDir } from './places.ts';
import { type Power, shutDown, switchOff, switchOn, untilUp } from './power.ts';
import { type Outcome, type RunOptions, run } from './process.ts';
import { ensureHostKeys } from './ssh-keys.ts';
import type { LabVersion } from './versions.ts';

export interface LabHost {
  readonly name: string;
  readonly address: string;
  readonly options: HostOptions;
  isRunning(): boolean;
  /** Runs a command in the host as root, not through SSH; a non-zero exit code is a result. */
  run(argv: readonly string[], options?: Pick<RunOptions, 'stdin' | 'timeout'>): Promise<Outcome>;
  /** Switches the host on and waits until systemd has started everything and sshd answers. */
  start(): Promise<void>;
  /** Shuts the host down as `poweroff` does; a pod that ignores SIGTERM can take 30 s. */
  stop(): Promise<void>;
  /** Pulls the plug. */
  kill(): Promise<void>;
  /** The host hangs: its kernel still takes connections, nothing answers on them. */
  freeze(): Promise<void>;
  thaw(): void;
  /** Throws the host away and starts a pristine one under the same address and SSH keys. */
  recreate(): Promise<void>;
}

/** What a host needs of its lab. */
export interface Surroundings {
  readonly network: Network;
  /** Where the host's keys and its console's log are kept. */
  readonly folder: string;
  readonly authorizedKeys: () => string;
  readonly version: LabVersion;
  readonly artefacts: () => Promise<Artefacts>;
}

/** The host whose address ends with `last`; it need not exist yet: `recreate` makes it. */
export function labHost(options: HostOptions, last: number, surroundings: Surroundings): LabHost {
  const { network, folder, authorizedKeys, version, artefacts } = surroundings;
  const { name } = options;
  const address = addressOf(network, last);
  const group = groupOf(network.lab, name);
  const diskFolder = join(diskDir, network.lab, name);
  const sshKeys = join(folder, 'ssh');

  const power: Power = { name, group, network: namespaceOf(network, name), log: join(folder, 'console.log') };

  async function boot(disk: Disk): Promise<void> {
    await unplugHost(network, name);
    await plugHost(network, name, last);
    await setCable(network, last, 'up');
    switchOn(power, disk);
    await untilUp(power, address, workstationNamespace(network));
  }

  async function off(): Promise<void> {
    await setCable(network, last, 'down');
    await switchOff(power);
  }

  return {
    name,
    address,
    options,
    isRunning: () => firstProcess(group) !== undefined,
    run: async (argv, runOptions) => run(enter(group, argv), runOptions),
    async start() {
      if (firstProcess(group) !== undefined) return;
      if (!isDisk(diskFolder)) await this.recreate();
      else await boot(describeDisk(diskFolder, options, await artefacts()));
    },
    async stop() {
      await shutDown(power);
      await off();
    },
    kill: off,
    freeze: () => freeze(group),
    thaw: () => thaw(group),
    async recreate() {
      await off();
      mkdirSync(folder, { recursive: true });
      await ensureHostKeys(sshKeys, name);
      const identity = {
        name,
        address,
        sshKeys,
        authorizedKeys: authorizedKeys(),
        sudo: options.sudo ?? ('free' as const),
        ...(isCentos(options) ? { mirror: `http://${mirrorOf(network)}` } : {}),
      };
      await boot(await makeDisk(diskFolder, options, identity, version, await artefacts()));
    },
  };
}
