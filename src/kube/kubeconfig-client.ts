import { defined } from '../defined.ts';
import { InputError } from '../errors.ts';
import type { Dial } from '../https/connection.ts';
import type { Kubeconfig } from '../pki/kubeconfig.ts';
import { namedFiles } from '../pki/kubeconfig-files.ts';
import type { KubeClient } from './client.ts';
import { type Credentials, httpsKubeClient, type KubeClientSettings } from './https-client.ts';

export type KubeconfigClientSettings = Pick<KubeClientSettings, 'timeoutMs' | 'retryForMs' | 'signal'>;

/**
 * A client with the rights of a kubeconfig's current context, in which the files that it names were put already
 * (withNamedFiles). Throws InputError where they were not.
 */
export function kubeconfigClient(
  kubeconfig: Kubeconfig,
  dial?: Dial,
  settings: KubeconfigClientSettings = {},
): KubeClient {
  const [file] = namedFiles(kubeconfig, '');
  if (file !== undefined) {
    throw new InputError([
      { place: 'kubeconfig', message: `names the file ${file}: give one with embedded credentials` },
    ]);
  }
  const { server, insecure, ca, tlsServerName } = kubeconfig;
  const credentials = credentialsOf(kubeconfig);
  return httpsKubeClient({
    server,
    insecure,
    ...defined({ ca, credentials, serverName: tlsServerName, dial }),
    ...settings,
  });
}

function credentialsOf({ clientCertificate, clientKey, token }: Kubeconfig): Credentials | undefined {
  if (clientCertificate && clientKey) return { certificate: clientCertificate, key: clientKey };
  return token === undefined ? undefined : { token };
}
