import { connect } from 'node:net';
import { duplexPair } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Host } from '../../src/host/host.ts';
import { kubeconfigDocument } from '../../src/pki/kubeconfig-document.ts';
import { livingControlPlane } from '../../src/workflows/cluster/living-control-plane.ts';
import { toYaml } from '../../src/yaml.ts';
import { FakeHost } from '../fakes/host.ts';
import { FakeKube } from '../fakes/kube.ts';
import { type KubeServer, kubeServer } from '../fakes/kube-server.ts';

let server: KubeServer;

beforeAll(async () => {
  server = await kubeServer(new FakeKube(), { everybodyMay: true });
});
afterAll(() => server.close());

/** A control plane of a cluster whose endpoint leads to nobody; its own API server answers, or never does. */
function controlPlane(name: string, answers: boolean): FakeHost {
  const { authority, admin } = server;
  const conf = kubeconfigDocument({
    clusterName: 'kubernetes',
    server: 'https://cp.example.com:6443',
    caPem: authority.certificate,
    user: 'kubernetes-admin',
    client: { certificatePem: admin.certificate, key: admin.key },
    preferences: false,
  });
  return new FakeHost({
    name,
    files: {
      '/etc/kubernetes/admin.conf': toYaml(conf),
      '/etc/kubernetes/manifests/kube-apiserver.yaml': `spec:
  containers:
  - command:
    - kube-apiserver
    - --advertise-address=127.0.0.1
    - --secure-port=${server.port}
    image: registry.k8s.io/kube-apiserver:v1.31.0
`,
    },
    connect: async (target) => {
      if (!('port' in target) || target.port !== server.port) throw new Error('connect EHOSTUNREACH');
      return answers ? connect({ host: '127.0.0.1', port: server.port }) : duplexPair()[0];
    },
  });
}

const dialling = new Promise<undefined>(() => {});
const unreached = Promise.resolve(undefined);
const there = (host: Host) => Promise.resolve(host);

describe('of several control planes one that lives serves, by its own API server', () => {
  test.each<[string, () => readonly Promise<Host | undefined>[]]>([
    ['the first is not reached', () => [unreached, there(controlPlane('m2', true))]],
    ['the first is still being dialled', () => [dialling, there(controlPlane('m2', true))]],
    [
      'the API server of the first is frozen',
      () => [there(controlPlane('m1', false)), there(controlPlane('m2', true))],
    ],
    ['the first is none any more', () => [there(new FakeHost({ name: 'm1' })), there(controlPlane('m2', true))]],
  ])('%s', async (_, hosts) => {
    const living = await livingControlPlane(hosts());
    expect(living?.host.name).toBe('m2');
    expect((await living?.kube.raw('/version'))?.status).toBe(200);
    living?.kube.close();
  });

  test('and it is waited for as by all clients when it starts anew under the work', async () => {
    const living = await livingControlPlane([there(controlPlane('m2', true))]);
    // 3.5 s of pauses between attempts.
    server.befall(/nodes/, 'reset', 8);
    expect(await living?.kube.list({ apiVersion: 'v1', kind: 'Node' })).toEqual([]);
    living?.kube.close();
  });

  test('where none does there is none', async () => {
    expect(await livingControlPlane([unreached, there(new FakeHost())])).toBeUndefined();
    expect(await livingControlPlane([])).toBeUndefined();
  });
});
