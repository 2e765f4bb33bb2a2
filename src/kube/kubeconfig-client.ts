import { InputError } from '../errors.ts';
import type { Dial } from '../https/connection.ts';
import type { Kubeconfig } from '../pki/kubeconfig.ts';
import { Secret } from '../secret.ts';
import type { KubeClient } from './client.ts';
import { type Credentials, httpsKubeClient, type KubeClientSettings } from './https-client.ts';

export interface KubeconfigClientSettings extends Pick<KubeClientSettings, 'timeoutMs' | 'retryForMs' | 'signal'> {
  /** Reads a file that the kubeconfig names, where the kubeconfig lies; without it such files are refused. */
  readonly readFile?: (path: string) => Promise<string>;
}

/** A client with the rights of a kubeconfig's current context. Throws InputError where it names no usable credentials. */
export async function kubeconfigClient(
  kubeconfig: Kubeconfig,
  dial?: Dial,
  settings: KubeconfigClientSettings = {},
): Promise<KubeClient> {
  const { readFile: read = refuse, ...rest } = settings;
  const ca = kubeconfig.ca ?? (kubeconfig.caFile === undefined ? undefined : await read(kubeconfig.caFile));
  const credentials = await credentialsOf(kubeconfig, read);
  return httpsKubeClient({
    server: kubeconfig.server,
    insecure: kubeconfig.insecure,
    ...(ca === undefined ? {} : { ca }),
    ...(credentials === undefined ? {} : { credentials }),
    ...(kubeconfig.tlsServerName === undefined ? {} : { serverName: kubeconfig.tlsServerName }),
    ...(dial === undefined ? {} : { dial }),
    ...rest,
  });
}

type Read = (path: string) => Promise<string>;

async function credentialsOf(kubeconfig: Kubeconfig, read: Read): Promise<Credentials | undefined> {
  const { clientCertificate, clientCertificateFile, clientKey, clientKeyFile, token, tokenFile } = kubeconfig;
  const certificate = clientCertificate ?? (clientCertificateFile && (await read(clientCertificateFile)));
  const key = clientKey ?? (clientKeyFile && new Secret(await read(clientKeyFile)));
  if (certificate && key) return { certificate, key };
  if (token) return { token };
  if (tokenFile) return { token: new Secret((await read(tokenFile)).trim()) };
  return undefined;
}

async function refuse(path: string): Promise<never> {
  throw new InputError([
    { place: 'kubeconfig', message: `names the file ${path}: give one with embedded credentials` },
  ]);
}
