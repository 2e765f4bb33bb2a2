import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { BootstrapToken, ClusterConfiguration } from '../config/types.ts';
import { KinitError } from '../errors.ts';
import type { KubeObject } from '../kube/client.ts';
import { reveal, Secret } from '../secret.ts';
import { joiningNodes, readerRole } from './rbac.ts';

const name = 'kubeadm-certs';
const namespace = 'kube-system';

/** A file that all control planes share. */
export interface SharedFile {
  /** Its name in the Secret. */
  readonly name: string;
  readonly path: string;
  readonly mode: 0o600 | 0o644;
}

/** A shared file with what it holds. */
export interface SharedContent extends SharedFile {
  readonly content: Secret;
}

/** The CAs and the service accounts' keys; of an external etcd its client certificate (kubeadm copycerts). */
export function sharedFiles({ certificatesDir, etcd }: ClusterConfiguration): readonly SharedFile[] {
  const own = (path: string) => shared(path.replaceAll('/', '-'), `${certificatesDir}/${path}`);
  const common = ['ca.crt', 'ca.key', 'front-proxy-ca.crt', 'front-proxy-ca.key', 'sa.pub', 'sa.key'].map(own);
  if (etcd.external === undefined) return [...common, own('etcd/ca.crt'), own('etcd/ca.key')];
  const { caFile, certFile, keyFile } = etcd.external;
  return [
    ...common,
    shared('external-etcd-ca.crt', caFile),
    shared('external-etcd.crt', certFile),
    shared('external-etcd.key', keyFile),
  ];
}

/** Without usages it opens nothing: the tokencleaner deletes it after two hours, and what it owns goes with it. */
export function certificatesLifetimeToken(token: string): BootstrapToken {
  const description = 'Proxy for managing TTL for the kubeadm-certs secret';
  return { token, description, ttl: '2h0m0s', usages: [], groups: [] };
}

/** A new random key, as `kubeadm certs certificate-key` makes it. */
export function generateCertificateKey(): Secret {
  return new Secret(randomBytes(32).toString('hex'));
}

/** The Secret kubeadm-certs as long as it is empty; sealedData fills it. */
export const certificatesSecret: KubeObject = { apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace } };

/** Who may read the Secret kubeadm-certs. */
export const certificatesReaders: readonly KubeObject[] = readerRole(
  { name: 'kubeadm:kubeadm-certs', namespace, resource: 'secrets', resourceName: name },
  [joiningNodes],
);

/**
 * The files as the Secret holds them: each encrypted with the key (32 bytes in hex), empty where the host has none.
 * `contents` go by path. Throws KinitError for a key that is none.
 */
export function sealedData(
  files: readonly SharedFile[],
  contents: ReadonlyMap<string, string | Secret>,
  certificateKey: Secret,
): Readonly<Record<string, string>> {
  const sealed = files.map((file) => {
    const content = contents.get(file.path);
    const value = content === undefined ? '' : encrypted(reveal(content), certificateKey).toString('base64');
    return [file.name, value] as const;
  });
  return Object.fromEntries(sealed);
}

/**
 * The files that the Secret kubeadm-certs holds for a joining control plane; those that were not uploaded are left out.
 * Throws KinitError where one is missing altogether or the key does not open it.
 */
export function downloadedFiles(
  cluster: ClusterConfiguration,
  secret: KubeObject,
  certificateKey: Secret,
): readonly SharedContent[] {
  const data = (secret['data'] ?? {}) as Readonly<Record<string, string>>;
  return sharedFiles(cluster).flatMap((file) => {
    const content = data[file.name];
    if (content === undefined) {
      throw new KinitError(`the Secret ${namespace}/${name} holds no ${file.name}`, { hint: uploadAgain });
    }
    return content === ''
      ? []
      : [{ ...file, content: decrypted(file.name, Buffer.from(content, 'base64'), certificateKey) }];
  });
}

const uploadAgain =
  'on a control plane run `kinit init phase upload-certs --upload-certs` and join with the key it prints';

const nonceBytes = 12;
const tagBytes = 16;

/** AES-256-GCM, serialised as Go does: nonce, ciphertext, tag. */
function encrypted(text: string, certificateKey: Secret): Buffer {
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv('aes-256-gcm', keyBytes(certificateKey), nonce);
  return Buffer.concat([nonce, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]);
}

function decrypted(file: string, bytes: Buffer, certificateKey: Secret): Secret {
  const key = keyBytes(certificateKey);
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, nonceBytes), { authTagLength: tagBytes });
    decipher.setAuthTag(bytes.subarray(-tagBytes));
    const text = decipher.update(bytes.subarray(nonceBytes, -tagBytes));
    return new Secret(Buffer.concat([text, decipher.final()]).toString('utf8'));
  } catch (cause) {
    const message = `the certificate key does not open ${file} of the Secret ${namespace}/${name}`;
    throw new KinitError(message, { hint: uploadAgain, cause });
  }
}

function keyBytes(certificateKey: Secret): Buffer {
  const hex = certificateKey.reveal();
  if (!/^[0-9a-fA-F]{64}$/.test(hex)) {
    throw new KinitError('the certificate key is not 32 bytes in hex', {
      hint: 'make one with `kinit certs certificate-key`',
    });
  }
  return Buffer.from(hex, 'hex');
}

function shared(file: string, path: string): SharedFile {
  return { name: file, path, mode: file.endsWith('.key') ? 0o600 : 0o644 };
}
