import { createHmac, timingSafeEqual } from 'node:crypto';
import { exitCodes, InputError, KinitError } from '../errors.ts';
import { certificatesAlone } from '../pki/certificate-file.ts';
import { type Kubeconfig, readKubeconfig } from '../pki/kubeconfig.ts';
import type { KubeObject, ObjectRef } from './client.ts';
import type { TokenParts } from './token.ts';

/** What anybody may read of a cluster, so that nodes can find and verify it. */
export const clusterInfoRef: ObjectRef = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  namespace: 'kube-public',
  name: 'cluster-info',
};

/** A cluster as its cluster-info tells it. */
export interface DiscoveredCluster {
  /** `https://host:port`, as the cluster itself is addressed. */
  readonly server: string;
  /** CA certificate or bundle, PEM, without the text that stood around it. */
  readonly caPem: string;
  /** The signed text, byte for byte. */
  readonly kubeconfig: string;
}

/** The text of cluster-info's kubeconfig; undefined where there is none. */
export function clusterInfoText(configMap: KubeObject): string | undefined {
  return dataOf(configMap)['kubeconfig'];
}

/** Whether cluster-info carries a signature made with a token of this id, whoever made it. */
export function isSignedFor(configMap: KubeObject, { id }: TokenParts): boolean {
  return dataOf(configMap)[signatureKey(id)] !== undefined;
}

/**
 * The cluster that a signed cluster-info tells. Its signature is a detached JWS (RFC 7515, appendix F; HS256 keyed with
 * the token's secret), made by the cluster's bootstrap signer. Throws KinitError (exit 6) where it is not this token's.
 */
export function verifyClusterInfo(configMap: KubeObject, token: TokenParts): DiscoveredCluster {
  const text = clusterInfoText(configMap);
  const signature = dataOf(configMap)[signatureKey(token.id)];
  if (text === undefined || signature === undefined) {
    throw untrusted(`the cluster has not signed its identity for the token ${token.id}`, unknownTokenHint);
  }
  const expected = detachedSignature(text, token);
  const given = Buffer.from(signature);
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) {
    throw untrusted(
      `the signature of the cluster's identity does not fit the token ${token.id}`,
      'the secret half of the token is wrong, or the answer is forged: copy the join command again, or make a new one with `kinit token create --print-join-command` on a control-plane node',
    );
  }
  return readClusterInfo(text);
}

/** The cluster in a kubeconfig text of cluster-info, which must hold a server and a CA. Throws KinitError (exit 6). */
export function readClusterInfo(kubeconfig: string): DiscoveredCluster {
  const { server, ca } = readPublished(kubeconfig);
  if (ca === undefined) throw untrusted('the cluster-info holds no CA certificate', 'ask the one who runs the cluster');
  return { server, caPem: certificatesAlone(ca), kubeconfig };
}

/** A kubeconfig that a cluster publishes: what is wrong with it is not the user's input. Throws KinitError. */
export function readPublished(kubeconfig: string): Kubeconfig {
  try {
    return readKubeconfig(kubeconfig, 'cluster-info');
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    throw new KinitError(`the cluster publishes a kubeconfig that is none: ${error.message}`, {
      cause: error,
      hint: 'on a control-plane node, `kinit init phase bootstrap-token` writes it again (ConfigMap kube-public/cluster-info)',
    });
  }
}

export const unknownTokenHint =
  'the token has expired, was deleted, lacks the usage `signing`, or belongs to another cluster: make a new one with `kinit token create --print-join-command` on a control-plane node';

/** An identity that is not proved: exit 6. */
export function untrusted(message: string, hint: string, cause?: unknown): KinitError {
  return new KinitError(message, { exitCode: exitCodes.trustRefused, hint, cause });
}

/** `header..signature`: kubeadm compares the whole text, so that algorithm and key id cannot be others either. */
function detachedSignature(text: string, { id, secret }: TokenParts): Buffer {
  const header = base64url(JSON.stringify({ alg: 'HS256', kid: id }));
  const signature = createHmac('sha256', secret.reveal())
    .update(`${header}.${base64url(text)}`)
    .digest('base64url');
  return Buffer.from(`${header}..${signature}`);
}

function signatureKey(id: string): string {
  return `jws-kubeconfig-${id}`;
}

function base64url(text: string): string {
  return Buffer.from(text).toString('base64url');
}

function dataOf(configMap: KubeObject): Readonly<Record<string, string>> {
  return (configMap['data'] ?? {}) as Readonly<Record<string, string>>;
}
