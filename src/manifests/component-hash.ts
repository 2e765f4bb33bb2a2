import { createHash } from 'node:crypto';
import type { KubeObject } from '../kube/client.ts';

/** kubeadm's ComponentConfigHashAnnotationKey. */
const annotation = 'kubeadm.kubernetes.io/component-config.hash';

/**
 * The ConfigMap with the hash that lets a later kubeadm see that nobody has edited the generated configuration in it:
 * SHA-256 over the values in the order of their keys (kubeadm componentconfigs.ChecksumForConfigMap).
 */
export function withComponentHash(configMap: KubeObject): KubeObject {
  const { metadata } = configMap;
  const annotations = { ...metadata.annotations, [annotation]: componentHash(configMap) };
  return { ...configMap, metadata: { ...metadata, annotations } };
}

/** Whether nobody has edited the generated configuration in the ConfigMap (kubeadm componentconfigs.VerifyConfigMapSignature). */
export function isGenerated(configMap: KubeObject): boolean {
  return configMap.metadata.annotations?.[annotation] === componentHash(configMap);
}

function componentHash(configMap: KubeObject): string {
  const hash = createHash('sha256');
  for (const text of valuesByKey(configMap['data'])) hash.update(text);
  for (const text of valuesByKey(configMap['binaryData'])) hash.update(Buffer.from(text, 'base64'));
  return `sha256:${hash.digest('hex')}`;
}

function valuesByKey(data: unknown): readonly string[] {
  return Object.entries((data ?? {}) as Readonly<Record<string, string>>)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, text]) => text);
}
