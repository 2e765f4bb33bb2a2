import { connect } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { storedClusterDocument } from '../../src/config/convert.ts';
import { KinitError } from '../../src/errors.ts';
import { uploadKubeadmConfigObjects, uploadKubeletConfigObjects } from '../../src/manifests/upload-config.ts';
import { kubeconfigDocument } from '../../src/pki/kubeconfig-document.ts';
import { leading } from '../../src/workflows/cluster/up/leading.ts';
import type { UpHost } from '../../src/workflows/cluster/up/wanted-cluster.ts';
import { toYaml } from '../../src/yaml.ts';
import { testAuthority, testCertificate } from '../certificates.ts';
import { clusterInfo } from '../cluster-info.ts';
import { FakeHost } from '../fakes/host.ts';
import { FakeKube } from '../fakes/kube.ts';
import { kubeServer } from '../fakes/kube-server.ts';
import { initConfig, release as releaseOf } from '../unit/manifests/config.ts';

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

/** An API server, and what lies on a control plane by which it is reached. */
async function cluster(): Promise<string> {
  const version = 'v1.31.0';
  const authority = await testAuthority();
  const config = initConfig(version, {});
  const clusterConfigurationYaml = toYaml(storedClusterDocument(config.cluster, releaseOf(version), {}));
  const kubeletConfigurationYaml = 'apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\n';
  const kube = new FakeKube(
    ...uploadKubeadmConfigObjects(config, releaseOf(version), { clusterConfigurationYaml }),
    ...uploadKubeletConfigObjects(releaseOf(version), { kubeletConfigurationYaml, kubeletUserSupplied: false }),
    clusterInfo('https://192.0.2.10:6443', authority.certificate),
  );
  const server = await kubeServer(kube, { authority });
  closing.push(() => server.close());
  return kubeconfigOf(server.url, authority);
}

async function kubeconfigOf(server: string, authority: Awaited<ReturnType<typeof testAuthority>>): Promise<string> {
  const { certificate, key } = await testCertificate(authority, 'kubernetes-admin');
  return toYaml(
    kubeconfigDocument({
      clusterName: 'kubernetes',
      server,
      caPem: authority.certificate,
      user: 'kubernetes-admin',
      client: { certificatePem: certificate, key },
      preferences: false,
    }),
  );
}

type Carried = 'nothing' | 'not reached' | 'never answers' | { readonly adminConf: string };

/** Who leads where the control planes of a file carry these, and who was dialled for it. */
async function led(...carried: readonly [Carried, ...Carried[]]) {
  const entry = (index: number): UpHost => {
    return { name: `m${index + 1}`, role: 'control-plane', labels: {}, taints: [], fingerprint: '' };
  };
  const [first, ...others] = carried.map((_, index) => entry(index));
  const dialled: string[] = [];
  const isSilent = carried.includes('never answers');
  const input: Parameters<typeof leading>[0] = {
    controlPlanes: [first!, ...others],
    async dial(entries) {
      dialled.push(...entries.map(({ name }) => name));
      if (entries.some(({ name }) => carried[Number(name.slice(1)) - 1] === 'never answers'))
        return new Promise(() => {});
      const seen = entries.map((one) => ({ entry: one, what: carried[Number(one.name.slice(1)) - 1]! }));
      return {
        machines: seen.flatMap(({ entry: one, what }) =>
          what === 'not reached' || what === 'never answers' ? [] : [{ entry: one, host: hostWith(one.name, what) }],
        ),
        failures: seen.flatMap(({ entry: one, what }) =>
          what === 'not reached'
            ? [{ entry: one, error: new KinitError(`cannot reach ${one.name}`, { host: one.name }) }]
            : [],
        ),
      };
    },
  };
  // Nobody is waited for in vain, and nobody is taken for silent who is only slow.
  const patience = isSilent ? 10 : 60_000;
  const found = await leading(input, { headStart: patience, others: patience });
  found.living?.kube.close();
  return { leader: found.leader.entry.name, lives: found.living !== undefined, dialled };
}

function hostWith(name: string, what: Exclude<Carried, 'not reached' | 'never answers'>): FakeHost {
  const files = what === 'nothing' ? {} : { '/etc/kubernetes/admin.conf': what.adminConf };
  return new FakeHost({
    name,
    files,
    connect: async (target) => {
      if (!('port' in target) || target.port === 1) throw new Error('connect ECONNREFUSED');
      return connect(target.port, '127.0.0.1');
    },
  });
}

/** A control plane whose API server is down. */
const silent = async () => ({ adminConf: await kubeconfigOf('https://127.0.0.1:1', await testAuthority()) });

describe('the control plane that a run goes by', () => {
  test('is the first one where that lives, and nobody else is dialled for it', async () => {
    const adminConf = await cluster();
    expect(await led({ adminConf }, 'nothing', 'nothing')).toEqual({ leader: 'm1', lives: true, dialled: ['m1'] });
  });

  test.each<readonly [string, () => Promise<Carried>]>([
    ['is not reached', async () => 'not reached'],
    ['is a fresh machine in the place of a dead one', async () => 'nothing'],
    ['has an API server that is down', silent],
  ])('is any other one that lives where the first one %s', async (_, first) => {
    const adminConf = await cluster();
    expect(await led(await first(), 'not reached', { adminConf })).toMatchObject({ leader: 'm3', lives: true });
  });

  test('is one that lives, while the first is still being dialled: nobody waits for a dead or frozen one', async () => {
    const adminConf = await cluster();
    const found = { leader: 'm2', lives: true, dialled: ['m1', 'm2', 'm3'] };
    expect(await led('never answers', { adminConf }, 'nothing')).toEqual(found);
  });

  test('is the one where the cluster was begun, rather than a bare first one, where nobody answers', async () => {
    expect(await led('nothing', await silent(), 'nothing')).toMatchObject({ leader: 'm2', lives: false });
  });

  test('is the first of the file where there is no cluster yet, whoever else is not reached', async () => {
    expect(await led('nothing')).toMatchObject({ leader: 'm1', lives: false });
    expect(await led('nothing', 'not reached', 'nothing')).toMatchObject({ leader: 'm1', lives: false });
  });
});

describe('nobody leads, and no second cluster begins,', () => {
  test('where the first one is not reached and no other carries the cluster', async () => {
    await expect(led('not reached', 'nothing', 'nothing')).rejects.toThrow(
      'cannot reach m1; no other control plane of the file carries the cluster, which begins on m1',
    );
  });

  test('where most of them are not reached: the cluster may be on those', async () => {
    await expect(led('nothing', 'not reached', 'not reached')).rejects.toThrow(
      'only 1 of 3 control planes were reached, and the cluster may be on the others already: m2, m3',
    );
  });

  test('where two of them carry two clusters', async () => {
    const [one, other] = [await cluster(), await cluster()];
    const work = led('not reached', { adminConf: one }, { adminConf: other });
    await expect(work).rejects.toThrow('this host carries a control plane of another cluster');
  });
});
