import { execFileSync } from 'node:child_process';
import { beforeAll, describe, expect, it } from 'vitest';
import { exitCodes } from '../../../src/errors.ts';
import { caCertHash, caCertHashes, pinnedCertificates } from '../../../src/kube/ca-pin.ts';
import { verifyClusterInfo } from '../../../src/kube/cluster-info.ts';
import { parseToken } from '../../../src/kube/token.ts';
import { testAuthority } from '../../certificates.ts';
import { clusterInfo, signedBy } from '../../cluster-info.ts';

const token = parseToken('abcdef.0123456789abcdef')!;
let ca = '';
let otherCa = '';

beforeAll(async () => {
  ca = (await testAuthority()).certificate;
  otherCa = (await testAuthority()).certificate;
});

describe('the signature of cluster-info', () => {
  it('verifies one that another implementation made (HS256 over the text, by openssl)', () => {
    const unsigned = clusterInfo('https://10.0.0.11:6443', ca);
    const header = Buffer.from('{"alg":"HS256","kid":"abcdef"}').toString('base64url');
    const text = (unsigned['data'] as { kubeconfig: string }).kubeconfig;
    const input = `${header}.${Buffer.from(text).toString('base64url')}`;
    const hmac = execFileSync('openssl', ['dgst', '-sha256', '-hmac', '0123456789abcdef', '-binary'], { input });
    const data = { kubeconfig: text, 'jws-kubeconfig-abcdef': `${header}..${hmac.toString('base64url')}` };
    expect(verifyClusterInfo({ ...unsigned, data }, token)).toEqual({
      server: 'https://10.0.0.11:6443',
      caPem: ca,
      kubeconfig: text,
    });
  });

  it.each([
    ['made with another secret', 'abcdef.ffffffffffffffff', (jws: string) => jws],
    ['with a byte changed', 'abcdef.0123456789abcdef', (jws: string) => `${jws.slice(0, -2)}AA`],
    ['cut short', 'abcdef.0123456789abcdef', (jws: string) => jws.slice(0, -1)],
    ['without any signature in it', 'abcdef.0123456789abcdef', (jws: string) => `${jws.split('..')[0]}..`],
    [
      'of another algorithm',
      'abcdef.0123456789abcdef',
      (jws: string) => jws.replace(/^[^.]+/, Buffer.from('{"alg":"none","kid":"abcdef"}').toString('base64url')),
    ],
  ])('refuses one %s, exit 6', (_, signer, spoil) => {
    const signed = signedBy(clusterInfo('https://10.0.0.11:6443', ca), signer);
    const data = signed['data'] as Record<string, string>;
    const spoilt = {
      ...signed,
      data: { ...data, 'jws-kubeconfig-abcdef': spoil(data['jws-kubeconfig-abcdef'] ?? '') },
    };
    expect(() => verifyClusterInfo(spoilt, token)).toThrow(
      expect.objectContaining({ exitCode: exitCodes.trustRefused }),
    );
  });

  it('refuses a text that was changed after signing, were it only by a line end', () => {
    const signed = signedBy(clusterInfo('https://10.0.0.11:6443', ca), 'abcdef.0123456789abcdef');
    const data = signed['data'] as Record<string, string>;
    const changed = { ...signed, data: { ...data, kubeconfig: `${data['kubeconfig']}\n` } };
    expect(() => verifyClusterInfo(changed, token)).toThrow(/does not fit the token abcdef/);
  });

  it('never shows the secret half of the token in its errors', () => {
    const signed = signedBy(clusterInfo('https://10.0.0.11:6443', ca), 'abcdef.ffffffffffffffff');
    try {
      verifyClusterInfo(signed, token);
      expect.unreachable();
    } catch (error) {
      expect(`${error} ${JSON.stringify(error)} ${(error as { hint: string }).hint}`).not.toContain('0123456789abcdef');
    }
  });
});

describe('CA pins', () => {
  it('are the SHA-256 of the public key, as the documented openssl pipeline prints it', () => {
    const key = execFileSync('openssl', ['x509', '-pubkey', '-noout'], { input: ca });
    const der = execFileSync('openssl', ['pkey', '-pubin', '-outform', 'der'], { input: key });
    const hex = execFileSync('openssl', ['dgst', '-sha256', '-r'], { input: der }).toString().split(' ')[0];
    expect(caCertHash(ca)).toBe(`sha256:${hex}`);
  });

  it('are one per certificate of a bundle, and any of them will do', () => {
    expect(caCertHashes(ca + otherCa)).toEqual([caCertHash(ca), caCertHash(otherCa)]);
    const pin = caCertHash(otherCa).toUpperCase().replace('SHA256', 'sha256');
    expect(pinnedCertificates(ca + otherCa, [pin])).toBe(otherCa);
    expect(pinnedCertificates(ca, [pin])).toBeUndefined();
  });
});
