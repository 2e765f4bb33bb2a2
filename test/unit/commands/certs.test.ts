import { generateKeyPairSync, X509Certificate } from 'node:crypto';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { execa } from 'execa';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { issue } from '../../../src/pki/certificate.ts';
import { publicHalf } from '../../../src/pki/keys.ts';
import { readKubeconfig } from '../../../src/pki/kubeconfig.ts';
import { kubeconfigDocument } from '../../../src/pki/kubeconfig-document.ts';
import { kubeconfigTable } from '../../../src/pki/kubeconfig-table.ts';
import { toYaml } from '../../../src/yaml.ts';
import { kinit as runKinit } from '../../command-line.ts';
import { FakeKube } from '../../fakes/kube.ts';
import { kubeServer } from '../../fakes/kube-server.ts';
import { configOf, pkiOf } from '../pki/config.ts';
import { issuedPki, type Pki } from '../pki/issued.ts';
import { hasOpenssl, openssl } from '../pki/openssl.ts';

const made = Date.parse('2026-11-21T00:00:00Z');
const day = 24 * 3600 * 1000;
const now = made + 100 * day;

let pki: Pki;
const project = join(import.meta.dirname, '..', '..', '..');
let folder: string;
let flags: readonly string[];

beforeAll(async () => {
  pki = await issuedPki(made);
});

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kinit-certs-'));
  flags = ['--cert-dir', join(folder, 'pki'), '--kubeconfig-dir', folder, '--config', await configFile()];
  await writeControlPlane();
});

afterEach(() => rm(folder, { recursive: true }));

/** A configuration of keys that cost nothing. */
async function configFile(): Promise<string> {
  const path = join(folder, 'cluster.yaml');
  await writeFile(
    path,
    `apiVersion: kubeadm.k8s.io/v1beta4
kind: ClusterConfiguration
kubernetesVersion: v1.36.2
encryptionAlgorithm: ECDSA-P256
controlPlaneEndpoint: cp.example.test:6443
clusterName: prod
`,
  );
  return path;
}

/** Certificates, keys and kubeconfigs as `init` leaves them. */
async function writeControlPlane(): Promise<void> {
  const put = async (path: string, text: string, mode: number) => {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text, { mode });
  };
  for (const [path, certificate] of pki.certificates) await put(`pki/${path}.crt`, certificate, 0o644);
  for (const [path, key] of pki.keys) await put(`pki/${path}.key`, key.reveal(), 0o600);
  const caPem = pki.certificates.get('ca')!;
  const signer = { certificate: caPem, key: pki.keys.get('ca')! };
  const release = pkiOf('v1.36.2');
  const key = pki.keys.get('apiserver')!;
  for (const { client, ...entry } of kubeconfigTable(configOf({ encryptionAlgorithm: 'ECDSA-P256' }), release)) {
    const certificatePem = issue(client, { publicKey: publicHalf(key), signer, now: made, release: release.pki });
    const document = kubeconfigDocument({ ...entry, caPem, client: { certificatePem, key } });
    await put(entry.file, toYaml({ ...document, extensions: [{ name: 'mine', extension: { kept: true } }] }), 0o600);
  }
}

const kinit = (...argv: readonly string[]) => kinitUntil(new AbortController().signal, ...argv);

const kinitUntil = (signal: AbortSignal, ...argv: readonly string[]) =>
  runKinit(argv, {
    stdin: Readable.from(['secret-token\n']),
    env: { HOME: folder },
    cwd: folder,
    now: () => now,
    signal,
  });

const text = (path: string) => readFile(join(folder, path), 'utf8');
const mode = async (path: string) => ((await stat(join(folder, path))).mode & 0o777).toString(8);
const files = async () => (await readdir(folder, { recursive: true })).sort();

/** Nobody listens there. */
const nowhere = 'https://127.0.0.1:1';

const apiServerManifest = (port: number) => `spec:
  containers:
  - command:
    - kube-apiserver
    - --advertise-address=127.0.0.1
    - --secure-port=${port}
    image: registry.k8s.io/kube-apiserver:v1.28.0
`;

describe('kinit certs certificate-key', () => {
  it('prints 32 random bytes, another time others', async () => {
    const [one, two] = await Promise.all([kinit('certs', 'certificate-key'), kinit('certs', 'certificate-key')]);
    expect(one.out).toMatch(/^[0-9a-f]{64}\n$/);
    expect(one.out).not.toBe(two.out);
  });
});

describe('kinit certs check-expiration', () => {
  it('shows every certificate, its end and its CA', async () => {
    const { code, out } = await kinit('certs', 'check-expiration', ...flags);
    expect(code).toBe(0);
    expect(out.split('\n').slice(0, 3)).toEqual([
      'CERTIFICATE                EXPIRES                  RESIDUAL TIME   CERTIFICATE AUTHORITY   EXTERNALLY MANAGED',
      'admin.conf                 Nov 21, 2027 00:00 UTC   265d            ca                      no      ',
      'apiserver                  Nov 21, 2027 00:00 UTC   265d            ca                      no      ',
    ]);
    expect(out).toMatch(/^etcd-ca +Nov 18, 2036 00:00 UTC +9y +no/m);
  });

  it('shows what is missing and what somebody else manages', async () => {
    await rm(join(folder, 'pki/apiserver.crt'));
    await rm(join(folder, 'pki/etcd/ca.key'));
    const { out } = await kinit('certs', 'check-expiration', ...flags);
    expect(out).toMatch(/^!MISSING! apiserver /m);
    expect(out).toMatch(/^etcd-server .* etcd-ca +yes/m);
    expect(out).toMatch(/^front-proxy-client .* no/m);
  });

  it.each([
    ['json', (out: string) => JSON.parse(out) as object],
    ['yaml', (out: string) => ({ kind: /kind: (\w+)/.exec(out)?.[1], certificates: out.match(/^- caName/gm) })],
  ])('prints %s too', async (format, parse) => {
    const { out } = await kinit('certs', 'check-expiration', ...flags, '-o', format);
    expect(parse(out)).toMatchObject({ kind: 'CertificateExpirationInfo', certificates: { length: 11 } });
  });

  it('names a file that is no certificate', async () => {
    await writeFile(join(folder, 'pki/apiserver.crt'), 'hello');
    const { code, err } = await kinit('certs', 'check-expiration', ...flags);
    expect([code, err]).toEqual([1, expect.stringContaining('pki/apiserver.crt is not a certificate in PEM form')]);
  });

  it('reads the files that a kubeconfig names, relative ones beside it, and renews them into it', async () => {
    await nameFiles('admin.conf');
    const { code, out } = await kinit('certs', 'check-expiration', ...flags);
    expect(code).toBe(0);
    expect(out).toMatch(/^admin\.conf +Nov 21, 2027 00:00 UTC/m);

    expect(await kinit('certs', 'renew', 'admin.conf', ...flags)).toMatchObject({ code: 0 });
    expect(readKubeconfig(await text('admin.conf'))).toMatchObject({ ca: pki.certificates.get('ca') });
    expect(await text('admin.conf')).not.toContain('client-certificate:');
    expect(await text('files/admin.crt')).toBe(readKubeconfig(await text('admin.before')).clientCertificate);
  });

  it('tells what is wrong with one kubeconfig in its row, and shows all others: exit 1', async () => {
    await nameFiles('admin.conf');
    await rm(join(folder, 'files/admin.crt'));
    const { code, out, err } = await kinit('certs', 'check-expiration', ...flags);
    expect(out).toMatch(/^!BROKEN! admin\.conf/m);
    expect(out).toMatch(/^apiserver +Nov 21, 2027/m);
    expect([code, err]).toEqual([
      1,
      expect.stringContaining('files/admin.crt as its client-certificate, which is not there'),
    ]);
    const json = await kinit('certs', 'check-expiration', ...flags, '-o', 'json');
    expect(JSON.parse(json.out).certificates[0]).toMatchObject({ name: 'admin.conf', missing: false });
  });

  /** What is embedded in a kubeconfig moves to files that it names. */
  async function nameFiles(file: string): Promise<void> {
    const before = await text(file);
    const { ca = '', clientCertificate = '', clientKey } = readKubeconfig(before);
    await mkdir(join(folder, 'files'));
    await writeFile(join(folder, 'files/admin.crt'), clientCertificate);
    await writeFile(join(folder, 'files/admin.key'), clientKey?.reveal() ?? '', { mode: 0o600 });
    await writeFile(join(folder, 'ca.crt'), ca);
    await writeFile(join(folder, 'admin.before'), before);
    const named = before
      .replace(/certificate-authority-data: .*/, 'certificate-authority: ca.crt')
      .replace(/client-certificate-data: .*/, `client-certificate: ${join(folder, 'files/admin.crt')}`)
      .replace(/client-key-data: .*/, 'client-key: files/admin.key');
    await writeFile(join(folder, file), named);
  }

  it('asks the cluster for its configuration where none is given, and goes on where it does not answer', async () => {
    const [, certDir = '', , kubeconfigDir = ''] = flags;
    const own = ['--cert-dir', certDir, '--kubeconfig-dir', kubeconfigDir];
    const fake = new FakeKube();
    const server = await kubeServer(fake);
    const client = { certificatePem: server.admin.certificate, key: server.admin.key };
    const caPem = server.authority.certificate;
    const document = { clusterName: 'c', server: server.url, caPem, user: 'u', client, preferences: false };
    await writeFile(join(folder, 'cluster.conf'), toYaml(kubeconfigDocument(document)), { mode: 0o600 });
    await fake.create({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'kubeadm-config', namespace: 'kube-system' },
      data: {
        ClusterConfiguration: toYaml({
          apiVersion: 'kubeadm.k8s.io/v1beta3',
          kind: 'ClusterConfiguration',
          kubernetesVersion: 'v1.28.0',
          etcd: { external: { endpoints: ['https://192.0.2.9:2379'], caFile: '/a', certFile: '/b', keyFile: '/c' } },
        }),
      },
    });
    const asked = await kinit('certs', 'check-expiration', ...own, '--kubeconfig', join(folder, 'cluster.conf'));
    expect(asked.out).not.toMatch(/etcd|super-admin/);
    expect(asked.err).toContain('[check-expiration] Reading configuration from the "kubeadm-config" ConfigMap');
    // What the endpoint leads to is dead; the own API server lives.
    const { port } = server;
    await writeFile(join(folder, 'elsewhere.conf'), toYaml(kubeconfigDocument({ ...document, server: nowhere })));
    await mkdir(join(folder, 'manifests'));
    await writeFile(join(folder, 'manifests/kube-apiserver.yaml'), apiServerManifest(port));
    const itself = await kinit('certs', 'check-expiration', ...own, '--kubeconfig', join(folder, 'elsewhere.conf'));
    expect(itself.out).toBe(asked.out);
    expect(itself.err).not.toContain('Falling back');
    await server.close();
    const down = await kinit('certs', 'check-expiration', ...own, '--kubeconfig', join(folder, 'cluster.conf'));
    expect(down.out).toContain('etcd-server');
    expect(down.err).toContain('Error reading configuration from the Cluster. Falling back to default configuration');
  });
});

describe('kinit certs renew', () => {
  it('signs everything anew with new keys, and asks for restarts', async () => {
    const before = {
      key: await text('pki/apiserver.key'),
      certificate: await text('pki/apiserver.crt'),
      admin: await text('admin.conf'),
    };
    const { code, out } = await kinit('certs', 'renew', 'all', ...flags);
    expect(code).toBe(0);
    expect(out.split('\n').filter((line) => line.endsWith(' renewed'))).toHaveLength(11);
    expect(out).toContain('certificate for serving the Kubernetes API renewed');
    expect(out).toContain('You must restart the kube-apiserver, kube-controller-manager, kube-scheduler and etcd');
    const [old, renewed] = [
      new X509Certificate(before.certificate),
      new X509Certificate(await text('pki/apiserver.crt')),
    ];
    expect(renewed.subjectAltName).toBe(old.subjectAltName);
    expect(Date.parse(renewed.validTo)).toBe(now + 365 * day);
    expect(await text('pki/apiserver.key')).not.toBe(before.key);
    expect(await text('pki/ca.key')).toBe(pki.keys.get('ca')?.reveal());
    expect([await mode('pki/apiserver.key'), await mode('pki/apiserver.crt'), await mode('admin.conf')]).toEqual([
      '600',
      '644',
      '600',
    ]);
    if (hasOpenssl) {
      const args = ['verify', '-x509_strict', '-attime', `${now / 1000 + 60}`, '-CAfile', '{ca}', '{leaf}'];
      expect(openssl(args, { ca: await text('pki/ca.crt'), leaf: await text('pki/apiserver.crt') })).toContain(
        'leaf: OK',
      );
    }
  });

  it('tells a machine what became of each, as the last event of its run', async () => {
    const { code, out } = await kinit('certs', 'renew', 'all', ...flags, '-o', 'json');
    expect(code).toBe(0);
    const result = JSON.parse(out.trim().split('\n').at(-1) ?? '') as Record<string, unknown>;
    expect(result).toMatchObject({ type: 'result', code: 0 });
    expect(result['certificates']).toHaveLength(11);
    expect(result['certificates']).toContainEqual({ name: 'apiserver', outcome: 'renewed' });
    expect(out).not.toContain('PRIVATE');
  });

  it('keeps all else of a kubeconfig, and leaves the one of the kubelet alone', async () => {
    const kubelet = await text('kubelet.conf');
    const before = readKubeconfig(await text('admin.conf'));
    await kinit('certs', 'renew', 'all', ...flags);
    const after = readKubeconfig(await text('admin.conf'));
    expect([after.server, after.ca, after.user]).toEqual([before.server, before.ca, before.user]);
    expect(after.clientCertificate).not.toBe(before.clientCertificate);
    expect(after.clientKey?.reveal()).not.toBe(before.clientKey?.reveal());
    expect(await text('admin.conf')).toContain('kept: true');
    expect(await text('kubelet.conf')).toBe(kubelet);
  });

  it('renews one by its name and touches no other', async () => {
    const before = await text('pki/etcd/peer.crt');
    const { out } = await kinit('certs', 'renew', 'etcd-server', ...flags);
    expect(out).toBe('certificate for serving etcd renewed\n');
    expect(await text('pki/etcd/peer.crt')).toBe(before);
    expect(await text('pki/etcd/server.crt')).not.toBe(pki.certificates.get('etcd/server'));
  });

  it('says what is missing and what an external CA has to sign, and renews the rest', async () => {
    await rm(join(folder, 'pki/front-proxy-ca.key'));
    await rm(join(folder, 'pki/etcd/peer.crt'));
    const { code, out } = await kinit('certs', 'renew', 'all', ...flags);
    expect(code).toBe(0);
    expect(out).toContain("Detected external front-proxy-ca, certificate for the front proxy client can't be renewed");
    expect(out).toContain('MISSING! certificate for etcd nodes to communicate with each other');
    expect(await text('pki/front-proxy-client.crt')).toBe(pki.certificates.get('front-proxy-client'));
  });

  it.each([
    ['a certificate that is cut off', 'pki/etcd/peer.crt', 'pki/etcd/peer.crt is cut off'],
    ['a CA that is no certificate', 'pki/ca.crt', 'pki/ca.crt is not a certificate in PEM form'],
    ['a CA key that is no key', 'pki/ca.key', 'pki/ca.key: it is not a private key in PEM form'],
    ['a kubeconfig that is none', 'scheduler.conf', 'scheduler.conf: is not a kubeconfig'],
  ])('renews nothing at all where there is %s', async (what, path, problem) => {
    await writeFile(
      join(folder, path),
      what.includes('cut off') ? pki.certificates.get('etcd/peer')!.slice(0, 300) : 'hello: 1\n',
    );
    const { code, err } = await kinit('certs', 'renew', 'all', ...flags);
    expect(code).toBeGreaterThan(0);
    expect(err).toContain(problem);
    expect(await text('pki/apiserver.crt')).toBe(pki.certificates.get('apiserver'));
  });

  it('refuses, with exit 2, a CA key that Kubernetes cannot use', async () => {
    const { privateKey } = generateKeyPairSync('ed25519');
    await writeFile(join(folder, 'pki/ca.key'), privateKey.export({ type: 'pkcs8', format: 'pem' }));
    const { code, err } = await kinit('certs', 'renew', 'apiserver', ...flags);
    expect(code).toBe(2);
    expect(err).toContain('pki/ca.key: it is an Ed25519 key; Kubernetes takes RSA');
    expect(await text('pki/apiserver.crt')).toBe(pki.certificates.get('apiserver'));
  });

  it.each([
    ['renew', ['renew', 'all']],
    ['generate-csr', ['generate-csr', '--cert-dir', 'new/pki', '--kubeconfig-dir', 'new']],
  ])('%s writes nothing any more once Ctrl-C was pressed: exit 130', async (_, [name = '', ...more]) => {
    const before = await files();
    const { code, err } = await kinitUntil(AbortSignal.abort(), 'certs', name, ...flags, ...more);
    expect([code, err]).toEqual([130, expect.stringContaining('interrupted')]);
    expect(await files()).toEqual(before);
    expect(await text('pki/apiserver.crt')).toBe(pki.certificates.get('apiserver'));
  });

  it('refuses the key of another CA', async () => {
    await writeFile(join(folder, 'pki/ca.key'), pki.keys.get('etcd/ca')!.reveal());
    const { err } = await kinit('certs', 'renew', 'apiserver', ...flags);
    expect(err).toMatch(/ca\.key is not the key of .*ca\.crt/);
  });

  describe("of the API server's certificate for kubelets, which names no organization any more,", () => {
    const binding = {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      name: 'kubeadm:apiserver-kubelet-client',
    } as const;

    /** The cluster behind a kubeconfig of an administrator. */
    async function cluster(fake: FakeKube) {
      const server = await kubeServer(fake);
      const client = { certificatePem: server.admin.certificate, key: server.admin.key };
      const caPem = server.authority.certificate;
      const document = { clusterName: 'c', server: server.url, caPem, user: 'u', client, preferences: false };
      await writeFile(join(folder, 'cluster.conf'), toYaml(kubeconfigDocument(document)), { mode: 0o600 });
      return {
        server,
        renew: (name: string) => kinit('certs', 'renew', name, ...flags, '--kubeconfig', join(folder, 'cluster.conf')),
      };
    }

    it('makes the binding by which it reaches them, once', async () => {
      const fake = new FakeKube();
      const { server, renew } = await cluster(fake);
      for (const name of ['apiserver-kubelet-client', 'all'])
        expect(await renew(name)).toMatchObject({ code: 0, err: '' });
      await server.close();
      expect(fake.objects()).toMatchObject([
        {
          metadata: { name: binding.name },
          roleRef: { kind: 'ClusterRole', name: 'system:kubelet-api-admin' },
          subjects: [{ kind: 'User', name: 'kube-apiserver-kubelet-client' }],
        },
      ]);
      expect(new X509Certificate(await text('pki/apiserver-kubelet-client.crt')).subject).toBe(
        'CN=kube-apiserver-kubelet-client',
      );
    });

    it('renews where the cluster does not answer, and says what is left to do', async () => {
      const { server, renew } = await cluster(new FakeKube());
      await server.close();
      const { code, out, err } = await renew('apiserver-kubelet-client');
      expect([code, out]).toEqual([0, expect.stringContaining(' renewed\n')]);
      expect(err).toMatch(
        /WARNING: [\s\S]*kubeadm:apiserver-kubelet-client[\s\S]*ECONNREFUSED .*\nWhen .*kinit certs renew apiserver-kubelet-client/,
      );
    });

    it.each([
      ['another certificate', 'apiserver', 'v1.36.2'],
      ['a version whose certificate has an organization', 'apiserver-kubelet-client', 'v1.36.0'],
    ])('asks nobody for %s', async (_, name, version) => {
      const fake = new FakeKube();
      const { server, renew } = await cluster(fake);
      const config = join(folder, 'cluster.yaml');
      await writeFile(config, (await text('cluster.yaml')).replace('v1.36.2', version));
      expect(await renew(name)).toMatchObject({ code: 0, err: '' });
      await server.close();
      expect(server.requests).toEqual([]);
    });
  });

  it('offers the names it knows for one it does not', async () => {
    const { code, err } = await kinit('certs', 'renew', 'kubelet.conf', ...flags);
    expect(code).toBe(3);
    expect(err).toContain('there is no certificate "kubelet.conf"');
    expect(err).toContain('all admin.conf apiserver');
  });
});

describe('kinit certs generate-csr', () => {
  const elsewhere = () => [
    '--cert-dir',
    join(folder, 'new/pki'),
    '--kubeconfig-dir',
    join(folder, 'new'),
    ...flags.slice(4),
  ];

  it('writes a key and a request for everything that an external CA signs', async () => {
    const { code, out } = await kinit('certs', 'generate-csr', ...elsewhere());
    expect(code).toBe(0);
    expect(
      out
        .trim()
        .split('\n')
        .map((path) => path.slice(folder.length + 5))
        .sort(),
    ).toEqual(
      [
        ...['apiserver', 'apiserver-etcd-client', 'apiserver-kubelet-client', 'front-proxy-client'],
        ...['etcd/healthcheck-client', 'etcd/peer', 'etcd/server'],
      ]
        .flatMap((path) => [`pki/${path}.csr`, `pki/${path}.key`])
        .concat(
          ['admin', 'controller-manager', 'kubelet', 'scheduler', 'super-admin'].flatMap((name) => [
            `${name}.conf`,
            `${name}.conf.csr`,
          ]),
        )
        .sort(),
    );
    expect([
      await mode('new/pki/apiserver.key'),
      await mode('new/pki/apiserver.csr'),
      await mode('new/admin.conf'),
    ]).toEqual(['600', '600', '600']);
    const admin = readKubeconfig(await text('new/admin.conf'));
    expect(admin).toMatchObject({ server: 'https://cp.example.test:6443', user: 'kubernetes-admin' });
    expect([admin.clientKey === undefined, admin.clientCertificate]).toEqual([false, undefined]);
    if (!hasOpenssl) return;
    const request = openssl(['req', '-verify', '-noout', '-subject', '-in', '{csr}'], {
      csr: await text('new/admin.conf.csr'),
    });
    expect(request).toContain('O = kubeadm:cluster-admins, CN = kubernetes-admin');
  });

  it('overwrites nothing', async () => {
    const before = await files();
    const { code, err } = await kinit('certs', 'generate-csr', ...flags);
    expect(code).toBe(1);
    expect(err).toContain('pki/apiserver.key is there already');
    expect(await files()).toEqual(before);
  });
});

describe('kinit kubeconfig user', () => {
  const user = (...more: readonly string[]) =>
    kinit('kubeconfig', 'user', '--client-name', 'jane', ...flags.slice(0, 2), ...flags.slice(4), ...more);

  it('signs a certificate for the user and its groups', async () => {
    const { code, out } = await user('--org', 'dev,ops', '--validity-period', '24h');
    expect(code).toBe(0);
    const read = readKubeconfig(out);
    expect(read).toMatchObject({
      server: 'https://cp.example.test:6443',
      user: 'jane',
      ca: pki.certificates.get('ca'),
    });
    const certificate = new X509Certificate(read.clientCertificate!);
    expect(certificate.subject.split('\n')).toEqual(
      expect.arrayContaining([expect.stringContaining('O=dev'), 'CN=jane']),
    );
    expect(certificate.verify(new X509Certificate(pki.certificates.get('ca')!).publicKey)).toBe(true);
    expect(Date.parse(certificate.validTo)).toBe(now + day);
    expect(publicHalf(read.clientKey!)).toBe(certificate.publicKey.export({ type: 'spki', format: 'pem' }));
  });

  it('takes a token instead, also from stdin, and then needs no CA key', async () => {
    await rm(join(folder, 'pki/ca.key'));
    expect(readKubeconfig((await user('--token', 'abc')).out).token?.reveal()).toBe('abc');
    expect(readKubeconfig((await user('--token', '-')).out).token?.reveal()).toBe('secret-token');
  });

  it('says what is missing', async () => {
    await rm(join(folder, 'pki/ca.key'));
    expect((await user()).err).toContain('ca.key is missing, so no certificate can be signed');
    await rm(join(folder, 'pki/ca.crt'));
    expect((await user()).err).toContain('ca.crt is missing');
    expect(await kinit('kubeconfig', 'user')).toMatchObject({ code: 3, err: expect.stringContaining('--client-name') });
    expect((await user('--validity-period', 'long')).code).toBe(3);
  });

  it('warns of a long validity', async () => {
    expect((await user('--validity-period', '10000h')).err).toContain('longer than the usual 8760h0m0s');
  });

  it('names a key that it may not read, as root who may not read all too', async () => {
    await chmod(join(folder, 'pki/ca.key'), 0o000);
    const script = "import { main } from './src/main.ts'; process.exitCode = await main(process);";
    const own = ['--import', 'tsx', '--input-type=module', '-e', script, '--', 'kinit'];
    const argv = ['kubeconfig', 'user', '--client-name', 'jane', ...flags.slice(0, 2), ...flags.slice(4)];
    const least = process.getuid?.() === 0 ? ['setpriv', '--bounding-set=-dac_override,-dac_read_search'] : [];
    const [program = '', ...words] = [...least, process.execPath, ...own, ...argv];
    const { exitCode, stderr } = await execa(program, words, { cwd: project, reject: false });
    expect([exitCode, stderr]).toEqual([1, expect.stringMatching(/ca\.key.*permission/is)]);
  });
});
