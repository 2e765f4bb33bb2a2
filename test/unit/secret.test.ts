import { describe, expect, it } from 'vitest';
import { findings } from '../../src/config/findings.ts';
import { InputError } from '../../src/errors.ts';
import { withoutKeys } from '../../src/secret.ts';
import { excerpt } from '../../src/yaml-place.ts';

const token = 'abcdef.0123456789abcdef';

describe('what is shown of a line that others wrote', () => {
  it.each([
    ['a token', `token: ${token}`, 'token: <redacted>'],
    ['a certificate key', `key: ${'0f'.repeat(32)}`, 'key: <redacted>'],
    [
      'base64',
      `ca.key: ${Buffer.from('-----BEGIN RSA PRIVATE KEY-----\nMII').toString('base64')}`,
      'ca.key: <redacted>',
    ],
    ['base64 as URLs have it', 'Bearer aZ0_-bY1aZ0_-bY1aZ0_-bY1aZ0_-bY1', 'Bearer <redacted>'],
  ])('has no secret in it: %s', (_, line, told) => {
    expect(withoutKeys(line)).toBe(told);
    expect(excerpt(line)).toBe(`\n  ${told}`);
  });

  it.each([
    'controlPlaneEndpoint: master.kubernetescluster.example.com:6443',
    'certSANs: [gitlab.0123456789abcdef.internal]',
    'path: /var/lib/kubelet/plugins/registry/csi/socket',
    'StructuredAuthenticationConfigurationEgressSelector: true',
    'server: root@node01.internalnetworks',
  ])('keeps what only looks long: %s', (line) => {
    expect(withoutKeys(line)).toBe(line);
  });
});

describe('what is reported of input', () => {
  const told = (report: (place: string, message: string) => void, places: readonly (readonly [string, string])[]) => {
    for (const [place, message] of places) report(place, message);
  };

  it('names a name of DNS as it is, a token in the wrong place never, and nothing twice', () => {
    const found = findings();
    told(found.report, [
      ['HOST:PORT', '"worker.kubernetescluster.example.com" is not HOST:PORT'],
      ['HOST:PORT', `"${token}" is not HOST:PORT`],
      ['--token', 'is not a token'],
      ['--token', 'is not a token'],
    ]);
    expect(() => found.throwIfAny()).toThrow(
      new InputError([
        { place: 'HOST:PORT', message: '"worker.kubernetescluster.example.com" is not HOST:PORT' },
        { place: 'HOST:PORT', message: '"<redacted>" is not HOST:PORT' },
        { place: '--token', message: 'is not a token' },
      ]).message,
    );
  });
});
