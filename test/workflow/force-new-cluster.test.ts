import { connect } from 'node:net';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { exitCodes } from '../../src/errors.ts';
import type { KubeObject } from '../../src/kube/client.ts';
import { kubeconfigDocument } from '../../src/pki/kubeconfig-document.ts';
import { findLastControlPlane, makeNewCluster } from '../../src/workflows/cluster/force-new-cluster.ts';
import { toYaml } from '../../src/yaml.ts';
import { type Pair, testAuthority, testCertificate } from '../certificates.ts';
import { FakeEtcd } from '../fakes/etcd.ts';
import { FakeHost } from '../fakes/host.ts';
import { FakeKube } from '../fakes/kube.ts';
import { type KubeServer, kubeServer } from '../fakes/kube-server.ts';
import { quietRun } from '../run.ts';

const member = (name: string, address: string) => ({
  name,
  peerURL: `https://${address}:2380`,
  clientURL: `https://${address}:2379`,
});
const [m1, m2, m3] = [member('m1', '192.0.2.10'), member('m2', '192.0.2.11'), member('m3', '192.0.2.12')];

const file = '/etc/kubernetes/manifests/etcd.yaml';
const manifest = `spec:
  containers:
  - command:
    - etcd
    - --data-dir=/var/lib/etcd
    - --initial-advertise-peer-urls=https://192.0.2.10:2380
    - --initial-cluster=m1=https://192.0.2.10:2380,m2=https://192.0.2.11:2380,m3=https://192.0.2.12:2380
    - --initial-cluster-state=existing
    - --listen-client-urls=https://127.0.0.1:2379,https://192.0.2.10:2379
    - --name=m1
    image: k8s.gcr.io/etcd:3.4.13-0
`;
const after = manifest
  .replace(/--initial-cluster=.*/, '--initial-cluster=m1=https://192.0.2.10:2380')
  .replace(/.*--initial-cluster-state=.*\n/, '');

const node = (name: string): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name, labels: name.startsWith('m') ? { 'node-role.kubernetes.io/master': '' } : {} },
});

let authority: Pair;
let client: Pair;
let etcd: FakeEtcd;
let server: KubeServer;
let host: FakeHost;
let kubelet: ReturnType<typeof setInterval>;
/** Which processes of etcd the host was asked to end. */
let ended: string[];
const whatEnds = (argv: readonly string[]) => {
  ended.push(argv.slice(-2).join(' '));
  return {};
};

beforeAll(async () => {
  authority = await testAuthority('etcd-ca');
  client = await testCertificate(authority, 'kube-etcd-healthcheck-client');
});

/** m1 of three control planes, of which the others are gone. */
beforeEach(async () => {
  ended = [];
  etcd = new FakeEtcd(authority, m1);
  etcd.bring(m2);
  etcd.bring(m3);
  etcd.stop(m2.clientURL);
  etcd.stop(m3.clientURL);
  server = await kubeServer(new FakeKube(node('m1'), node('m2'), node('m3'), node('w1')), { everybodyMay: true });
  host = machine();
  // What a kubelet does with the manifest.
  kubelet = setInterval(() => host.text(file)?.includes('--force-new-cluster') && etcd.forceNewCluster(m1), 5);
});
afterEach(async () => {
  clearInterval(kubelet);
  await server.close();
});

function machine(files: Readonly<Record<string, string>> = {}): FakeHost {
  const conf = kubeconfigDocument({
    clusterName: 'kubernetes',
    server: server.url,
    caPem: server.authority.certificate,
    user: 'kubernetes-admin',
    client: { certificatePem: server.admin.certificate, key: server.admin.key },
    preferences: false,
  });
  const directory = '/etc/kubernetes/pki/etcd';
  return new FakeHost({
    name: 'm1',
    files: {
      [file]: manifest,
      '/etc/kubernetes/admin.conf': toYaml(conf),
      '/var/lib/etcd/member/snap/db': 'data',
      [`${directory}/ca.crt`]: authority.certificate,
      [`${directory}/healthcheck-client.crt`]: client.certificate,
      [`${directory}/healthcheck-client.key`]: client.key.reveal(),
      ...files,
    },
    commands: { 'systemctl restart kubelet': {}, 'sh -c': whatEnds },
    connect: async (target) => {
      if (!('port' in target)) throw new Error('no socket');
      if (target.port === server.port) return connect({ host: '127.0.0.1', port: server.port });
      const address = target.host === '127.0.0.1' ? '192.0.2.10' : target.host;
      return etcd.connect(`https://${address}:${target.port}`);
    },
  });
}

const make = async () => makeNewCluster(await findLastControlPlane(host), quietRun());

describe('the last control plane of a cluster without a quorum', () => {
  test('goes on alone, and names the control planes that are no more', async () => {
    expect(await findLastControlPlane(host)).toMatchObject({ state: 'to do', others: ['m2', 'm3'] });
    expect(await make()).toEqual(['m2', 'm3']);
    expect(etcd.members.map(({ name }) => name)).toEqual(['m1']);
    expect(host.text(file)).toBe(after);
  });

  test('goes on alone where its own etcd does not even answer', async () => {
    etcd.stop(m1.clientURL);
    expect(await make()).toEqual(['m2', 'm3']);
    expect(host.text(file)).toBe(after);
  });

  test('that was left half way, as by a run that was killed, is finished by the next', async () => {
    host = machine({
      [file]: manifest.replace('    - --data-dir', '    - --force-new-cluster=true\n    - --data-dir'),
    });
    clearInterval(kubelet);
    let restarts = 0;
    kubelet = setInterval(() => {
      restarts = host.ran.filter((argv) => argv.includes('restart')).length;
      if (restarts > 0) etcd.forceNewCluster(m1);
    }, 5);
    expect(await findLastControlPlane(host)).toMatchObject({ state: 'begun' });
    expect(await make(), 'though its kubelet has taken no notice of the manifest so far').toEqual(['m2', 'm3']);
    expect(ended).toEqual(['/var/lib/etcd without', '/var/lib/etcd with']);
    expect(host.text(file)).toBe(after);
  });

  test('changes nothing when it is alone already', async () => {
    await make();
    const ran = host.ran.length;
    expect(await findLastControlPlane(host)).toMatchObject({ state: 'done' });
    expect(await make()).toEqual(['m2', 'm3']);
    expect(host.ran).toHaveLength(ran);
    etcd.isElecting = true;
    expect(await findLastControlPlane(host)).toMatchObject({ state: 'done' });
  });
});

describe('nothing is touched', () => {
  afterEach(() => {
    expect(host.text(file) ?? manifest).toBe(manifest);
    expect(host.ran).toEqual([]);
  });

  const refusal = (message: RegExp) => ({
    message: expect.stringMatching(message),
    exitCode: exitCodes.preflight,
    hint: expect.stringMatching(/\S/),
  });

  test('where a quorum is left, and the dead one is named with the command that takes it out', async () => {
    etcd.revive(m2);
    await expect(make()).rejects.toMatchObject({
      ...refusal(/^etcd has its quorum: .*nothing was touched$/),
      hint: '`kinit node remove m3` takes out m3',
    });
  });

  test('where another member runs too', async () => {
    const [m4, m5] = [member('m4', '192.0.2.13'), member('m5', '192.0.2.14')];
    etcd.bring(m4);
    etcd.bring(m5);
    etcd.stop(m4.clientURL);
    await expect(make()).rejects.toMatchObject(refusal(/^m5 runs too/));
  });

  test('where the data are gone', async () => {
    host = machine();
    host.entries.delete('/var/lib/etcd/member/snap/db');
    for (const path of ['/var/lib/etcd/member/snap', '/var/lib/etcd/member']) host.entries.delete(path);
    await expect(make()).rejects.toMatchObject(refusal(/^there are no data of etcd in \/var\/lib\/etcd\/member/));
  });

  test('where the machine has no member of etcd', async () => {
    host = new FakeHost({ name: 'w1' });
    await expect(make()).rejects.toMatchObject(refusal(/names no member of etcd/));
  });
});
