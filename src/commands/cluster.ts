import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import type { Command } from 'commander';
import { KinitError } from '../errors.ts';
import type { KubeClient } from '../kube/client.ts';
import { adminConf } from '../phases/paths.ts';
import type { Kubeconfig } from '../pki/kubeconfig.ts';
import type { Io } from './io.ts';
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

/** How long a command at a prompt waits for an API server that does not answer. */
const retryForMs = 5000;

/** A client of the cluster of --kubeconfig, read here or behind --host. Throws KinitError. */
export async function openCluster(flags: ClusterFlags, io: Io): Promise<OpenedCluster> {
  const { readKubeconfig } = await import('../pki/kubeconfig.ts');
  const { kubeconfigClient } = await import('../kube/kubeconfig-client.ts');
  const host = flags.host === undefined ? undefined : await openTarget(flags, io);
  const path = host ? (flags.kubeconfig ?? adminConf) : kubeconfigPath(flags.kubeconfig, io);
  const read = async (file: string) => {
    if (!host) return readFile(file, 'utf8');
    const content = (await host.read([file])).get(file);
    if (content === undefined) throw Object.assign(new Error('no such file or directory'), { code: 'ENOENT' });
    return content.toString('utf8');
  };
  const readFor = (file: string) =>
    read(resolve(dirname(path), file)).catch((error: unknown) => unreadable(file, error, host?.name));
  try {
    const kubeconfig = readKubeconfig(await readFor(path), path);
    const dial = host ? (target: { host: string; port: number }) => host.connect(target) : undefined;
    const kube = await kubeconfigClient(kubeconfig, dial, { retryForMs, readFile: readFor, signal: io.signal });
    return {
      kube,
      kubeconfig,
      caPem: kubeconfig.ca ?? (kubeconfig.caFile === undefined ? undefined : await readFor(kubeconfig.caFile)),
      async close() {
        kube.close();
        await host?.close();
      },
    };
  } catch (error) {
    await host?.close();
    throw error;
  }
}

/** kubeadm's GetKubeConfigPath: the flag, else the first of the usual places that exists, else admin.conf. */
export function kubeconfigPath(flag: string | undefined, io: Io): string {
  if (flag !== undefined) return resolve(io.cwd, flag);
  const listed = (io.env['KUBECONFIG'] ?? '').split(delimiter).filter(Boolean);
  const usual = listed.length > 0 ? listed : [join(io.env['HOME'] ?? homedir(), '.kube', 'config')];
  return [...usual.map((path) => resolve(io.cwd, path)), adminConf].find((path) => existsSync(path)) ?? adminConf;
}

function unreadable(path: string, error: unknown, host: string | undefined): never {
  const { code, message } = error as NodeJS.ErrnoException;
  const why = code === 'ENOENT' ? 'does not exist' : code === 'EACCES' ? 'may not be read by you' : message;
  throw new KinitError(`the kubeconfig ${path} ${why}`, {
    cause: error,
    hint: 'run this as root on a control-plane node, reach one with --host, or name a kubeconfig with --kubeconfig',
    ...(host === undefined ? {} : { host }),
  });
}
