import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { Secret } from '../../src/secret.ts';
import { controlPlaneSigner } from '../../src/workflows/certificates/control-plane-signer.ts';
import { testAuthority } from '../certificates.ts';
import { FakeHost } from '../fakes/host.ts';
import { FakeKube } from '../fakes/kube.ts';
import { initConfig, release } from '../unit/manifests/config.ts';

const authority = await testAuthority('kubernetes');
const host = () =>
  new FakeHost({
    files: {
      '/etc/kubernetes/pki/ca.crt': authority.certificate,
      '/etc/kubernetes/pki/ca.key': authority.key.reveal(),
    },
  });

function signerOn(on: FakeHost, extraArgs: readonly { name: string; value: string }[] = []) {
  const { cluster } = initConfig('1.20.2');
  const facts = {
    cluster: { ...cluster, controllerManager: { ...cluster.controllerManager, extraArgs } },
    release: release('1.20.2'),
    kubeletConfiguration: {},
  };
  return controlPlaneSigner(on, facts, authority.certificate, {
    kube: async () => new FakeKube(),
    token: async () => new Secret('abcdef.0123456789abcdef'),
    now: 0,
    warn: () => {},
    signal: new AbortController().signal,
  });
}

describe('the CA on a control plane', () => {
  it('is not touched before a node is expected', async () => {
    const on = host();
    const signer = signerOn(on);
    await sleep(10);
    expect(on.roundTrips).toBe(0);
    signer?.expect('w1');
    while (on.roundTrips === 0) await sleep(5);
    expect(on.roundTrips).toBe(1);
  });

  it.each(['cluster-signing-duration', 'experimental-cluster-signing-duration', 'cluster-signing-cert-file'])(
    'signs nothing where the controller manager is given --%s',
    (name) => {
      expect(signerOn(host(), [{ name, value: '1h' }])).toBeUndefined();
      expect(signerOn(host(), [{ name: 'v', value: '2' }])).toBeDefined();
    },
  );
});
