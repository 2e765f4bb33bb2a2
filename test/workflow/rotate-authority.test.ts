import { X509Certificate } from 'node:crypto';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { KubeObject } from '../../src/kube/client.ts';
import { clusterInfoText } from '../../src/kube/cluster-info.ts';
import { certificatesOf, fingerprints, isOfAuthority } from '../../src/pki/authority-rotation.ts';
import { readKubeconfig } from '../../src/pki/kubeconfig.ts';
import { rotatingAuthority } from '../../src/pki/rotating-authorities.ts';
import { planRotation, rotateAuthority } from '../../src/workflows/certificates/authority/rotate-authority.ts';
import type { RotationInput, RotationResult } from '../../src/workflows/certificates/authority/rotation-input.ts';
import { testAuthority } from '../certificates.ts';
import { power } from '../fakes/power.ts';
import { quietRun } from '../run.ts';
import type { Pki } from '../unit/pki/issued.ts';
import { balancerCa, config, oldPki, pkiFolder, RotatedCluster, release } from './rotated-cluster.ts';

let pki: Pki;
let cluster: RotatedCluster;
beforeAll(async () => {
  pki = await oldPki();
});
beforeEach(async () => {
  cluster = await RotatedCluster.of(pki);
});
afterEach(() => cluster.close());

type Asked = Partial<Pick<RotationInput, 'until' | 'workloads' | 'readyDeadline'>> & {
  readonly ca?: string;
  readonly dead?: readonly string[];
};

function inputOf({ ca = 'ca', dead = [], ...more }: Asked = {}): RotationInput {
  const authority = rotatingAuthority(ca);
  if (authority === undefined) throw new Error(ca);
  return {
    authority,
    places: cluster.places(dead),
    settings: async () => ({
      config,
      cluster: config.cluster,
      release,
      kubernetesDirectory: '/etc/kubernetes',
      validitySeconds: 365 * 24 * 3600,
    }),
    until: 'forget',
    workloads: 'restart',
    parallel: 1,
    readyDeadline: 5,
    pause: 5,
    run: quietRun({ now: Date.now() }),
    ...more,
  };
}

const rotated = (asked?: Asked) => rotateAuthority(inputOf(asked));
const failures = ({ outcomes }: RotationResult) => outcomes.flatMap(({ error }) => error?.message ?? []);
const textOn = (name: string, path: string) => cluster.machines.get(name)?.text(path) ?? '';
const configMap = (name: string): KubeObject | undefined =>
  cluster.kube.objects('ConfigMap').find(({ metadata }) => metadata.name === name);
const dataOf = (name: string) => (configMap(name)?.['data'] ?? {}) as Readonly<Record<string, string>>;

/** The new CA is the only one everywhere, has signed everything, and nothing is left of the work. */
function expectReplaced(path: string, leaves: readonly string[]): void {
  const [old = ''] = fingerprints(pki.certificates.get(path) ?? '');
  const next = textOn('m1', `${pkiFolder}/${path}.crt`);
  expect(fingerprints(next)).toHaveLength(1);
  expect(fingerprints(next)).not.toContain(old);
  for (const name of [...cluster.machines.keys()].filter((one) => one.startsWith('m'))) {
    expect(textOn(name, `${pkiFolder}/${path}.crt`)).toBe(next);
    expect(textOn(name, `${pkiFolder}/${path}.key`)).toBe(textOn('m1', `${pkiFolder}/${path}.key`));
    for (const leaf of leaves)
      expect([leaf, isOfAuthority(textOn(name, `${pkiFolder}/${leaf}.crt`), next)]).toEqual([leaf, true]);
    expect(textOn(name, `${pkiFolder}/${path}-signing.crt`)).toBe('');
  }
  for (const [name, host] of cluster.machines) {
    const left = [...host.entries].filter(
      ([file, { type }]) => file.startsWith('/var/lib/kinit/rotation/') && type === 'file',
    );
    expect([name, left.map(([file]) => file)]).toEqual([name, []]);
  }
  expect(cluster.broken).toEqual([]);
}

function expectCaReplaced(): void {
  expectReplaced('ca', ['apiserver', 'apiserver-kubelet-client']);
  const next = textOn('m1', `${pkiFolder}/ca.crt`);
  for (const name of cluster.machines.keys()) {
    const kubelet = readKubeconfig(textOn(name, '/etc/kubernetes/kubelet.conf'));
    expect(fingerprints(kubelet.ca ?? ''), name).toEqual(fingerprints(next));
    expect(isOfAuthority(textOn(name, '/var/lib/kubelet/pki/kubelet-client-current.pem'), next), name).toBe(true);
    expect(textOn(name, `${pkiFolder}/ca.crt`)).toBe(next);
    if (!name.startsWith('m')) continue;
    expect(isOfAuthority(textOn(name, '/var/lib/kubelet/pki/kubelet-server-current.pem'), next), name).toBe(true);
    for (const file of ['admin.conf', 'super-admin.conf', 'controller-manager.conf', 'scheduler.conf']) {
      const { ca, clientCertificate } = readKubeconfig(textOn(name, `/etc/kubernetes/${file}`));
      expect(fingerprints(ca ?? ''), file).toEqual(fingerprints(next));
      expect(isOfAuthority(clientCertificate ?? '', next), file).toBe(true);
    }
    expect(textOn(name, '/etc/kubernetes/manifests/kube-controller-manager.yaml')).toContain(
      `--cluster-signing-cert-file=${pkiFolder}/ca.crt`,
    );
  }
  expect(textOn('w1', balancerCa)).toBe(next);
  const told = clusterInfoText(configMap('cluster-info')!) ?? '';
  expect(fingerprints(readKubeconfig(told).ca ?? '')).toEqual(fingerprints(next));
  expect(dataOf('cluster-info')['jws-kubeconfig-abcdef']).toBeDefined();
  expect(fingerprints(dataOf('extension-apiserver-authentication')['client-ca-file'] ?? '')).toEqual(
    fingerprints(next),
  );
  expect(textOn('m1', `${pkiFolder}/sa.key`)).toBe(textOn('m2', `${pkiFolder}/sa.key`));
}

describe('another CA for a cluster', () => {
  test('comes while everybody trusts everybody else all the time, and the old one is gone in the end', async () => {
    const result = await rotated();
    expect(failures(result)).toEqual([]);
    expect(result).toMatchObject({ reached: 'forget', waitsFor: [] });
    expect(result.joinHashes).toHaveLength(1);
    expectCaReplaced();
    expect(new X509Certificate(textOn('m1', `${pkiFolder}/ca.crt`)).subject).toBe('CN=kubernetes');
  });

  test('goes period by period, one control plane after the other, workers behind them', async () => {
    await rotated();
    const around = ['m1: kubelet', 'm1: kube-apiserver', 'm1: kube-controller-manager', 'm1: kube-scheduler'];
    const period = [...around, ...around.map((line) => line.replace('m1', 'm2')), 'w1: haproxy', 'w1: kubelet'];
    expect(cluster.story).toEqual([...period, ...period, ...period]);
  });

  test('is there beside the old one after the first period, in the order in which kubeadm takes the first one for the key’s', async () => {
    const result = await rotated({ until: 'trust' });
    expect(result.reached).toBe('trust');
    expect(result.joinHashes).toHaveLength(2);
    const [old = '', next = ''] = certificatesOf(textOn('m2', `${pkiFolder}/ca.crt`));
    expect(fingerprints(old)).toEqual(fingerprints(pki.certificates.get('ca') ?? ''));
    expect(textOn('m2', `${pkiFolder}/ca.key`)).toBe(pki.keys.get('ca')?.reveal());
    expect(isOfAuthority(textOn('m2', `${pkiFolder}/apiserver.crt`), next)).toBe(false);
    expect(certificatesOf(dataOf('kube-root-ca.crt')['ca.crt'] ?? '')).toHaveLength(2);
    expect(readKubeconfig(textOn('w1', '/etc/kubernetes/kubelet.conf')).ca).toBe(`${old}${next}`);
    expect((await rotated({ until: 'sign' })).reached).toBe('sign');
    expect(certificatesOf(textOn('m2', `${pkiFolder}/ca.crt`))).toEqual([next, old]);
    expect(isOfAuthority(textOn('m2', `${pkiFolder}/apiserver.crt`), next)).toBe(true);
    expect((await rotated()).reached).toBe('forget');
    expectCaReplaced();
  });

  test('waits before it signs for pods that have not read it, and goes on when they have begun anew', async () => {
    const result = await rotated({ workloads: 'stop' });
    expect(result).toMatchObject({ waitsFor: ['Deployment default/web'], reached: undefined });
    expect(textOn('m1', `${pkiFolder}/ca.key`)).toBe(pki.keys.get('ca')?.reveal());
    expect((await rotated({ workloads: 'stop' })).waitsFor).toEqual(['Deployment default/web']);
    const web = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'default', name: 'web' };
    await cluster.kube.patch(web, 'merge', { spec: { template: { metadata: { annotations: { restarted: 'now' } } } } });
    expect((await rotated({ workloads: 'stop' })).reached).toBe('forget');
    expectCaReplaced();
  });

  test('is planned without anything being touched, and the plan of one that stopped says what is left', async () => {
    const before = new Map([...cluster.machines].map(([name, { entries }]) => [name, new Map(entries)]));
    const plan = await planRotation(inputOf());
    expect(plan.steps.map(({ period }) => period)).toEqual(['trust', 'sign', 'forget']);
    expect(plan.steps.every(({ machines }) => machines.every(({ isDue }) => isDue))).toBe(true);
    expect(plan.workloads).toEqual(['DaemonSet kube-system/kube-proxy', 'Deployment default/web']);
    for (const [name, { entries }] of cluster.machines) expect(entries).toEqual(before.get(name));
    expect(cluster.story).toEqual([]);
    await rotated({ until: 'sign' });
    const left = await planRotation(inputOf());
    expect(left.steps.map(({ period, machines }) => [period, machines.filter(({ isDue }) => isDue).length])).toEqual([
      ['sign', 0],
      ['forget', 3],
    ]);
    expect(left.workloads).toEqual([]);
  });

  test('is not made a third time by a command that is given twice', async () => {
    await rotated();
    cluster.story.length = 0;
    const next = textOn('m1', `${pkiFolder}/ca.crt`);
    expect(await rotated()).toMatchObject({ wasOver: true });
    expect(textOn('m1', `${pkiFolder}/ca.crt`)).toBe(next);
    expect(cluster.story).toEqual([]);
  });

  test('keeps a run from going on to others where a machine does not come through', async () => {
    cluster.stubborn.add('m1');
    const result = await rotated();
    expect(result.outcomes.map(({ host, result: how }) => `${host} ${how}`)).toEqual(['m1 failed', 'm2 held back']);
    expect(result.reached).toBeUndefined();
    expect(textOn('m2', `${pkiFolder}/ca.crt`)).toBe(pki.certificates.get('ca'));
    cluster.stubborn.clear();
    expect((await rotated()).reached).toBe('forget');
    expectCaReplaced();
  });
});

describe.each([
  ['etcd-ca', 'etcd/ca', ['etcd/server', 'etcd/peer', 'etcd/healthcheck-client', 'apiserver-etcd-client']],
  ['front-proxy-ca', 'front-proxy-ca', ['front-proxy-client']],
])('another %s', (ca, path, leaves) => {
  test('comes to the control planes alone', async () => {
    const result = await rotated({ ca });
    expect(failures(result)).toEqual([]);
    expectReplaced(path, leaves);
    expect(cluster.story.filter((line) => /w1|kubelet/.test(line))).toEqual([]);
    expect(textOn('m1', `${pkiFolder}/ca.crt`)).toBe(pki.certificates.get('ca'));
    if (ca === 'front-proxy-ca') {
      const told = dataOf('extension-apiserver-authentication')['requestheader-client-ca-file'] ?? '';
      expect(fingerprints(told)).toEqual(fingerprints(textOn('m1', `${pkiFolder}/${path}.crt`)));
    }
  });
});

describe('a cluster whose CA cannot be replaced', () => {
  const untouched = () => expect(cluster.story).toEqual([]);

  test('is refused where its key is kept elsewhere', async () => {
    cluster.machines.get('m2')?.entries.delete(`${pkiFolder}/ca.key`);
    await expect(rotated()).rejects.toMatchObject({
      exitCode: 2,
      host: 'm2',
      message: expect.stringMatching(/another CA signs/),
    });
    untouched();
  });

  test('is refused where a machine is not reached, a node is not named or one is not Ready', async () => {
    await expect(rotated({ dead: ['w1'] })).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringMatching(/not reached: w1/),
    });
    const node = { apiVersion: 'v1', kind: 'Node', metadata: { name: 'w9' } };
    await cluster.kube.create(node);
    await expect(rotated()).rejects.toMatchObject({ exitCode: 2, message: expect.stringMatching(/would lose.*w9/) });
    await cluster.kube.delete({ apiVersion: 'v1', kind: 'Node', name: 'w9' });
    const status = { conditions: [{ type: 'Ready', status: 'False' }] };
    await cluster.kube.patch({ apiVersion: 'v1', kind: 'Node', name: 'w1' }, 'merge', { status });
    await expect(rotated()).rejects.toMatchObject({ exitCode: 2, message: expect.stringMatching(/not Ready: w1/) });
    untouched();
  });

  test('is refused where a member of etcd is not well', async () => {
    cluster.etcd.stop('https://192.0.2.12:2379');
    await expect(rotated()).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringMatching(/etcd is not well: .*m2/),
    });
    untouched();
  });

  test('is refused where a machine is another cluster’s', async () => {
    const { certificate } = await testAuthority('kubernetes');
    cluster.machines.get('w1')?.place(`${pkiFolder}/ca.crt`, certificate);
    await expect(rotated()).rejects.toMatchObject({
      exitCode: 2,
      host: 'w1',
      message: expect.stringMatching(/another CA/),
    });
    untouched();
  });
});

describe.each([
  ['ca', 'ca', 29],
  ['etcd-ca', 'etcd/ca', 17],
])('another %s', (ca, path, step) => {
  test('is finished by the same command, wherever the first was killed', { timeout: 600_000 }, async () => {
    await rotated({ ca });
    const operations = cluster.power.spent;
    expect(operations).toBeGreaterThan(ca === 'ca' ? 80 : 40);
    // $KINIT_EVERY_KILL=1 asks for all of them, which take a quarter of an hour.
    const every = Number(process.env['KINIT_EVERY_KILL'] ?? step);
    for (let at = 0; at < operations; at += every) {
      await cluster.close();
      cluster = await RotatedCluster.of(pki);
      cluster.power = power(at);
      await rotated({ ca }).catch(() => {});
      cluster.power = power();
      const result = await rotated({ ca });
      expect([at, failures(result), result.reached]).toEqual([at, [], 'forget']);
      if (path === 'ca') expectCaReplaced();
      else expectReplaced(path, ['etcd/server', 'etcd/peer']);
    }
  });
});
