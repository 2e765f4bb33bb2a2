import { describe, expect, test } from 'vitest';
import { sharedOn } from '../../src/workflows/node/control-plane/shared-source.ts';
import { testAuthority } from '../certificates.ts';
import { FakeHost } from '../fakes/host.ts';
import { initConfig } from '../unit/manifests/config.ts';

const [ca, other] = await Promise.all([testAuthority(), testAuthority()]);
const { cluster } = initConfig('v1.31.0', {});
const pki = '/etc/kubernetes/pki';
const all: Readonly<Record<string, string>> = {
  [`${pki}/ca.crt`]: ca.certificate,
  [`${pki}/ca.key`]: ca.key.reveal(),
  [`${pki}/sa.key`]: 'the key of the service accounts',
  [`${pki}/sa.pub`]: 'its public half',
  [`${pki}/apiserver.key`]: 'the host’s own',
};

describe('what a control plane has for further ones', () => {
  test('is what all of them share and nothing of its own, wrapped so that nobody prints it', async () => {
    const source = await sharedOn(new FakeHost({ files: all }), cluster, ca.certificate);
    expect(source).toMatchObject({ from: 'control plane' });
    expect(JSON.stringify(source)).not.toContain(ca.key.reveal().split('\n')[1]);
    expect('files' in source && source.files.map(({ name, mode }) => [name, mode])).toEqual([
      ['ca.crt', 0o644],
      ['ca.key', 0o600],
      ['sa.pub', 0o644],
      ['sa.key', 0o600],
    ]);
  });

  test('lacks a key of the CA that is kept elsewhere', async () => {
    const { [`${pki}/ca.key`]: _, ...files } = all;
    const source = await sharedOn(new FakeHost({ files }), cluster, ca.certificate);
    expect('files' in source && source.files.map(({ name }) => name)).toEqual(['ca.crt', 'sa.pub', 'sa.key']);
  });

  test('is refused where the host carries nothing of it, with what to name instead', async () => {
    await expect(sharedOn(new FakeHost({ name: 'ws' }), cluster, ca.certificate)).rejects.toMatchObject({
      host: 'ws',
      message: expect.stringContaining('are not on this host'),
      hint: expect.stringContaining('--control-plane-host'),
    });
  });

  test('is refused where the host is of another cluster', async () => {
    await expect(sharedOn(new FakeHost({ files: all }), cluster, other.certificate)).rejects.toThrow(
      `${pki}/ca.crt on this host is not the CA of the cluster`,
    );
  });
});
