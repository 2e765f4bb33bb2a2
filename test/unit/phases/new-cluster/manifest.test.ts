import { describe, expect, test } from 'vitest';
import { forcedManifest, isForced, unforcedManifest } from '../../../../src/phases/new-cluster/manifest.ts';

/** As a joining control plane has it. */
const manifest = `apiVersion: v1
kind: Pod
spec:
  containers:
  - command:
    - etcd
    - --advertise-client-urls=https://192.0.2.12:2379
    - --data-dir=/var/lib/etcd
    - --initial-advertise-peer-urls=https://192.0.2.12:2380
    - --initial-cluster=m1=https://192.0.2.10:2380,m2=https://192.0.2.11:2380,m3=https://192.0.2.12:2380
    - --initial-cluster-state=existing
    - --name=m3
    image: k8s.gcr.io/etcd:3.4.13-0
`;

const ofOne = manifest
  .replace(/--initial-cluster=.*/, '--initial-cluster=m3=https://192.0.2.12:2380')
  .replace(/.*--initial-cluster-state=.*\n/, '');

describe('the manifest of an etcd that is to be alone', () => {
  test('asks for a new cluster of the member itself, and names no others', () => {
    const forced = forcedManifest(manifest);
    expect(forced).toBe(ofOne.replace('    - --data-dir', '    - --force-new-cluster=true\n    - --data-dir'));
    expect([isForced(manifest), isForced(forced ?? '')]).toEqual([false, true]);
  });

  test('asks once, however often it is decided', () => {
    const forced = forcedManifest(manifest) ?? '';
    expect(forcedManifest(forced)).toBe(forced);
  });

  test('is afterwards as init writes it', () => {
    expect(unforcedManifest(forcedManifest(manifest) ?? '')).toBe(ofOne);
    expect(unforcedManifest(forcedManifest(ofOne) ?? '')).toBe(ofOne);
  });

  test('keeps quotes, and is refused where the flags do not have a line each', () => {
    const quoted = manifest.replace(/- (--\S+)/g, '- "$1"');
    expect(forcedManifest(quoted)).toContain('    - "--initial-cluster=m3=https://192.0.2.12:2380"\n');
    expect(forcedManifest('spec: { containers: [{ command: [etcd, --data-dir=/var/lib/etcd] }] }')).toBeUndefined();
    expect(forcedManifest('')).toBeUndefined();
  });
});
