import { X509Certificate } from 'node:crypto';
import { reveal, type Secret } from '../secret.ts';

/** How the user of a kubeconfig says who it is; a key without a certificate waits for one that somebody else signs. */
export type KubeconfigClient =
  | { readonly key: Secret; readonly certificatePem?: never; readonly token?: never }
  | { readonly certificatePem: string; readonly key: Secret; readonly token?: never }
  | { readonly token: Secret | string; readonly certificatePem?: never; readonly key?: never };

export interface KubeconfigOptions {
  readonly clusterName: string;
  readonly server: string;
  /** The first certificate of it is taken, as kubeadm does with a bundle; '': none is known. */
  readonly caPem: string;
  readonly user: string;
  readonly client: KubeconfigClient;
  /** An empty `preferences`, as older releases print it. */
  readonly preferences: boolean;
}

/** The kubeconfig as a plain object. It holds the key in the clear: wrap its YAML in a Secret. */
export function kubeconfigDocument({ client, ...options }: KubeconfigOptions): Readonly<Record<string, unknown>> {
  return document(options, credentials(client));
}

/** The kubelet's kubeconfig after `kubelet-finalize`: the client certificate and key stand in a file that it rotates. */
export function rotatableKubeconfig(
  options: Omit<KubeconfigOptions, 'client'> & { readonly certificateFile: string },
): Readonly<Record<string, unknown>> {
  return document(options, { 'client-certificate': options.certificateFile, 'client-key': options.certificateFile });
}

function document(
  { clusterName, server, caPem, user, preferences }: Omit<KubeconfigOptions, 'client'>,
  credentials: Readonly<Record<string, string>>,
): Readonly<Record<string, unknown>> {
  const context = `${user}@${clusterName}`;
  const ca = caPem === '' ? {} : { 'certificate-authority-data': base64(new X509Certificate(caPem).toString()) };
  return {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: clusterName, cluster: { ...ca, server } }],
    contexts: [{ name: context, context: { cluster: clusterName, user } }],
    'current-context': context,
    ...(preferences ? { preferences: {} } : {}),
    users: [{ name: user, user: credentials }],
  };
}

function credentials(client: KubeconfigClient): Readonly<Record<string, string>> {
  if (client.token !== undefined) return { token: reveal(client.token) };
  const certificate =
    client.certificatePem === undefined ? {} : { 'client-certificate-data': base64(client.certificatePem) };
  return { ...certificate, 'client-key-data': base64(client.key.reveal()) };
}

function base64(text: string): string {
  return Buffer.from(text, 'utf8').toString('base64');
}
