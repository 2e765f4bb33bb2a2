import { connect } from 'node:net';
import { describe, expect, test } from 'vitest';
import { KinitError } from '../../src/errors.ts';
import type { KubeObject } from '../../src/kube/client.ts';
import { KubeError } from '../../src/kube/error.ts';
import { statusObject, statusText } from '../../src/report/status-text.ts';
import { type AskedHost, type ClusterStatus, isHealthy, status } from '../../src/workflows/cluster/status.ts';
import { administratorConf, testAuthority, testCertificate } from '../certificates.ts';
import { FakeHost } from '../fakes/host.ts';
import { FakeKube } from '../fakes/kube.ts';
import { kubeServer } from '../fakes/kube-server.ts';

const now = Date.UTC(2026, 0, 1);

const node = (name: string, ready: boolean, more: object = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name, labels: { 'node-role.kubernetes.io/control-plane': '' } },
  status: {
    conditions: [{ type: 'Ready', status: ready ? 'True' : 'False', message: 'container runtime network not ready' }],
    nodeInfo: { kubeletVersion: 'v1.31.0', containerRuntimeVersion: 'containerd://1.7.0', osImage: 'CentOS Stream 9' },
    addresses: [{ type: 'InternalIP', address: '192.0.2.10' }],
  },
  ...more,
});

const component = (container: object, name = 'etcd', probes: object = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: `${name}-m1`, namespace: 'kube-system', labels: { tier: 'control-plane', component: name } },
  spec: { nodeName: 'm1', containers: [{ name, ...probes }] },
  status: { phase: 'Running', containerStatuses: [{ name, restartCount: 0, ...container }] },
});

const ready = { ready: true, started: true, state: { running: {} } };
const m1: AskedHost = { name: 'm1', role: 'control-plane' };
const told = async (kube: FakeKube, ...hosts: AskedHost[]) => {
  const seen = await status(hosts, kube);
  return { seen, isHealthy: isHealthy(seen), text: statusText(seen, now) };
};

describe('the status of a cluster', () => {
  test('is good when the API, every host, every node and every part of the control plane is', async () => {
    const { isHealthy, text } = await told(new FakeKube(node('m1', true), component(ready)), m1);
    expect(isHealthy).toBe(true);
    expect(text).toMatch(/^API +https:\/\/fake-kube:6443, v1\.31\.0, ready$/m);
    expect(text).toMatch(/^m1 +control-plane +Ready +v1\.31\.0 +containerd:\/\/1\.7\.0 +192\.0\.2\.10 *$/m);
    expect(text).toMatch(/^etcd +m1 +ready +0$/m);
  });

  test.each<[string, KubeObject, RegExp]>([
    [
      'starts again',
      component({ ready: false, started: false, restartCount: 1, state: { running: {} } }),
      /^etcd +m1 +starting +1/m,
    ],
    [
      'fails its readiness probe',
      component({ ...ready, ready: false, restartCount: 1 }, 'etcd', { readinessProbe: {} }),
      /^etcd +m1 +not ready +1$/m,
    ],
    [
      'crashes',
      component({ ready: false, restartCount: 7, state: { waiting: { reason: 'CrashLoopBackOff' } } }),
      /^etcd +m1 +CrashLoopBackOff +7$/m,
    ],
  ])('is not good while a part of the control plane %s', async (_, pod, line) => {
    const { isHealthy, text } = await told(new FakeKube(node('m1', true), pod), m1);
    expect(isHealthy).toBe(false);
    expect(text).toMatch(line);
  });

  test.each<[string, KubeObject]>([
    ['was not answered yet', component({ ready: false, started: false, state: { running: {} } })],
    ['has no containers of which its kubelet has told', { ...component({}), status: { phase: 'Pending' } }],
  ])('is good while a part of the control plane starts for the first time and %s, and says so', async (_, starting) => {
    const { isHealthy, text } = await told(new FakeKube(node('m1', true), starting), m1);
    expect([isHealthy, text]).toEqual([true, expect.stringMatching(/^etcd +m1 +starting +0/m)]);
  });

  test('is good right after up, when kubelets before v1.22 have not told yet that what has started up is ready', async () => {
    const { isHealthy, text } = await told(new FakeKube(node('m1', true), component({ ...ready, ready: false })), m1);
    expect([isHealthy, text]).toEqual([true, expect.stringMatching(/^etcd +m1 +ready +0$/m)]);
  });

  test('gives the kubelet’s own reason for a node that is not Ready', async () => {
    const { isHealthy, text } = await told(new FakeKube(node('m1', false)), m1);
    expect(isHealthy).toBe(false);
    expect(text).toMatch(/^m1 +control-plane +NotReady .*container runtime network not ready$/m);
  });

  test('says that a node is cordoned or under pressure, which is no fault of it', async () => {
    const conditions = [
      { type: 'Ready', status: 'True' },
      { type: 'DiskPressure', status: 'True' },
    ];
    const cordoned = node('m1', true, { spec: { unschedulable: true }, status: { conditions } });
    const { isHealthy, text } = await told(new FakeKube(cordoned), m1);
    expect([isHealthy, text]).toEqual([true, expect.stringMatching(/cordoned; DiskPressure$/m)]);
  });

  test('names the hosts of the file that did not join, and those that do not answer', async () => {
    const { isHealthy, text } = await told(
      new FakeKube(node('m1', true)),
      { ...m1, reached: { message: 'connect ETIMEDOUT' } },
      { name: 'N1', role: 'worker' },
    );
    expect(isHealthy).toBe(false);
    expect(text).toMatch(/^m1 .*host: connect ETIMEDOUT$/m);
    expect(text).toMatch(/^N1 +worker +not joined +kinit up joins it$/m);
  });

  test.each([
    [80, /^NODE +ROLE +STATUS +VERSION +RUNTIME +ADDRESS$/m],
    [50, /^NODE m1\n {2}ROLE control-plane, STATUS Ready, VERSION v1\.31\.0, RUNTIME containerd/m],
  ])('is told on a terminal of %i columns', async (width, lines) => {
    expect(statusText(await status([m1], new FakeKube(node('m1', true), component(ready))), now, width)).toMatch(lines);
  });

  test('names the checks of the API server that fail', async () => {
    const kube = new FakeKube();
    kube.paths.set('/readyz?verbose', '[+]ping ok\n[-]etcd failed: reason withheld\nreadyz check failed');
    const { isHealthy, text } = await told(kube);
    expect([isHealthy, text]).toEqual([false, expect.stringContaining('not ready: etcd')]);
  });

  test('is told without the cluster where its API does not answer', async () => {
    const kube = new FakeKube();
    kube.failNext(/^list Node/, new KubeError(0, 'Unreachable', 'connect ECONNREFUSED'));
    const { isHealthy, text } = await told(kube, m1);
    expect(isHealthy).toBe(false);
    expect(text).toMatch(/^API +https:\/\/fake-kube:6443: .*ECONNREFUSED/);
    expect(text).toMatch(/^m1 +control-plane +not joined/m);
  });

  test('asks who is reached while others are still being dialled', async () => {
    let begun: () => void = () => {};
    const asked = new Promise<void>((resolve) => {
      begun = resolve;
    });
    const living = new FakeHost({ name: 'm2' });
    const looked: AskedHost = { name: 'm2', role: 'control-plane', reached: Promise.resolve(living) };
    const observe = living.observe.bind(living);
    living.observe = (question) => {
      begun();
      return observe(question);
    };
    const dead = asked.then(() => new KinitError('no answer from 192.0.2.1 port 22'));
    const seen = await status([{ ...m1, reached: dead }, looked]);
    expect(seen.hosts.map(({ problem }) => problem)).toEqual(['no answer from 192.0.2.1 port 22', undefined]);
    expect(seen.apiServers[0]?.problem).toBe('no answer from 192.0.2.1 port 22');
  });

  test('says that there is none where no control plane can be asked', async () => {
    const seen = await status([{ ...m1, reached: { message: 'no route' } }]);
    expect([isHealthy(seen), seen.problem]).toEqual([false, 'there is no cluster yet']);
  });
});

describe('a cluster whose certificates have expired', () => {
  test('tells so of each of them, though its API answers nobody', async () => {
    const authority = await testAuthority();
    const server = await kubeServer(new FakeKube(), { authority, validitySeconds: -3600 });
    const admin = await testCertificate(authority, 'kubernetes-admin');
    const conf = administratorConf(server.url, authority, admin);
    const expired = await testCertificate(authority, 'kube-apiserver', [], -3 * 24 * 3600);
    const host = new FakeHost({
      files: {
        '/etc/kubernetes/admin.conf': conf,
        '/etc/kubernetes/manifests/kube-apiserver.yaml':
          'spec:\n  containers:\n  - command:\n    - --client-ca-file=/srv/pki/ca.crt\n    image: registry.k8s.io/kube-apiserver:v1.31.0\n',
        '/etc/kubernetes/manifests/etcd.yaml': '',
        '/srv/pki/ca.crt': authority.certificate,
        '/srv/pki/ca.key': 'never read',
        '/srv/pki/apiserver.crt': expired.certificate,
      },
      connect: async (target) => connect('port' in target ? target.port : 0, '127.0.0.1'),
    });
    const seen = await status([{ ...m1, reached: host }]);
    await server.close();
    const text = statusText(seen, Date.now());
    expect(isHealthy(seen)).toBe(false);
    expect(text).toMatch(/^API +https:\/\/127\.0\.0\.1:\d+ shows a certificate that has expired$/m);
    expect(text).toMatch(/^ {2}apiserver: ended [34] days ago$/m);
    expect(text).toMatch(/^m1 +control-plane .*the API does not tell$/m);
    expect(seen.certificates[0]?.info.certificates.map(({ name }) => name)).toContain('etcd-server');
  });

  test('is none to a machine that is no control plane', async () => {
    const seen = await status([{ ...m1, reached: new FakeHost() }]);
    expect(seen).toMatchObject({ problem: 'there is no cluster yet', certificates: [], etcd: undefined });
  });
});

describe('certificates', () => {
  const lasting = (...days: number[]): ClusterStatus => ({
    server: 'https://fake-kube:6443',
    problem: undefined,
    version: 'v1.31.0',
    failing: [],
    components: [],
    nodes: [],
    hosts: [],
    apiServers: [],
    balancers: [],
    etcd: undefined,
    snapshots: [],
    certificates: [
      {
        node: 'm1',
        info: {
          certificates: days.map((left, index) => ({ name: `c${index}`, notAfter: now + left * 86_400_000 })),
          authorities: [],
        },
      },
    ] as unknown as ClusterStatus['certificates'],
  });

  test.each([
    [[364, 300], 'the first to end is c1, in 300 days'],
    [[29, 400], 'end soon (kinit certs renew --config FILE):\n  c0: 29 days'],
    [[-2, 10], 'end soon (kinit certs renew --config FILE):\n  c0: ended 2 days ago\n  c1: 10 days'],
  ])('that last %j days are told so', (days, words) => {
    expect(statusText(lasting(...days), now)).toContain(words);
  });

  test('are dates and whole days for a machine', () => {
    expect(statusObject(lasting(1.5), now)).toMatchObject({
      certificates: [{ node: 'm1', name: 'c0', expires: '2026-01-02T12:00:00.000Z', daysLeft: 1 }],
    });
  });
});

describe('snapshots that control planes save by themselves', () => {
  const told = (age: number | undefined, overdue: boolean) =>
    statusText(
      {
        server: 'https://fake-kube:6443',
        problem: undefined,
        version: 'v1.31.0',
        failing: [],
        components: [],
        nodes: [],
        hosts: [],
        apiServers: [],
        balancers: [],
        etcd: undefined,
        certificates: [],
        snapshots: [{ node: 'm1', age, every: 3600, overdue }],
      },
      now,
    );

  test.each([
    [7500, 'm1: the last one is 2 hours old, and one is due every 1 hour'],
    [3 * 86_400, 'm1: the last one is 3 days old'],
    [undefined, 'm1: none is there'],
  ])('are told where they are missing: %s seconds', (age, words) => {
    expect(told(age, true)).toMatch(/^SNAPSHOTS +are missing/m);
    expect(told(age, true)).toContain(words);
  });

  test('are not told of as long as they come', () => {
    expect(told(3000, false)).not.toContain('SNAPSHOTS');
  });
});
