import { InputError, KinitError } from '../errors.ts';
import type { Dial } from '../https/connection.ts';
import { httpsEndpoint } from '../https/endpoint.ts';
import { explainFailure } from '../https/failure.ts';
import { certificatesAlone } from '../pki/certificate-file.ts';
import { type Kubeconfig, readKubeconfig } from '../pki/kubeconfig.ts';
import { clusterInfoRef, clusterInfoText, type DiscoveredCluster, readClusterInfo } from './cluster-info.ts';
import { KubeError } from './error.ts';
import { kubeconfigClient } from './kubeconfig-client.ts';

export interface FileDiscovery extends DiscoveredCluster {
  /** The file as read: it may carry credentials for the TLS bootstrap. */
  readonly access: Kubeconfig;
  readonly warnings: readonly string[];
}

export interface FileDiscoverySettings {
  /** Reads the file's text and the files that it names; without it those are passed over. */
  readonly read?: (text: string, file: string) => Promise<Kubeconfig>;
  readonly dial?: Dial;
  readonly signal?: AbortSignal;
}

/**
 * The cluster that a discovery file (a kubeconfig with an embedded CA) names, refreshed from the cluster's own
 * cluster-info where that can be read (kubeadm: a refusal or a malformed one is passed over). Throws InputError where the
 * file is of no use.
 */
export async function discoverFromFile(
  text: string,
  file: string,
  settings: FileDiscoverySettings = {},
): Promise<FileDiscovery> {
  const access = settings.read ? await settings.read(text, file) : readKubeconfig(text, file);
  if (access.ca === undefined) {
    throw new InputError(
      [{ place: file, message: 'holds no certificate-authority-data' }],
      'embed the cluster’s CA in it',
    );
  }
  const told = { server: access.server, caPem: certificatesAlone(access.ca), kubeconfig: text };
  const published = await publishedCluster(access, settings);
  if (published === undefined) return { ...told, access, warnings: [] };
  const warnings =
    published.server === access.server
      ? []
      : [`${file} names the server ${access.server}, the cluster itself ${published.server}: taking the cluster’s`];
  return { ...published, access, warnings };
}

/** The text of a discovery file at an https URL, fetched over the joining host's network. Throws KinitError. */
export async function fetchDiscoveryFile(url: string, { dial, signal }: FileDiscoverySettings = {}): Promise<string> {
  if (!URL.canParse(url)) throw new InputError([{ place: '--discovery-file', message: `"${url}" is no URL` }]);
  const { origin, pathname, search } = new URL(url);
  const endpoint = httpsEndpoint({ server: origin, maxBytes: 4 * 1024 * 1024, ...(dial ? { dial } : {}) });
  try {
    const answer = await endpoint.exchange({
      method: 'GET',
      path: `${pathname}${search}`,
      ...(signal ? { signal } : {}),
    });
    if (answer.status === 200) return answer.body;
    const { location } = answer.headers;
    const where = location === undefined ? '' : ` and sends to ${location}`;
    throw new KinitError(`${url} answers with status ${answer.status}${where}`, {
      hint: 'check the address of the discovery file',
    });
  } catch (error) {
    throw explainFailure(error, origin);
  } finally {
    endpoint.close();
  }
}

/** undefined where the cluster tells nobody, or nothing that makes sense. */
async function publishedCluster(
  access: Kubeconfig,
  { dial, signal }: FileDiscoverySettings,
): Promise<DiscoveredCluster | undefined> {
  const { clientCertificateFile, clientKeyFile, tokenFile, caFile, ...embedded } = access;
  const client = kubeconfigClient(embedded, dial, { ...(signal ? { signal } : {}) });
  try {
    const configMap = await client.get(clusterInfoRef);
    const text = configMap && clusterInfoText(configMap);
    return text === undefined ? undefined : readableCluster(text);
  } catch (error) {
    if (error instanceof KubeError) return undefined;
    throw error;
  } finally {
    client.close();
  }
}

function readableCluster(text: string): DiscoveredCluster | undefined {
  try {
    return readClusterInfo(text);
  } catch {
    return undefined;
  }
}
