import { existsSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import type { Command } from 'commander';
import { defined } from '../../defined.ts';
import { KinitError } from '../../errors.ts';
import type { Host } from '../../host/host.ts';
import type { KubeClient } from '../../kube/client.ts';
import type { Kubeconfig } from '../../pki/kubeconfig.ts';
import { adminConf } from '../../release/paths.ts';
import type { Io } from '../io.ts';
import { addTargetOptions, openTarget, type TargetFlags } from './targets.ts';

/** The flags that say which cluster a command talks to. */
export interface ClusterFlags extends TargetFlags {
  readonly kubeconfig?: string;
}

/** A cluster to talk to, with what its kubeconfig says. */
export interface OpenedCluster {
  readonly kube: KubeClient;
  readonly kubeconfig: Kubeconfig;
  /** PEM; undefined where the kubeconfig trusts the machine's own roots. */
  readonly caPem: string | undefined;
  /** The host through which it is reached. */
  readonly through: Host | undefined;
  close(): Promise<void>;
}

/** Adds --kubeconfig and, to reach the cluster through one of its hosts, --host with what goes with it. */
export function addClusterOptions(command: Command): void {
  command.option(
    '--kubeconfig <file>',
    `kubeconfig to use (default: $KUBECONFIG, else ~/.kube/config, else ${adminConf}; with --host, ${adminConf} there)`,
  );
  addTargetOptions(command);
}

/** Milliseconds that a command at a prompt waits for an API server that does not answer. */
const retryForMs = 5000;

interface Asking {
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds that an API server which does not answer is waited for. */
  readonly retryForMs?: number;
}

/** The cluster of --kubeconfig, read here or behind --host. Throws KinitError. */
export async function openCluster(flags: ClusterFlags, io: Io): Promise<OpenedCluster> {
  const through = flags.host === undefined ? undefined : await openTarget(flags, io);
  return clusterFrom(flags.kubeconfig, io, through);
}

/** The cluster of a kubeconfig, read on and reached through a host (which is closed with it) where one is given. */
export async function clusterFrom(
  flag: string | undefined,
  io: Io,
  through?: Host,
  asking: Asking = { signal: io.signal },
): Promise<OpenedCluster> {
  const { readKubeconfig } = await import('../../pki/kubeconfig.ts');
  const { namedFiles, withNamedFiles } = await import('../../pki/kubeconfig-files.ts');
  const { kubeconfigClient } = await import('../../kube/kubeconfig-client.ts');
  const path = through ? (flag ?? adminConf) : kubeconfigPath(flag, io);
  try {
    const named = readKubeconfig(await textOf(path, through), path);
    const files = new Map<string, string | undefined>();
    for (const file of namedFiles(named, path)) files.set(file, await namedText(file, through));
    const kubeconfig = withNamedFiles(named, path, (file) => files.get(file));
    const dial = through ? (target: { host: string; port: number }) => through.connect(target) : undefined;
    const kube = kubeconfigClient(kubeconfig, dial, defined({ retryForMs, ...asking }));
    return {
      kube,
      kubeconfig,
      through,
      caPem: kubeconfig.ca,
      async close() {
        kube.close();
        await through?.close();
      },
    };
  } catch (error) {
    await through?.close();
    throw error;
  }
}

/** kubeadm's GetKubeConfigPath: the flag, else the first of the usual places that exists, else admin.conf. */
function kubeconfigPath(flag: string | undefined, io: Io): string {
  if (flag !== undefined) return resolve(io.cwd, flag);
  const listed = (io.env['KUBECONFIG'] ?? '').split(delimiter).filter(Boolean);
  const usual = listed.length > 0 ? listed : [join(io.env['HOME'] ?? homedir(), '.kube', 'config')];
  return [...usual.map((path) => resolve(io.cwd, path)), adminConf].find((path) => existsSync(path)) ?? adminConf;
}

async function textOf(path: string, through: Host | undefined): Promise<string> {
  if (!through) return readFile(path, 'utf8').catch((error: unknown) => unreadable(path, error));
  const content = (await through.read([path])).get(path);
  return content?.toString('utf8') ?? unreadable(path, { code: 'ENOENT' }, through.name);
}

/** A file that a kubeconfig names: undefined where it is missing, may not be read or is no file (a pipe might never end). */
async function namedText(path: string, through: Host | undefined): Promise<string | undefined> {
  if (!through) {
    const isFile = await stat(path).then(
      (found) => found.isFile(),
      () => false,
    );
    return isFile ? readFile(path, 'utf8').catch(() => undefined) : undefined;
  }
  return (await through.read([path])).get(path)?.toString('utf8');
}

function unreadable(path: string, error: unknown, host?: string): never {
  const { code = '', message } = error as { code?: string; message?: string };
  const why = { ENOENT: 'does not exist', EACCES: 'may not be read by you' }[code] ?? message;
  throw new KinitError(`the kubeconfig ${path} ${why}`, {
    cause: error,
    hint: 'run this as root on a control-plane node, reach one over SSH, or name a kubeconfig with --kubeconfig',
    ...defined({ host }),
  });
}
