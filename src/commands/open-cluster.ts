import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { KinitError } from '../errors.ts';
import type { Host } from '../host/host.ts';
import type { KubeClient } from '../kube/client.ts';
import type { Io } from './io.ts';
import { openOther, type TargetFlags } from './targets.ts';

export interface ClusterFlags extends TargetFlags {
  readonly kubeconfig?: string;
  readonly controlPlaneHost?: string;
}

export interface OpenedCluster {
  readonly kube: KubeClient;
  /** The control plane through which the API is reached. */
  readonly through: Host | undefined;
  close(): Promise<void>;
}

export const adminKubeconfig = '/etc/kubernetes/admin.conf';

/** A cluster with an administrator's rights: by --kubeconfig, or through a control plane over SSH. Throws KinitError. */
export async function openCluster(flags: ClusterFlags, io: Io): Promise<OpenedCluster> {
  if (flags.controlPlaneHost !== undefined) {
    const { clientFrom } = await import('../workflows/host-clients.ts');
    const host = await openOther(flags.controlPlaneHost, flags, io, '--control-plane-host');
    try {
      const kube = await clientFrom(host, flags.kubeconfig ?? adminKubeconfig);
      return {
        kube,
        through: host,
        close: async () => {
          kube.close();
          await host.close();
        },
      };
    } catch (error) {
      await host.close();
      throw error;
    }
  }
  const kube = await localCluster(flags.kubeconfig ?? adminKubeconfig, io);
  return { kube, through: undefined, close: async () => kube.close() };
}

async function localCluster(file: string, io: Io): Promise<KubeClient> {
  const { kubeconfigClient } = await import('../kube/kubeconfig-client.ts');
  const { readKubeconfig } = await import('../pki/kubeconfig.ts');
  const path = resolve(io.cwd, file);
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new KinitError(`the kubeconfig ${file} cannot be read: ${error.code ?? error.message}`, {
      hint: 'give an administrator’s kubeconfig with --kubeconfig, or a control plane with --control-plane-host',
      cause: error,
    });
  });
  return kubeconfigClient(readKubeconfig(text, file), undefined, {
    readFile: (name) => readFile(resolve(dirname(path), name), 'utf8'),
  });
}
