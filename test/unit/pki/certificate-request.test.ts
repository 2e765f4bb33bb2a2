import { beforeAll, describe, expect, it } from 'vitest';
import { certificateRequest } from '../../../src/pki/certificate.ts';
import { requestedKey } from '../../../src/pki/certificate-request.ts';
import { generateKey, publicHalf } from '../../../src/pki/keys.ts';
import { clientSpec } from '../../../src/pki/kubeconfig-table.ts';
import type { Secret } from '../../../src/secret.ts';
import { configOf, pkiOf } from './config.ts';

const worker = { commonName: 'system:node:w1', organizations: ['system:nodes'] };
const spec = (commonName: string, organizations: readonly string[]) =>
  clientSpec({ name: 'w1', title: 'a node', commonName, organizations }, configOf(), pkiOf('v1.20.2'));

let key: Secret;
beforeAll(async () => {
  key = await generateKey('ECDSA-P256');
});

describe('a certificate request', () => {
  it('gives its key for exactly the subject that it names', () => {
    const request = certificateRequest(spec('system:node:w1', ['system:nodes']), key);
    expect(requestedKey(request, worker)).toBe(publicHalf(key));
  });

  it.each([
    ['another node', 'system:node:w2', ['system:nodes']],
    ['another group', 'system:node:w1', ['system:masters']],
    ['a second group', 'system:node:w1', ['system:nodes', 'system:masters']],
    ['no group', 'system:node:w1', []],
  ])('of %s gives nothing', (_, commonName, organizations) => {
    expect(requestedKey(certificateRequest(spec(commonName, organizations), key), worker)).toBeUndefined();
  });

  it('that asks for names beside its subject gives nothing', () => {
    const named = { ...spec('system:node:w1', ['system:nodes']), dnsNames: ['kubernetes.default'] };
    expect(requestedKey(certificateRequest(named, key), worker)).toBeUndefined();
  });

  it.each([
    ['text before it', (pem: string) => `MIIB\n${pem}`],
    ['text after it', (pem: string) => `${pem}MIIB\n`],
    ['a second request behind it', (pem: string) => `${pem}${pem}`],
    ['another label', (pem: string) => pem.replaceAll('CERTIFICATE REQUEST', 'NEW CERTIFICATE REQUEST')],
    ['nothing of a request', () => 'not a request'],
  ])('with %s gives nothing, since others may read something else in it', (_, change) => {
    const request = certificateRequest(spec('system:node:w1', ['system:nodes']), key);
    expect(requestedKey(change(request), worker)).toBeUndefined();
  });
});
