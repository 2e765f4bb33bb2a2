import { createPrivateKey, createPublicKey, X509Certificate } from 'node:crypto';
import { connect } from 'node:net';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { KinitError } from '../../src/errors.ts';
import type { Host, Operation, OperationResult } from '../../src/host/host.ts';
import type { KubeObject } from '../../src/kube/client.ts';
import { issue } from '../../src/pki/certificate.ts';
import { publicHalf } from '../../src/pki/keys.ts';
import { readKubeconfig } from '../../src/pki/kubeconfig.ts';
import { kubeconfigDocument, rotatableKubeconfig } from '../../src/pki/kubeconfig-document.ts';
import { kubeconfigTable } from '../../src/pki/kubeconfig-table.ts';
import { kubeletSuccessor } from '../../src/pki/kubelet-certificates.ts';
import { releaseFor } from '../../src/release/release.ts';
import { parseVersion } from '../../src/release/version.ts';
import { everywhereText } from '../../src/report/certificates-text.ts';
import { expirationEverywhere } from '../../src/workflows/certificates/everywhere/expiration-everywhere.ts';
import {
  type RenewalOutcome,
  type RenewalPlace,
  renewEverywhere,
} from '../../src/workflows/certificates/everywhere/renew-everywhere.ts';
import { toYaml } from '../../src/yaml.ts';
import { testAuthority, testCertificate } from '../certificates.ts';
import { FakeEtcd } from '../fakes/etcd.ts';
import { FakeHost, type FakeHostOptions } from '../fakes/host.ts';
import { FakeKube } from '../fakes/kube.ts';
import { type KubeServer, kubeServer } from '../fakes/kube-server.ts';
import { type Power, power } from '../fakes/power.ts';
import { quietRun } from '../run.ts';
import { configOf } from '../unit/pki/config.ts';
import { issuedPki, type Pki } from '../unit/pki/issued.ts';

const day = 24 * 3600 * 1000;
const version = 'v1.36.2';
const release = releaseFor(parseVersion(version));
const config = configOf({ encryptionAlgorithm: 'ECDSA-P256' });
const pkiFolder = '/etc/kubernetes/pki';
const current = '/var/lib/kubelet/pki/kubelet-client-current.pem';
const mark = '/var/lib/kinit/certificates-renewed';

let expired: Pki;
let halfOld: Pki;
beforeAll(async () => {
  expired = await issuedPki(Date.now() - 400 * day, version);
  halfOld = await issuedPki(Date.now() - 200 * day, version);
  const year = 365 * 24 * 3600;
  ownCertificate = (await testCertificate(await testAuthority('w1-ca'), 'w1', [], year - 3600)).certificate;
});

let ownCertificate: string;
let power_: Power;
/** What was done to whom, in order. */
let story: string[];
let kube: FakeKube;
let etcd: FakeEtcd;
let server: KubeServer;

class PoweredHost extends FakeHost {
  override async perform(operations: readonly Operation[]): Promise<readonly OperationResult[]> {
    const results: OperationResult[] = [];
    const trips = this.roundTrips + 1;
    for (const [index, operation] of operations.entries()) {
      power_.spend();
      for (const result of await super.perform([operation])) results.push({ ...result, index });
      if (results.at(-1)?.code !== 0) break;
    }
    this.roundTrips = trips;
    return results;
  }
  override async observe(wanted: Parameters<Host['observe']>[0]) {
    power_.require();
    return super.observe(wanted);
  }
}

const end = (pem: string | undefined) => Date.parse(new X509Certificate(pem ?? '').validTo);
const isValid = (pem: string | undefined) => end(pem) > Date.now();
const node = (name: string): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name },
  status: { conditions: [{ type: 'Ready', status: 'True' }], nodeInfo: { kubeletVersion: version } },
});
const memberOf = (at: number) => ({
  name: `m${at}`,
  peerURL: `https://192.0.2.1${at}:2380`,
  clientURL: `https://192.0.2.1${at}:2379`,
});

let pki: Pki;
let made: number;
let machines: Map<string, PoweredHost>;

/** A cluster whose certificates are so old. */
async function cluster(old: Pki, days: number, masters = 2, workers = 1): Promise<void> {
  pki = old;
  made = Date.now() - days * day;
  const signer = (path: string) => ({ certificate: pki.certificates.get(path) ?? '', key: pki.keys.get(path)! });
  const names = Array.from({ length: workers }, (_, at) => `w${at + 1}`);
  kube = new FakeKube(...['m1', 'm2', 'm3', ...names].map(node));
  server = await kubeServer(kube, { authority: signer('ca'), everybodyMay: true });
  etcd = new FakeEtcd(signer('etcd/ca'), memberOf(1));
  for (let at = 2; at <= masters; at++) etcd.bring(memberOf(at));
  story = [];
  power_ = power();
  machines = new Map();
  for (let at = 1; at <= masters; at++) machines.set(`m${at}`, controlPlane(at));
  for (const name of names) machines.set(name, machine(name, {}));
}
beforeEach(() => cluster(expired, 400));
afterEach(() => server.close());

function kubeletPem(name: string): string {
  const validitySeconds = 365 * 24 * 3600;
  const spec = kubeletSuccessor('kubelet-client', '', name, {
    authority: pki.certificates.get('ca')!,
    validitySeconds,
    release,
  })!;
  const key = pki.keys.get('apiserver')!;
  const signer = { certificate: pki.certificates.get('ca')!, key: pki.keys.get('ca')! };
  return `${issue(spec, { publicKey: publicHalf(key), signer, now: made, release: release.pki })}\n${key.reveal()}`;
}

function machine(name: string, files: Readonly<Record<string, string>>, connecting?: FakeHostOptions['connect']) {
  const kubelet = rotatableKubeconfig({
    clusterName: 'kubernetes',
    server: server.url,
    caPem: pki.certificates.get('ca')!,
    user: `system:node:${name}`,
    certificateFile: current,
    preferences: false,
  });
  const host: PoweredHost = new PoweredHost({
    name,
    files: {
      '/etc/kubernetes/kubelet.conf': toYaml(kubelet),
      [current]: kubeletPem(name),
      '/var/lib/kubelet/pki/kubelet.crt': pki.certificates.get('apiserver')!,
      '/var/lib/kubelet/pki/kubelet.key': 'a key',
      ...files,
    },
    commands: {
      'sed -n': (argv) => ({
        stdout:
          /-----BEGIN CERTIFICATE-----[\s\S]*END CERTIFICATE-----\n?/.exec(host.text(argv.at(-1) ?? '') ?? '')?.[0] ??
          '',
      }),
      'sh -c ln -sfn': (argv) => {
        host.place(argv[5] ?? '', host.text(argv[4] ?? '') ?? '', 0o600);
        return {};
      },
      'systemctl restart kubelet': () => {
        story.push(`${name}: kubelet`);
        // It makes its own certificate where there is none: for a year, whatever the others last.
        if (host.text('/var/lib/kubelet/pki/kubelet.crt') === undefined)
          host.place('/var/lib/kubelet/pki/kubelet.crt', ownCertificate);
        return {};
      },
      'sh -c systemctl is-active': () => {
        story.push(`${name}: components`);
        return {};
      },
    },
    ...(connecting ? { connect: connecting } : {}),
  });
  return host;
}

function controlPlane(at: number): PoweredHost {
  const name = `m${at}`;
  const signer = { certificate: pki.certificates.get('ca')!, key: pki.keys.get('ca')! };
  const key = pki.keys.get('apiserver')!;
  const kubeconfigs = kubeconfigTable(config, release)
    .filter((entry) => entry.name !== 'kubelet')
    .map(({ client, file, ...entry }) => {
      const certificatePem = issue(client, { publicKey: publicHalf(key), signer, now: made, release: release.pki });
      const document = kubeconfigDocument({
        ...entry,
        server: server.url,
        caPem: signer.certificate,
        client: { certificatePem, key },
      });
      return [`/etc/kubernetes/${file}`, toYaml(document)];
    });
  const peers = [1, 2, 3]
    .slice(0, Math.max(at, 2))
    .map((one) => `m${one}=${memberOf(one).peerURL}`)
    .join(',');
  const pod = (words: readonly string[], image: string) =>
    toYaml({ spec: { containers: [{ command: words, image }] } });
  const files = {
    ...Object.fromEntries(kubeconfigs),
    ...Object.fromEntries([...pki.certificates].map(([path, pem]) => [`${pkiFolder}/${path}.crt`, pem])),
    ...Object.fromEntries([...pki.keys].map(([path, one]) => [`${pkiFolder}/${path}.key`, one.reveal()])),
    '/etc/kubernetes/manifests/kube-apiserver.yaml': pod(
      [
        'kube-apiserver',
        '--advertise-address=127.0.0.1',
        `--secure-port=${server.port}`,
        `--client-ca-file=${pkiFolder}/ca.crt`,
      ],
      `registry.k8s.io/kube-apiserver:${version}`,
    ),
    '/etc/kubernetes/manifests/etcd.yaml': pod(
      [
        'etcd',
        `--initial-advertise-peer-urls=${memberOf(at).peerURL}`,
        `--initial-cluster=${peers}`,
        `--listen-client-urls=https://127.0.0.1:2379,${memberOf(at).clientURL}`,
      ],
      'registry.k8s.io/etcd:3.5.15-0',
    ),
  };
  const host: PoweredHost = machine(name, files, async (target) => {
    if (!('port' in target)) throw new Error('no socket');
    const own = (path: string) => host.text(`${pkiFolder}/${path}.crt`);
    if (target.port === server.port) {
      if (!isValid(own('apiserver'))) throw new KinitError('its certificate has expired', { host: name });
      return connect({ host: '127.0.0.1', port: server.port });
    }
    const address = target.host === '127.0.0.1' ? `192.0.2.1${at}` : target.host;
    const member = machines.get(`m${address.at(-1)}`);
    if (!isValid(member?.text(`${pkiFolder}/etcd/server.crt`))) throw new KinitError('etcd has an expired certificate');
    story.push(`${name}: etcd asked`);
    return etcd.connect(`https://${address}:${target.port}`);
  });
  return host;
}

const places = (dead: readonly string[] = []): readonly RenewalPlace[] =>
  [...machines].map(([name, host]) => ({
    name,
    role: name.startsWith('m') ? 'control-plane' : 'worker',
    opening: dead.includes(name) ? Promise.resolve(new KinitError('no route to it', { host: name })) : host,
  }));

function renewed(
  recover: boolean,
  dead: readonly string[] = [],
  certificateValidityPeriod = '8760h0m0s',
): Promise<readonly RenewalOutcome[]> {
  return renewEverywhere({
    places: places(dead),
    settings: async () => ({
      cluster: { ...config.cluster, certificateValidityPeriod },
      release,
      kubernetesDirectory: '/etc/kubernetes',
    }),
    recover,
    parallel: 4,
    readyDeadline: 5,
    // Nobody is taken for silent who is only slow.
    apiPatience: pki === expired ? 400 : 30_000,
    run: quietRun({ now: Date.now() }),
  });
}

const leaves = () => [...pki.certificates.keys()].filter((path) => !/(^|-|\/)ca$/.test(path));

/** Everything is new and fits together, and nothing is left of the work. */
function expectNew(...names: readonly string[]): void {
  for (const name of names) {
    const host = machines.get(name)!;
    const fresh = Date.now() + 364 * day;
    expect(end(host.text(current)), `${name}'s kubelet`).toBeGreaterThan(fresh);
    expect(new X509Certificate(host.text(current)!).checkPrivateKey(createPrivateKey(host.text(current)!))).toBe(true);
    expect(new X509Certificate(host.text(current)!).subject).toContain(`CN=system:node:${name}`);
    expect(host.text(mark)).toBeUndefined();
    if (!name.startsWith('m')) continue;
    for (const path of leaves()) {
      const certificate = new X509Certificate(host.text(`${pkiFolder}/${path}.crt`)!);
      expect(end(certificate.toString()), `${name} ${path}`).toBeGreaterThan(fresh);
      expect(certificate.checkPrivateKey(createPrivateKey(host.text(`${pkiFolder}/${path}.key`)!)), path).toBe(true);
    }
    for (const file of ['admin.conf', 'super-admin.conf', 'controller-manager.conf', 'scheduler.conf']) {
      const { clientCertificate, clientKey } = readKubeconfig(host.text(`/etc/kubernetes/${file}`)!);
      expect(end(clientCertificate), file).toBeGreaterThan(fresh);
      const publicKey = createPublicKey(clientKey!.reveal()).export({ type: 'spki', format: 'der' });
      expect(new X509Certificate(clientCertificate!).publicKey.export({ type: 'spki', format: 'der' })).toEqual(
        publicKey,
      );
    }
  }
}

/** By which the API server reaches kubelets: its new certificate carries no organization. */
const binding = {
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'ClusterRoleBinding',
  name: 'kubeadm:apiserver-kubelet-client',
};

const restarts = () => story.filter((line) => !line.includes('asked'));

describe('a cluster whose certificates have all expired', () => {
  test('is brought back: control planes at once, since none of them can wait for another, then the nodes', async () => {
    expect((await renewed(true)).map(({ host, result, error }) => [host, result, error?.message])).toEqual([
      ['m1', 'renewed', undefined],
      ['m2', 'renewed', undefined],
      ['w1', 'renewed', undefined],
    ]);
    expectNew('m1', 'm2', 'w1');
    expect(await kube.get(binding)).toBeDefined();
    expect(restarts().at(-1)).toBe('w1: kubelet');
    expect([...restarts().slice(0, -1)].sort()).toEqual(
      ['m1: components', 'm1: kubelet', 'm2: components', 'm2: kubelet'].sort(),
    );
  });

  test('is brought back with one control plane', async () => {
    await server.close();
    await cluster(expired, 400, 1);
    expect((await renewed(true)).map(({ result }) => result)).toEqual(['renewed', 'renewed']);
    expectNew('m1', 'w1');
  });

  test('is brought back without the machines that are not reached, which are named', async () => {
    await server.close();
    await cluster(expired, 400, 3);
    const outcomes = await renewed(true, ['m2']);
    expect(outcomes.map(({ host, result }) => `${host} ${result}`)).toEqual([
      'm1 renewed',
      'm2 failed',
      'm3 renewed',
      'w1 renewed',
    ]);
    expectNew('m1', 'm3', 'w1');
    expect((await renewed(true)).map(({ host, result, what }) => `${host} ${result} ${what}`)).toEqual([
      'm1 renewed none: all are younger than an hour',
      expect.stringMatching(/^m2 renewed \d+ certificates, the kubelet's/),
      'm3 renewed none: all are younger than an hour',
      'w1 renewed none: all are younger than an hour',
    ]);
    expectNew('m2');
  });

  test('is not renewed as if it answered: the command that brings it back is named, and nothing is touched', async () => {
    const before = machines.get('m1')?.text(`${pkiFolder}/apiserver.crt`);
    await expect(renewed(false)).rejects.toMatchObject({ exitCode: 2, hint: expect.stringContaining('certs recover') });
    expect(machines.get('m1')?.text(`${pkiFolder}/apiserver.crt`)).toBe(before);
    expect(story).toEqual([]);
  });

  test('is told machine by machine, without a key being read', async () => {
    const seen = await expirationEverywhere(places(['w1']));
    const text = everywhereText(seen, Date.now());
    expect(text).toMatch(/^m2 +apiserver +\S.* UTC +expired +ca$/m);
    expect(text).toMatch(/^m1 +kubelet-client +\S.* UTC +expired +ca$/m);
    expect(text).toMatch(/^m1 +etcd-ca +\S.* UTC +\d+y +itself$/m);
    expect(text).toMatch(/^w1 +not known +no route to it$/m);
    expect(JSON.stringify(seen)).not.toContain('PRIVATE');
  });
});

describe('a cluster that answers', () => {
  beforeEach(async () => {
    await server.close();
    await cluster(halfOld, 200);
  });

  test('gets new certificates one control plane after the other, each well before the next is touched', async () => {
    expect((await renewed(false)).map(({ result }) => result)).toEqual(['renewed', 'renewed', 'renewed']);
    expectNew('m1', 'm2', 'w1');
    expect(await kube.get(binding)).toBeDefined();
    expect(restarts()).toEqual(['m1: kubelet', 'm1: components', 'm2: kubelet', 'm2: components', 'w1: kubelet']);
    const gate = story.indexOf('m1: etcd asked', story.indexOf('m1: components'));
    expect(gate).toBeGreaterThan(0);
    expect(gate).toBeLessThan(story.indexOf('m2: kubelet'));
  });

  test('takes at most 23 round trips to each of three control planes, and five to each of ten nodes', async () => {
    await server.close();
    await cluster(halfOld, 200, 3, 10);
    await renewed(false);
    expectNew(...machines.keys());
    const trips = (letter: string) =>
      [...machines].filter(([name]) => name.startsWith(letter)).map(([, { roundTrips }]) => roundTrips);
    expect(Math.max(...trips('m'))).toBeLessThanOrEqual(23);
    expect(Math.max(...trips('w'))).toBeLessThanOrEqual(5);
  });

  test.each(['8760h0m0s', '17520h0m0s'])('is left alone by a second run, of certificates for %s', async (period) => {
    await renewed(false, [], period);
    story = [];
    expect((await renewed(false, [], period)).map(({ what }) => what)).toEqual([
      'none: all are younger than an hour',
      'none: all are younger than an hour',
      'none: all are younger than an hour',
    ]);
    expect(restarts()).toEqual([]);
  });

  test('gets certificates that last shorter, where its file says so now', async () => {
    await renewed(false, [], '17520h0m0s');
    await renewed(false, [], '720h0m0s');
    for (const path of leaves()) {
      const days = (end(machines.get('m2')?.text(`${pkiFolder}/${path}.crt`)) - Date.now()) / day;
      expect([path, Math.round(days)]).toEqual([path, 30]);
    }
    expect(Math.round((end(machines.get('w1')?.text(current)) - Date.now()) / day)).toBe(30);
  });

  test('belongs to no kubelet of another cluster: it is refused and named, the others are done', async () => {
    const other = await testAuthority('kubernetes');
    const conf = machines.get('w1')!.text('/etc/kubernetes/kubelet.conf')!;
    const base64 = (pem: string) => Buffer.from(pem).toString('base64');
    machines
      .get('w1')!
      .place(
        '/etc/kubernetes/kubelet.conf',
        conf.replace(/certificate-authority-data: .*/, `certificate-authority-data: ${base64(other.certificate)}`),
      );
    const outcomes = await renewed(false);
    expect(outcomes.map(({ result }) => result)).toEqual(['renewed', 'renewed', 'failed']);
    expect(outcomes[2]?.error?.message).toMatch(/trusts another CA/);
  });

  test('keeps its certificates where the CA has no key there', async () => {
    machines.get('m1')!.entries.delete(`${pkiFolder}/ca.key`);
    await expect(renewed(false)).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringMatching(/another CA signs/),
    });
    expect(story).toEqual([]);
  });
});

describe.each([
  ['that answers', 200, false],
  ['that has expired', 400, true],
] as const)('a cluster %s', (_, days, recover) => {
  test('is finished by the same command, wherever the first was killed', { timeout: 400_000 }, async () => {
    await server.close();
    await cluster(days === 200 ? halfOld : expired, days);
    await renewed(recover);
    const operations = power_.spent;
    expect(operations).toBeGreaterThan(20);
    for (let at = 0; at < operations; at += recover ? 9 : 4) {
      await server.close();
      await cluster(days === 200 ? halfOld : expired, days);
      power_ = power(at);
      await renewed(recover).catch(() => []);
      power_ = power();
      // Killed in the middle, an API server may answer or not: both commands have to cope.
      const outcomes = await renewed(true);
      expect(
        outcomes.map(({ result }) => result),
        `killed after ${at}`,
      ).toEqual(['renewed', 'renewed', 'renewed']);
      expectNew('m1', 'm2', 'w1');
    }
  });
});
