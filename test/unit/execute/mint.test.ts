import { createPrivateKey, createPublicKey, X509Certificate } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { CertificateChange, Change, KeyPairChange, KubeconfigChange } from '../../../src/execute/change.ts';
import { mint } from '../../../src/execute/mint.ts';
import type { Target } from '../../../src/execute/target.ts';
import type { FileWrite } from '../../../src/host/host.ts';
import { certificateTable } from '../../../src/pki/certificate-table.ts';
import { generateKey } from '../../../src/pki/keys.ts';
import { readKubeconfig } from '../../../src/pki/kubeconfig.ts';
import { kubeconfigTable } from '../../../src/pki/kubeconfig-table.ts';
import { reveal, Secret } from '../../../src/secret.ts';
import { testAuthority } from '../../certificates.ts';
import { FakeHost } from '../../fakes/host.ts';
import { initConfig, release as releaseOf } from '../manifests/config.ts';
import { target } from './target.ts';

const now = Date.now();
const release = releaseOf('1.31');
const config = initConfig('1.31', { cluster: { encryptionAlgorithm: 'ECDSA-P256' } });
const directory = '/etc/kubernetes/pki';

function certificate(path: string): CertificateChange {
  const spec = certificateTable(config, release).find((each) => each.path === path);
  if (spec === undefined) throw new Error(`no certificate ${path}`);
  return { kind: 'certificate', directory, spec };
}

function kubeconfig(file: string): KubeconfigChange {
  const entry = kubeconfigTable(config, release).find((each) => each.file === file);
  if (entry === undefined) throw new Error(`no kubeconfig ${file}`);
  const { server, user, client, preferences } = entry;
  return {
    kind: 'kubeconfig',
    path: `/etc/kubernetes/${file}`,
    directory,
    clusterName: 'kubernetes',
    server,
    user,
    client,
    preferences,
  };
}

const serviceAccount: KeyPairChange = {
  kind: 'key-pair',
  privatePath: `${directory}/sa.key`,
  publicPath: `${directory}/sa.pub`,
  algorithm: 'ECDSA-P256',
};

async function minted(changes: readonly Change[], files: Record<string, string> = {}, more: Partial<Target> = {}) {
  const host = new FakeHost({ files });
  const kube = async () => {
    throw new Error('no certificate needs a cluster');
  };
  const promised = await mint(changes, target({ host, kube, now, ...more }));
  const made = new Map(await Promise.all([...promised].map(async ([change, files]) => [change, await files] as const)));
  return { host, of: (change: Change): readonly FileWrite[] => made.get(change) ?? [] };
}

const textOf = (file: FileWrite | undefined) => reveal(file?.content as string | Secret);
const chain = (leaf: string, ca: string) => new X509Certificate(leaf).verify(new X509Certificate(ca).publicKey);

describe('what certificates, keys and kubeconfigs become', () => {
  it('a key and then its certificate, secret and 0600, public and 0644', async () => {
    const ca = certificate('ca');
    const [key, crt] = (await minted([ca])).of(ca);
    expect(key).toMatchObject({ path: `${directory}/ca.key`, mode: 0o600, content: expect.any(Secret) });
    expect(crt).toMatchObject({
      path: `${directory}/ca.crt`,
      mode: 0o644,
      content: expect.stringMatching(/^-----BEGIN CERT/),
    });
    expect(new X509Certificate(textOf(crt)).checkPrivateKey(createPrivateKey(textOf(key)))).toBe(true);
  });

  it('signed by the CA that is made in the same run, wherever it stands in the list', async () => {
    const [ca, leaf, conf] = [certificate('ca'), certificate('apiserver'), kubeconfig('admin.conf')];
    const { of, host } = await minted([leaf, conf, ca]);
    const caPem = textOf(of(ca)[1]);
    expect(chain(textOf(of(leaf)[1]), caPem)).toBe(true);
    const written = readKubeconfig(textOf(of(conf)[0]), 'admin.conf');
    expect(written.ca).toBe(caPem);
    expect(chain(written.clientCertificate ?? '', caPem)).toBe(true);
    expect(host.roundTrips).toBe(0);
  });

  it('signed by the CA that is on the host, which is read once for all', async () => {
    const authority = await testAuthority();
    const files = { [`${directory}/ca.crt`]: authority.certificate, [`${directory}/ca.key`]: authority.key.reveal() };
    const [leaf, other, conf] = [
      certificate('apiserver'),
      certificate('apiserver-kubelet-client'),
      kubeconfig('admin.conf'),
    ];
    const { of, host } = await minted([leaf, other, conf], files);
    for (const change of [leaf, other]) expect(chain(textOf(of(change)[1]), authority.certificate)).toBe(true);
    expect(of(conf)[0]).toMatchObject({ path: '/etc/kubernetes/admin.conf', mode: 0o600, content: expect.any(Secret) });
    expect(host.roundTrips).toBe(1);
  });

  it('signed by the CA that the same run brings from elsewhere, without asking the host', async () => {
    const authority = await testAuthority();
    const leaf = certificate('apiserver');
    const brought: readonly Change[] = [
      { kind: 'file', path: `${directory}/ca.crt`, content: authority.certificate, mode: 0o644 },
      { kind: 'file', path: `${directory}/ca.key`, content: authority.key, mode: 0o600 },
    ];
    const { of, host } = await minted([...brought, leaf]);
    expect(chain(textOf(of(leaf)[1]), authority.certificate)).toBe(true);
    expect(host.roundTrips).toBe(0);
  });

  it('a certificate for a lone key that a killed run has left, and the same key', async () => {
    const key = (await generateKey('ECDSA-P256')).reveal();
    const ca: CertificateChange = { ...certificate('ca'), keepKey: true };
    const [again, crt] = (await minted([ca], { [`${directory}/ca.key`]: key })).of(ca);
    expect(textOf(again)).toBe(key);
    expect(new X509Certificate(textOf(crt)).checkPrivateKey(createPrivateKey(key))).toBe(true);
  });

  it('the service accounts’ pair, or the public half of the key that is there', async () => {
    const [key, pub] = (await minted([serviceAccount])).of(serviceAccount);
    const half = (pem: string) => createPublicKey(pem).export({ type: 'spki', format: 'pem' });
    expect(half(textOf(pub))).toBe(half(textOf(key)));
    const lone = { ...serviceAccount, keepKey: true };
    const files = (await minted([lone], { [`${directory}/sa.key`]: textOf(key) })).of(lone);
    expect(files.map(({ path }) => path)).toEqual([`${directory}/sa.pub`]);
    expect(half(textOf(files[0]))).toBe(half(textOf(key)));
  });

  it.each([
    ['a CA whose key is kept elsewhere', { [`${directory}/ca.crt`]: 'PEM' }, 'ca.key is missing'],
    ['a CA that is not there at all', {}, 'ca.crt is missing'],
  ])('nothing without %s', async (_, files, message) => {
    await expect(minted([certificate('apiserver')], files)).rejects.toThrow(message);
  });

  it('for show only in a rehearsal: the CA’s key stays on the host', async () => {
    const authority = await testAuthority();
    const leaf = certificate('apiserver');
    const { of } = await minted([leaf], { [`${directory}/ca.crt`]: authority.certificate }, { rehearsal: true });
    const made = new X509Certificate(textOf(of(leaf)[1]));
    expect(made.subject).toContain('CN=kube-apiserver');
    expect(made.verify(new X509Certificate(authority.certificate).publicKey)).toBe(false);
  });

  it('nothing, and no look at the host, for other changes', async () => {
    const note: Change = { kind: 'note', text: 'x' };
    const { of, host } = await minted([note]);
    expect(of(note)).toEqual([]);
    expect(host.roundTrips).toBe(0);
  });
});
