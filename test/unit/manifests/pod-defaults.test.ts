import { describe, expect, it } from 'vitest';
import { isSamePod } from '../../../src/manifests/pod-defaults.ts';

function pod(container: object = {}, spec: object = {}, metadata: object = {}) {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'etcd', namespace: 'kube-system', ...metadata },
    spec: {
      containers: [
        { name: 'etcd', image: 'registry.k8s.io/etcd:3.5.15-0', command: ['etcd', '--name=cp1'], ...container },
      ],
      hostNetwork: true,
      ...spec,
    },
  };
}

const probe = { httpGet: { path: '/health', port: 2381 }, timeoutSeconds: 15 };

describe('two manifests of a static pod', () => {
  it.each<[string, object, object]>([
    ['defaults of a container', pod(), pod({ imagePullPolicy: 'IfNotPresent', terminationMessagePolicy: 'File' })],
    [
      'defaults of the pod',
      pod(),
      pod({}, { restartPolicy: 'Always', dnsPolicy: 'ClusterFirst', securityContext: {} }),
    ],
    [
      'defaults of probes (kubernetes#120605)',
      pod({ livenessProbe: probe }),
      pod({
        livenessProbe: {
          ...probe,
          successThreshold: 1,
          failureThreshold: 3,
          httpGet: { scheme: 'HTTP', ...probe.httpGet },
        },
      }),
    ],
    [
      'the type of a volume',
      pod({}, { volumes: [{ name: 'a', hostPath: { path: '/a' } }] }),
      pod({}, { volumes: [{ name: 'a', hostPath: { path: '/a', type: '' } }] }),
    ],
    ['what Go prints of an empty field', pod(), pod({ resources: {} }, {}, { creationTimestamp: null })],
    [
      'the host port of a pod on the host network',
      pod({ ports: [{ containerPort: 2381 }] }),
      pod({ ports: [{ containerPort: 2381, hostPort: 2381, protocol: 'TCP' }] }),
    ],
  ])('are the same to the kubelet where they differ in %s', (_, a, b) => {
    expect(isSamePod(a as never, b as never)).toBe(true);
  });

  it.each<[string, object]>([
    ['the image', pod({ image: 'registry.k8s.io/etcd:3.5.16-0' })],
    ['an argument', pod({ command: ['etcd', '--name=cp2'] })],
    ['the order of arguments', pod({ command: ['--name=cp1', 'etcd'] })],
    ['an annotation', pod({}, {}, { annotations: { a: 'b' } })],
    ['a threshold that is no default', pod({ livenessProbe: { ...probe, failureThreshold: 8 } })],
  ])('are two where they differ in %s', (_, b) => {
    expect(
      isSamePod(pod({ ...(JSON.stringify(b).includes('livenessProbe') ? { livenessProbe: probe } : {}) }), b as never),
    ).toBe(false);
  });
});
