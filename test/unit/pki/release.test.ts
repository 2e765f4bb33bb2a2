import { describe, expect, it } from 'vitest';
import type { PkiRelease } from '../../../src/release/pki.ts';
import { minors, pkiOf } from './config.ts';

/** Where a value changes: the last version that has the old one, the first that has the new one. */
const changes: readonly {
  readonly what: string;
  readonly value: (release: PkiRelease) => unknown;
  readonly steps: readonly (readonly [version: string, value: unknown])[];
}[] = [
  {
    what: 'the organisation of admin.conf',
    value: ({ organizations }) => organizations.admin.join(),
    steps: [
      ['v1.18.0', 'system:masters'],
      ['v1.28.15', 'system:masters'],
      ['v1.29.0-rc.1', 'kubeadm:cluster-admins'],
      ['v1.36.2', 'kubeadm:cluster-admins'],
    ],
  },
  {
    what: "the organisation of the API server's kubelet client",
    value: ({ organizations }) => organizations['apiserver-kubelet-client'].join(),
    steps: [
      ['v1.28.0', 'system:masters'],
      ['v1.29.0', 'kubeadm:cluster-admins'],
      ['v1.33.11', 'kubeadm:cluster-admins'],
      ['v1.33.12', ''],
      ['v1.34.0', 'kubeadm:cluster-admins'],
      ['v1.34.7', 'kubeadm:cluster-admins'],
      ['v1.34.8', ''],
      ['v1.35.4', 'kubeadm:cluster-admins'],
      ['v1.35.5', ''],
      ['v1.36.0', 'kubeadm:cluster-admins'],
      ['v1.36.1', ''],
      ['v1.37.0', ''],
    ],
  },
  {
    what: "the organisation of etcd's clients",
    value: ({ organizations }) =>
      `${organizations['apiserver-etcd-client']}|${organizations['etcd-healthcheck-client']}`,
    steps: [
      ['v1.28.15', 'system:masters|system:masters'],
      ['v1.29.0', '|'],
    ],
  },
  {
    what: 'super-admin.conf',
    value: ({ superAdmin }) => superAdmin,
    steps: [
      ['v1.28.15', false],
      ['v1.29.0', true],
    ],
  },
  {
    what: "a CA's own DNS name",
    value: ({ caDnsName }) => caDnsName,
    steps: [
      ['v1.21.14', false],
      ['v1.22.0', true],
    ],
  },
  {
    what: "a CA's serial number",
    value: ({ caSerial }) => caSerial,
    steps: [
      ['v1.24.17', 'zero'],
      ['v1.25.11', 'zero'],
      ['v1.25.12', 'random'],
      ['v1.26.0', 'zero'],
      ['v1.26.7', 'random'],
      ['v1.27.3', 'zero'],
      ['v1.27.4', 'random'],
      ['v1.28.0', 'random'],
    ],
  },
  {
    what: 'the start of a CA, in seconds before the run',
    value: ({ backdate }) => backdate,
    steps: [
      ['v1.25.12', 0],
      ['v1.25.13', 300],
      ['v1.26.7', 0],
      ['v1.26.8', 300],
      ['v1.27.4', 0],
      ['v1.27.5', 300],
      ['v1.28.0', 300],
    ],
  },
  {
    what: 'the start of a leaf',
    value: ({ leafStart }) => leafStart,
    steps: [
      ['v1.30.14', 'signer'],
      ['v1.31.0', 'run'],
    ],
  },
  {
    what: 'CA:FALSE in leaves',
    value: ({ leafBasicConstraints }) => leafBasicConstraints,
    steps: [
      ['v1.20.15', false],
      ['v1.21.0', true],
    ],
  },
  {
    what: "the hash of a CA's key identifier",
    value: ({ keyIdentifier }) => keyIdentifier,
    steps: [
      ['v1.34.9', 'sha1'],
      ['v1.35.0', 'sha256'],
    ],
  },
  {
    what: 'the mode of what is public and shared',
    value: ({ sharedPublicMode }) => sharedPublicMode.toString(8),
    steps: [
      ['v1.21.14', '600'],
      ['v1.22.0', '644'],
    ],
  },
  {
    what: 'names without duplicates',
    value: ({ distinctNames }) => distinctNames,
    steps: [
      ['v1.18.20', false],
      ['v1.19.0', true],
    ],
  },
  {
    what: 'the algorithms',
    value: ({ algorithms }) => algorithms.join(),
    steps: [
      ['v1.30.0', 'RSA-2048,ECDSA-P256'],
      ['v1.31.0', 'RSA-2048,RSA-3072,RSA-4096,ECDSA-P256'],
      ['v1.33.12', 'RSA-2048,RSA-3072,RSA-4096,ECDSA-P256'],
      ['v1.34.0', 'RSA-2048,RSA-3072,RSA-4096,ECDSA-P256,ECDSA-P384'],
    ],
  },
  {
    what: 'the algorithm of keys in kubeconfigs',
    value: ({ kubeconfigAlgorithm }) => kubeconfigAlgorithm,
    steps: [
      ['v1.30.0', 'RSA-2048'],
      ['v1.31.0', 'configured'],
    ],
  },
  {
    what: 'preferences in kubeconfigs',
    value: ({ preferences }) => preferences,
    steps: [
      ['v1.33.12', true],
      ['v1.34.0', false],
    ],
  },
  {
    what: 'whom the controller manager and the scheduler talk to',
    value: ({ componentServer }) => componentServer,
    steps: [
      ['v1.18.20', 'control-plane-endpoint'],
      ['v1.19.0', 'control-plane-endpoint'],
      ['v1.19.1', 'local'],
      ['v1.20.0', 'local'],
    ],
  },
  {
    what: 'whom the kubelet talks to',
    value: ({ kubeletServer: { local, gated } }) => `${local ? 'local' : 'endpoint'}${gated ? ', gated' : ''}`,
    steps: [
      ['v1.30.0', 'endpoint'],
      ['v1.31.0', 'endpoint, gated'],
      ['v1.33.0', 'local, gated'],
      ['v1.35.0', 'local'],
    ],
  },
];

describe('the pki tables', () => {
  it.each(minors)('are complete for %s', (version) => {
    expect(Object.values(pkiOf(version).pki)).not.toContain(undefined);
  });

  for (const { what, value, steps } of changes) {
    it.each(steps)(`${what} at %s: %s`, (version, expected) => {
      expect(value(pkiOf(version).pki)).toBe(expected);
    });
  }
});
