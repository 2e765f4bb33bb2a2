import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { exitCodes } from '../../src/errors.ts';
import { refuseLostQuorum, takeOutLost } from '../../src/workflows/cluster/leaving-control-plane.ts';
import { parseYaml, toYaml } from '../../src/yaml.ts';
import { FakeEtcd } from '../fakes/etcd.ts';
import type { FakeHost } from '../fakes/host.ts';
import { FakeKube } from '../fakes/kube.ts';
import { quietRun } from '../run.ts';
import { type EtcdPki, etcdPki, firstMaster, m1, m2, m3 } from './etcd/first-master.ts';

const apiServer = (version: string) => `spec: { containers: [{ image: k8s.gcr.io/kube-apiserver:${version} }] }`;

let pki: EtcdPki;
let etcd: FakeEtcd;

beforeAll(async () => {
  pki = await etcdPki();
});

/** Three control planes. */
beforeEach(() => {
  etcd = new FakeEtcd(pki.authority, m1);
  etcd.bring(m2);
  etcd.bring(m3);
});

/** The first of them, which stays. */
function living(version = 'v1.31.0'): FakeHost {
  const files = { '/etc/kubernetes/manifests/kube-apiserver.yaml': apiServer(version) };
  return firstMaster(etcd, pki, 'k8s.gcr.io/etcd:3.4.13-0', files);
}

const takeOut = (node: string, address: string, kube = new FakeKube(), version?: string) =>
  takeOutLost({ node, addresses: [address], through: living(version), kube, run: quietRun() });
const members = () => etcd.members.map(({ peerURLs }) => peerURLs[0]);

describe('a lost control plane', () => {
  test('is taken out of etcd through one that lives', async () => {
    etcd.stop(m3.clientURL);
    await takeOut('m3', '192.0.2.12');
    expect(members()).toEqual([m1.peerURL, m2.peerURL]);
  });

  test('is taken out by its address where its member never started', async () => {
    etcd.forget(m3.peerURL);
    etcd.announce(m3.peerURL);
    await takeOut('m3', '192.0.2.12');
    expect(members()).toEqual([m1.peerURL, m2.peerURL]);
  });

  test('that is no member any more, as after a run that was killed, changes nothing', async () => {
    etcd.forget(m3.peerURL);
    await takeOut('m3', '192.0.2.12');
    expect(etcd.calls).toEqual([]);
  });

  test('whose etcd runs is refused: its host lives', async () => {
    await expect(takeOut('m3', '192.0.2.12')).rejects.toMatchObject({
      message: 'the etcd of m3 runs, though its host is not reached; nothing was touched',
      exitCode: exitCodes.preflight,
      hint: expect.stringContaining('shut the host down first'),
    });
    expect(etcd.calls).toEqual([]);
  });

  test('stays where too few of the others answer', async () => {
    etcd.stop(m2.clientURL);
    etcd.stop(m3.clientURL);
    await expect(takeOut('m3', '192.0.2.12')).rejects.toMatchObject({
      message: 'too few members of etcd answer to take out that of m3; nothing was touched',
      exitCode: exitCodes.preflight,
    });
    expect(etcd.calls).toEqual([]);
  });

  test.each([
    ['v1.21.0', ['m1', 'm2']],
    ['v1.22.0', ['m1', 'm2', 'm3']],
  ])('is taken out of the ClusterStatus that kubeadm keeps up to v1.21: %s', async (version, left) => {
    etcd.stop(m3.clientURL);
    const apiEndpoints = Object.fromEntries(['m1', 'm2', 'm3'].map((name) => [name, { bindPort: 6443 }]));
    const metadata = { namespace: 'kube-system', name: 'kubeadm-config' };
    const data = { ClusterStatus: toYaml({ kind: 'ClusterStatus', apiEndpoints }) };
    const kube = new FakeKube({ apiVersion: 'v1', kind: 'ConfigMap', metadata, data });
    await takeOut('m3', '192.0.2.12', kube, version);
    const kept = (await kube.get({ apiVersion: 'v1', kind: 'ConfigMap', ...metadata }))?.['data'] as typeof data;
    const status = parseYaml(kept.ClusterStatus, 'status')[0]?.value as { apiEndpoints: object };
    expect(Object.keys(status.apiEndpoints)).toEqual(left);
  });
});

describe('a control plane that lives', () => {
  test('may go where the others can decide without it', async () => {
    await expect(refuseLostQuorum('m3', living())).resolves.toBeUndefined();
  });

  test('may go where it is the one that does not answer', async () => {
    etcd.stop(m3.clientURL);
    await expect(refuseLostQuorum('m3', living())).resolves.toBeUndefined();
  });

  test('is refused to go where that costs etcd its quorum, with who is to be taken out first', async () => {
    etcd.stop(m2.clientURL);
    await expect(refuseLostQuorum('m3', living())).rejects.toMatchObject({
      message: 'without m3 etcd loses its quorum: m2 does not answer; nothing was touched',
      exitCode: exitCodes.preflight,
      hint: 'take the dead ones out first (kinit node remove m2), or give up the cluster with --force',
    });
  });
});
