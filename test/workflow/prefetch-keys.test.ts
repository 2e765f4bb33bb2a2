import { describe, expect, test } from 'vitest';
import { initRequest } from '../../src/config/init.ts';
import type { EncryptionAlgorithm } from '../../src/config/types.ts';
import { overlayHost } from '../../src/host/overlay.ts';
import { overlayKubeClient } from '../../src/kube/overlay-client.ts';
import { type KeyPool, rehearsalKeys } from '../../src/pki/keys.ts';
import { parseVersion } from '../../src/release/version.ts';
import { asClients } from '../../src/workflows/host-clients.ts';
import { init } from '../../src/workflows/node/init.ts';
import type { Selection } from '../../src/workflows/stage.ts';
import { quietRun } from '../run.ts';
import { perfect } from '../unit/preflight/hosts.ts';

/** Counts what is started early and what is used. */
function countedKeys() {
  const { take } = rehearsalKeys();
  const early: EncryptionAlgorithm[] = [];
  const used: EncryptionAlgorithm[] = [];
  const keys: KeyPool = {
    prefetch: (algorithm, count) => early.push(...Array.from({ length: count }, () => algorithm)),
    take(algorithm) {
      used.push(algorithm);
      return take(algorithm);
    },
    discard() {},
  };
  return { keys, counts: () => ({ early: early.toSorted(), used: used.toSorted() }) };
}

const settings = (version: string, keys: KeyPool, featureGates = '') => ({
  request: initRequest({ flags: featureGates === '' ? {} : { featureGates } }),
  version: parseVersion(version),
  host: overlayHost({ name: 'cp1', facts: perfect(version) }),
  clients: asClients(overlayKubeClient()),
  run: quietRun({ rehearsal: true, keys, now: Date.UTC(2026, 10, 21) }),
  selection: {} as Selection,
  patches: [],
  proxyEnvironment: new Map<string, string>(),
  uploadCerts: false,
});

describe('the keys of a control plane', () => {
  test.each([
    ['v1.20.2', '', 15],
    ['v1.20.2', 'PublicKeysECDSA=true', 15],
    ['v1.36.2', '', 16],
  ])('of %s %s are all started early, and none for nothing', async (version, gates, count) => {
    const { keys, counts } = countedKeys();
    await init(settings(version, keys, gates));
    const { early, used } = counts();
    expect(early).toEqual(used);
    expect(used).toHaveLength(count);
  });

  test('are not started for a single phase, nor for those that are skipped', async () => {
    const single = countedKeys();
    await init({ ...settings('v1.20.2', single.keys), selection: { only: 'certs/ca' } });
    expect(single.counts()).toEqual({ early: [], used: ['RSA-2048'] });
    const skipped = countedKeys();
    const files = ['certs', 'kubeconfig', 'bootstrap-token'];
    await init({ ...settings('v1.20.2', skipped.keys), selection: { skip: files } });
    expect(skipped.counts()).toEqual({ early: [], used: [] });
  });

  test('are not started on a host that has its CA', async () => {
    const first = countedKeys();
    const input = settings('v1.20.2', first.keys);
    await init(input);
    const again = countedKeys();
    await init({ ...input, run: { ...input.run, keys: again.keys } });
    expect(again.counts()).toEqual({ early: [], used: [] });
  });
});
