import { X509Certificate } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { KubeObject } from '../../src/kube/client.ts';
import { KubeError } from '../../src/kube/error.ts';
import { certificateRequest, issue, type Signer } from '../../src/pki/certificate.ts';
import { certificateTable } from '../../src/pki/certificate-table.ts';
import { generateKey, publicHalf } from '../../src/pki/keys.ts';
import { clientSpec } from '../../src/pki/kubeconfig-table.ts';
import { releaseFor } from '../../src/release/release.ts';
import { parseVersion } from '../../src/release/version.ts';
import { Secret } from '../../src/secret.ts';
import { nodeSigner } from '../../src/workflows/certificates/node-signer.ts';
import { FakeKube } from '../fakes/kube.ts';
import { configOf } from '../unit/pki/config.ts';

const release = releaseFor(parseVersion('v1.20.2'));
const now = Date.parse('2026-11-21T00:00:00Z');
let authority: Signer & { certificate: string };
let ended: AbortController;
let keyReads: number;

beforeAll(async () => {
  const key = await generateKey('ECDSA-P256');
  const [ca] = certificateTable(configOf(), release);
  if (ca === undefined) throw new Error('the table has no CA');
  authority = {
    key,
    certificate: issue(ca, { publicKey: publicHalf(key), signer: { key }, now, release: release.pki }),
  };
});
afterEach(() => ended.abort());

function signing(kube: FakeKube) {
  ended = new AbortController();
  keyReads = 0;
  const warnings: string[] = [];
  const signer = nodeSigner({
    kube: async () => kube,
    authority: async () => {
      keyReads++;
      return authority;
    },
    release,
    token: async () => new Secret('abcdef.0123456789abcdef'),
    now,
    warn: (text) => warnings.push(text),
    signal: ended.signal,
  });
  return { signer, warnings };
}

async function request(name: string, { node = 'w1', user = 'system:bootstrap:abcdef', more = {} } = {}) {
  const of = { name, title: name, commonName: `system:node:${node}`, organizations: ['system:nodes'] };
  const pem = certificateRequest(clientSpec(of, configOf(), release), await generateKey('ECDSA-P256'));
  return {
    apiVersion: 'certificates.k8s.io/v1',
    kind: 'CertificateSigningRequest',
    metadata: { name },
    spec: {
      request: Buffer.from(pem).toString('base64'),
      signerName: 'kubernetes.io/kube-apiserver-client-kubelet',
      username: user,
      usages: ['digital signature', 'key encipherment', 'client auth'],
      ...more,
    },
  } satisfies KubeObject;
}

const statusOf = (kube: FakeKube, name: string) =>
  (kube.objects('CertificateSigningRequest').find(({ metadata }) => metadata.name === name)?.['status'] ?? {}) as {
    certificate?: string;
    conditions?: { type: string }[];
  };

async function certificateOf(kube: FakeKube, name: string): Promise<X509Certificate> {
  for (;;) {
    const { certificate } = statusOf(kube, name);
    if (certificate) return new X509Certificate(Buffer.from(certificate, 'base64'));
    await sleep(10);
  }
}

describe('the signer of a run that holds the CA', () => {
  it('approves and signs what the kubelet of an expected node asks with the token of the run', async () => {
    const kube = new FakeKube();
    const { signer, warnings } = signing(kube);
    signer.expect('w1');
    await kube.create(await request('csr-w1'));
    const certificate = await certificateOf(kube, 'csr-w1');
    expect(certificate.subject).toBe('O=system:nodes\nCN=system:node:w1');
    expect(certificate.ca).toBe(false);
    expect(certificate.keyUsage).toEqual(['1.3.6.1.5.5.7.3.2']);
    expect(certificate.subjectAltName).toBeUndefined();
    expect(certificate.verify(new X509Certificate(authority.certificate).publicKey)).toBe(true);
    expect(Date.parse(certificate.validTo) - now).toBe(365 * 24 * 3600 * 1000);
    expect(statusOf(kube, 'csr-w1').conditions).toMatchObject([{ type: 'Approved', status: 'True' }]);
    expect(warnings).toEqual([]);
  });

  it.each([
    ['a node that is not expected', { node: 'w9' }],
    ['somebody with another token', { user: 'system:bootstrap:ffffff' }],
    ['a node itself', { user: 'system:node:w1' }],
    ['another signer', { more: { signerName: 'kubernetes.io/kube-apiserver-client' } }],
    ['the right to serve', { more: { usages: ['client auth', 'server auth'] } }],
  ])('leaves alone what is asked for by or for %s', async (_, odd) => {
    const kube = new FakeKube();
    const { signer, warnings } = signing(kube);
    signer.expect('w1');
    await kube.create(await request('odd', odd));
    await kube.create(await request('csr-w1'));
    await certificateOf(kube, 'csr-w1');
    expect(statusOf(kube, 'odd')).toEqual({});
    expect(warnings).toEqual([]);
  });

  it('reads the key of the CA once, and only when a node is expected', async () => {
    const kube = new FakeKube();
    const { signer } = signing(kube);
    expect(keyReads).toBe(0);
    signer.expect('w1');
    signer.expect('w2');
    await kube.create(await request('csr-w2', { node: 'w2' }));
    await certificateOf(kube, 'csr-w2');
    expect(keyReads).toBe(1);
  });

  it('signs once for a node: who holds the token gets no second certificate of its name', async () => {
    const kube = new FakeKube();
    const { signer } = signing(kube);
    signer.expect('w1');
    signer.expect('w2');
    await kube.create(await request('first'));
    await certificateOf(kube, 'first');
    await kube.create(await request('second'));
    await kube.create(await request('csr-w2', { node: 'w2' }));
    await certificateOf(kube, 'csr-w2');
    expect(statusOf(kube, 'second')).toEqual({});
    signer.expect('w1');
    await kube.create(await request('again'));
    await certificateOf(kube, 'again');
  });

  it('leaves alone what was denied, has failed, or is another request of the same name by now', async () => {
    const kube = new FakeKube();
    const { signer } = signing(kube);
    signer.expect('w1');
    for (const type of ['Denied', 'Failed']) {
      const asked = await kube.create(await request(type));
      await kube.update({ ...asked, status: { conditions: [{ type, status: 'True' }] } });
    }
    const replaced = await kube.create(await request('replaced'));
    await kube.update({ ...replaced, spec: (await request('x', { user: 'system:bootstrap:ffffff' })).spec });
    await sleep(200);
    await kube.create(await request('csr-w1'));
    await certificateOf(kube, 'csr-w1');
    for (const name of ['Denied', 'Failed', 'replaced']) expect(statusOf(kube, name).certificate).toBeUndefined();
  });

  it('leaves the word to the controller manager, and is silent where that one was faster', async () => {
    const kube = new FakeKube();
    const { signer, warnings } = signing(kube);
    signer.expect('w1');
    const asked = await kube.create(await request('signed'));
    await kube.update({ ...asked, status: { certificate: 'signed elsewhere' } });
    kube.failNext(/^update CertificateSigningRequest/, new KubeError(409, 'Conflict', 'the object has been modified'));
    await kube.create(await request('raced'));
    await sleep(200);
    await kube.create(await request('csr-w1'));
    await certificateOf(kube, 'csr-w1');
    expect(statusOf(kube, 'signed')).toEqual({ certificate: 'signed elsewhere' });
    expect(statusOf(kube, 'raced').certificate).toBeUndefined();
    expect(warnings).toEqual([]);
  });

  it('warns and goes on where it may not sign', async () => {
    const kube = new FakeKube();
    const { signer, warnings } = signing(kube);
    kube.failNext(/^update CertificateSigningRequest/, new KubeError(403, 'Forbidden', 'not yours'));
    signer.expect('w1');
    await kube.create(await request('forbidden'));
    while (warnings.length === 0) await sleep(10);
    expect(warnings[0]).toContain('not yours');
    await kube.create(await request('csr-w1'));
    await certificateOf(kube, 'csr-w1');
  });
});
