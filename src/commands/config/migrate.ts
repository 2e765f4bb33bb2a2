import { randomBytes } from 'node:crypto';
import { realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import { networkInterfaces } from 'node:os';
import { resolve } from 'node:path';
import { Command } from 'commander';
import type { NodeFacts } from '../../config/node-facts.ts';
import { sharedFlags } from '../../config/shared-flags.ts';
import { newestVersion } from '../../release/served.ts';
import { readDocuments } from '../input/files.ts';
import type { Io } from '../io.ts';
import { addFlags } from '../options/flags.ts';
import { documentsText, thisHost } from './print.ts';

interface MigrateFlags {
  readonly oldConfig: string;
  readonly newConfig?: string;
  readonly kubernetesVersion: string;
  readonly lenient?: boolean;
}

interface ValidateFlags {
  readonly config: string;
  readonly lenient?: boolean;
}

/** How the file is read. */
const readingFlags = {
  'allow-experimental-api': { help: 'taken for kubeadm’s sake: kinit reads no experimental API' },
  lenient: sharedFlags.lenient,
};

/** `kinit config migrate`: a file in the API version that kubeadm of a version writes. */
export function migrateCommand(io: Io): Command {
  const command = new Command('migrate')
    .description('Write a configuration file again in a newer API version, with defaults filled in')
    .requiredOption('--old-config <file>', 'the file to read')
    .option('--new-config <file>', 'the file to write (default: stdout)')
    .option('--kubernetes-version <version>', 'write the API version of this kubeadm', newestVersion);
  return addFlags(command, readingFlags).action((flags: MigrateFlags) => migrateFile(flags, io));
}

/** `kinit config validate`: prints `ok`, or everything that is wrong. */
export function validateCommand(io: Io): Command {
  const command = new Command('validate')
    .description('Say what is wrong in a configuration file')
    .requiredOption('--config <file>', 'the file to read')
    .option('--allow-deprecated-api', 'taken for kubeadm’s sake: kinit reads every API version');
  return addFlags(command, readingFlags).action(async (flags: ValidateFlags) => {
    const warn = warnOn(io);
    const documents = await readDocuments(flags, io, warn);
    const { validate } = await import('../../config/migrate.ts');
    const { generateToken } = await import('../../kube/token.ts');
    if (documents?.inventory) {
      const { readInventory } = await import('../../inventory/read.ts');
      readInventory(documents.inventory, { lenient: flags.lenient === true, warn });
    }
    const onlyInventory = Object.keys(documents ?? {}).every((part) => part === 'file' || part === 'inventory');
    if (documents && !onlyInventory) validate(documents, { facts: thisMachine(), newToken: generateToken, warn });
    io.stdout.write('ok\n');
  });
}

async function migrateFile(flags: MigrateFlags, io: Io): Promise<void> {
  const warn = warnOn(io);
  const documents = await readDocuments({ config: flags.oldConfig, lenient: flags.lenient === true }, io, warn);
  if (!documents) return;
  const { migrate, warnOfLeftOut } = await import('../../config/migrate.ts');
  const { releaseFor } = await import('../../release/release.ts');
  const { parseVersion } = await import('../../release/version.ts');
  const { generateToken } = await import('../../kube/token.ts');
  const { runtimeSockets } = await import('../input/runtime-sockets.ts');
  const release = releaseFor(parseVersion(flags.kubernetesVersion));
  const sockets = await runtimeSockets(release.configApi.criSockets);
  const facts = { ...thisMachine(), runtime: { sockets } };
  const migrated = migrate(documents, { release, facts, newToken: generateToken, warn });
  warnOfLeftOut(documents, warn);
  const text = await documentsText(migrated);
  if (flags.newConfig === undefined) io.stdout.write(text);
  else await writeSecret(resolve(io.cwd, flags.newConfig), text);
}

/** Tokens stand in it, so nobody else may read it, from its first byte on. A device or a link (/dev/stdout) stays what it is. */
async function writeSecret(path: string, text: string): Promise<void> {
  const { onUserFile } = await import('../../host/user-files.ts');
  await onUserFile('write', path, async () => {
    const there = await stat(path).catch(() => undefined);
    if (there !== undefined && !there.isFile()) return writeFile(path, text);
    const place = there === undefined ? path : await realpath(path);
    const beside = `${place}.${randomBytes(4).toString('hex')}`;
    try {
      await writeFile(beside, text, { mode: 0o600, flag: 'wx', flush: true });
      await rename(beside, place);
    } catch (error) {
      await rm(beside, { force: true });
      throw error;
    }
  });
}

/** What fills in a node's name and address: this machine's, without asking it for more than its interfaces. */
function thisMachine(): NodeFacts {
  const outside = Object.values(networkInterfaces())
    .flat()
    .filter((address) => address !== undefined && !address.internal && !address.address.startsWith('fe80:'));
  const first = (family: string) => outside.find((address) => address?.family === family)?.address;
  return {
    hostname: thisHost(),
    defaultAddress: { v4: first('IPv4'), v6: first('IPv6') },
    addresses: [],
    runtime: { sockets: [] },
  };
}

function warnOn(io: Io): (message: string) => void {
  return (message) => void io.stderr.write(`warning: ${message}\n`);
}
