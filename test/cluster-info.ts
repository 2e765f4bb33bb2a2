import { createHmac } from 'node:crypto';
import type { KubeObject } from '../src/kube/client.ts';
import { clusterInfoObjects } from '../src/manifests/cluster-info.ts';
import { releaseFor } from '../src/release/release.ts';
import { parseVersion } from '../src/release/version.ts';

/** cluster-info as an init writes it. */
export function clusterInfo(server: string, caPem: string): KubeObject {
  const [configMap] = clusterInfoObjects(releaseFor(parseVersion('v1.31.0')), { server, caPem });
  if (configMap === undefined) throw new Error('no cluster-info');
  return configMap;
}

/** The same, signed as the controller manager's bootstrap signer does it. */
export function signedBy(configMap: KubeObject, token: string): KubeObject {
  const [id = '', secret = ''] = token.split('.');
  const data = configMap['data'] as Record<string, string>;
  const header = Buffer.from(JSON.stringify({ alg: 'HS256', kid: id })).toString('base64url');
  const payload = Buffer.from(data['kubeconfig'] ?? '').toString('base64url');
  const signature = createHmac('sha256', secret).update(`${header}.${payload}`).digest('base64url');
  return { ...configMap, data: { ...data, [`jws-kubeconfig-${id}`]: `${header}..${signature}` } };
}
