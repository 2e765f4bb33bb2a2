import { describe, expect, test } from 'vitest';
import { storedCluster } from '../../../src/config/stored-cluster.ts';
import type { KubeObject } from '../../../src/kube/client.ts';
import { type UpgradedCluster, upgradeRisks } from '../../../src/preflight/upgrade-risks.ts';
import { parseVersion } from '../../../src/release/version.ts';

function object(apiVersion: string, kind: string, name: string, more: object = {}, namespace?: string): KubeObject {
  const metadata = { name, ...(namespace === undefined ? {} : { namespace }) };
  return { apiVersion, kind, metadata, ...more };
}

function node(name: string, { ready = true, master = false, runtime = 'containerd://1.6.20' } = {}): KubeObject {
  const labels = master ? { 'node-role.kubernetes.io/control-plane': '' } : {};
  const conditions = [{ type: 'Ready', status: ready ? 'True' : 'Unknown' }];
  const status = { conditions, nodeInfo: { containerRuntimeVersion: runtime } };
  return { apiVersion: 'v1', kind: 'Node', metadata: { name, labels }, status };
}

async function risks(more: Partial<UpgradedCluster> & { readonly stored?: string } = {}): Promise<readonly string[]> {
  const { stored = '', ...given } = more;
  const text = `apiVersion: kubeadm.k8s.io/v1beta2\nkind: ClusterConfiguration\nkubernetesVersion: v1.22.17\n${stored}`;
  const { cluster } = await storedCluster(text);
  const to = parseVersion('v1.23.17');
  const seen: UpgradedCluster = {
    cluster,
    from: parseVersion('v1.22.17'),
    to,
    through: [given.to ?? to],
    nodes: [node('m1', { master: true }), node('w1')],
    leavers: new Set(),
    metrics: '',
    podSecurityPolicies: [],
    budgets: [],
    webhooks: [],
    servedServices: new Set(),
    deployments: [],
    drained: ['m1', 'w1'],
    ...given,
  };
  return upgradeRisks(seen).map(({ severity, name, message }) => `${severity} ${name}: ${message}`);
}

const asked = (resource: string, version: string, removed: string, group = 'batch') =>
  `apiserver_requested_deprecated_apis{group="${group}",removed_release="${removed}",resource="${resource}",subresource="",version="${version}"} 1`;
const policy = object('policy/v1beta1', 'PodSecurityPolicy', 'restricted');
const hook = (failurePolicy: string): KubeObject =>
  object('admissionregistration.k8s.io/v1', 'ValidatingWebhookConfiguration', 'gate', {
    webhooks: [
      { name: 'gate.example.com', failurePolicy, clientConfig: { service: { namespace: 'gate', name: 'hook' } } },
    ],
  });
const budget = (disruptionsAllowed: number, expectedPods = 3) =>
  object('policy/v1', 'PodDisruptionBudget', 'db', { status: { disruptionsAllowed, expectedPods } }, 'shop');
const deployment = (replicas: number, namespace = 'shop') =>
  object('apps/v1', 'Deployment', 'web', { spec: { replicas } }, namespace);

describe('what an upgrade would break', () => {
  test('is nothing in a cluster that is well', async () => {
    expect(await risks()).toEqual([]);
  });

  const v125 = { to: parseVersion('v1.25.16') };
  const docker = { nodes: [node('m1', { master: true }), node('w1', { runtime: 'docker://20.10.24' })] };
  test.each<[string, Parameters<typeof risks>[0], readonly string[]]>([
    [
      'a control plane that is not Ready',
      { nodes: [node('m1', { master: true, ready: false })] },
      ['error ControlPlaneNodesReady: node m1 is not Ready'],
    ],
    [
      'a worker that is not Ready',
      { nodes: [node('w1', { ready: false })] },
      ['warning NodesReady: node w1 is not Ready'],
    ],
    [
      'APIs that are asked for and gone at the target',
      { ...v125, metrics: [asked('cronjobs', 'v1beta1', '1.25'), asked('flowschemas', 'v1beta2', '1.29')].join('\n') },
      ['warning RemovedAPI: cronjobs of batch/v1beta1 is asked for, and is gone from v1.25 on'],
    ],
    ['APIs that stay until a later release', { metrics: asked('cronjobs', 'v1beta1', '1.25') }, []],
    [
      'PodSecurityPolicies on the way over v1.25',
      { ...v125, podSecurityPolicies: [policy] },
      [
        'error PodSecurityPolicy: PodSecurityPolicies are gone with v1.25, and nothing holds pods in their place: restricted',
      ],
    ],
    ['PodSecurityPolicies that stay', { podSecurityPolicies: [policy] }, []],
    [
      'an argument that the API server loses on the way',
      { to: parseVersion('v1.24.17'), stored: 'apiServer: { extraArgs: { insecure-port: "0" } }\n' },
      [
        expect.stringMatching(
          /^error RemovedArgument: kubeadm-config apiServer\.extraArgs\.0\.name: "insecure-port" went with Kubernetes v1\.24/,
        ) as unknown as string,
      ],
    ],
    [
      'a webhook that has to answer and cannot',
      { webhooks: [hook('Fail')] },
      ['error DeadWebhook: webhook gate.example.com has to answer, and nobody is behind its Service gate/hook'],
    ],
    ['a webhook that may be silent', { webhooks: [hook('Ignore')] }, []],
    ['a webhook that is there', { webhooks: [hook('Fail')], servedServices: new Set(['gate/hook']) }, []],
    [
      'a budget that lets nobody go',
      { budgets: [budget(0)] },
      ['warning PodDisruptionBudget: the PodDisruptionBudget shop/db lets none of its 3 pods go at the moment'],
    ],
    ['a budget of nobody, and one with room', { budgets: [budget(0, 0), budget(1)] }, []],
    ['a budget where no node is drained', { budgets: [budget(0)], drained: [] }, []],
    [
      'docker on the way to a kubelet without it',
      { ...docker, to: parseVersion('v1.24.17') },
      [
        "error HostLimits: w1 cannot go to v1.24.17: docker's socket is not served by v1.24.17: the kubelet lost the dockershim with v1.24",
      ],
    ],
    ['docker where it stays', docker, []],
    [
      'workloads of one pod',
      { deployments: [deployment(1), deployment(2), deployment(1, 'kube-system')] },
      ['warning SingleReplica: away while their only pod moves to another node: shop/web'],
    ],
  ])('tells of %s', async (_, seen, expected) => {
    expect(await risks(seen)).toEqual(expected);
  });
});
