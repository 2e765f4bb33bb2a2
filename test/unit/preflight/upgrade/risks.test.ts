import { describe, expect, test } from 'vitest';
import { storedCluster } from '../../../../src/config/stored-cluster.ts';
import type { KubeObject } from '../../../../src/kube/client.ts';
import { upgradeRisks } from '../../../../src/preflight/upgrade/risks.ts';
import type { UpgradedCluster } from '../../../../src/preflight/upgrade/seen.ts';
import { parseVersion } from '../../../../src/release/version.ts';

function object(
  apiVersion: string,
  kind: string,
  name: string,
  more: object = {},
  namespace?: string,
  about: object = {},
): KubeObject {
  const metadata = { name, ...(namespace === undefined ? {} : { namespace }), ...about };
  return { apiVersion, kind, metadata, ...more };
}

function node(
  name: string,
  { ready = true, master = false, runtime = 'containerd://1.6.20', cpu = '8', taints = false } = {},
): KubeObject {
  const labels = master ? { 'node-role.kubernetes.io/control-plane': '' } : {};
  const spec = taints ? { taints: [{ key: 'node-role.kubernetes.io/control-plane', effect: 'NoSchedule' }] } : {};
  const conditions = [{ type: 'Ready', status: ready ? 'True' : 'Unknown' }];
  const status = { conditions, nodeInfo: { containerRuntimeVersion: runtime }, allocatable: { cpu, memory: '8Gi' } };
  return { apiVersion: 'v1', kind: 'Node', metadata: { name, labels }, spec, status };
}

async function risks(more: Partial<UpgradedCluster> & { readonly written?: string } = {}): Promise<readonly string[]> {
  const { written = '', ...given } = more;
  const text = `apiVersion: kubeadm.k8s.io/v1beta2\nkind: ClusterConfiguration\nkubernetesVersion: v1.22.17\n${written}`;
  const { cluster } = await storedCluster(text);
  const to = parseVersion('v1.23.17');
  const seen: UpgradedCluster = {
    cluster,
    components: { kubelet: undefined, kubeProxy: undefined },
    from: parseVersion('v1.22.17'),
    to,
    through: [given.to ?? to],
    nodes: [node('m1', { master: true }), node('w1')],
    leavers: new Set(),
    metrics: '',
    stored: [],
    podSecurityPolicies: [],
    budgets: [],
    webhooks: [],
    definitions: [],
    refusals: [],
    servedServices: new Set(),
    workloads: [],
    pods: [],
    drained: ['m1', 'w1'],
    ...given,
  };
  return upgradeRisks(seen).map(({ severity, name, message }) => `${severity} ${name}: ${message}`);
}

const asked = (resource: string, version: string, removed: string, group = 'batch') =>
  `apiserver_requested_deprecated_apis{group="${group}",removed_release="${removed}",resource="${resource}",subresource="",version="${version}"} 1`;
const policy = object('policy/v1beta1', 'PodSecurityPolicy', 'restricted');
const hook = (failurePolicy: string, rules?: readonly object[]): KubeObject =>
  object('admissionregistration.k8s.io/v1', 'ValidatingWebhookConfiguration', 'gate', {
    webhooks: [
      {
        name: 'gate.example.com',
        failurePolicy,
        clientConfig: { service: { namespace: 'gate', name: 'hook' } },
        ...(rules === undefined ? {} : { rules }),
      },
    ],
  });
const definition = (strategy: string) =>
  object('apiextensions.k8s.io/v1', 'CustomResourceDefinition', 'shops.example.com', {
    spec: { conversion: { strategy, webhook: { clientConfig: { service: { namespace: 'shop', name: 'convert' } } } } },
  });
const apiServer = (...words: readonly string[]): KubeObject =>
  object(
    'v1',
    'Pod',
    'kube-apiserver-m1',
    { spec: { nodeName: 'm1', containers: [{ command: ['kube-apiserver', ...words] }] } },
    'kube-system',
    {
      labels: { component: 'kube-apiserver', tier: 'control-plane' },
      ownerReferences: [{ kind: 'Node', controller: true }],
    },
  );
const budget = (disruptionsAllowed: number, expectedPods = 3, spec: object = {}) =>
  object('policy/v1', 'PodDisruptionBudget', 'db', { spec, status: { disruptionsAllowed, expectedPods } }, 'shop');
const applied = (apiVersion: string) => ({
  annotations: { 'kubectl.kubernetes.io/last-applied-configuration': JSON.stringify({ apiVersion }) },
});
const pod = (name: string, nodeName: string, { owner = 'ReplicaSet', labels = {}, cpu = '100m' } = {}) =>
  object(
    'v1',
    'Pod',
    name,
    { spec: { nodeName, containers: [{ resources: { requests: { cpu } } }] }, status: { phase: 'Running' } },
    'shop',
    { labels, ownerReferences: owner === '' ? [] : [{ kind: owner, controller: true }] },
  );
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
      { to: parseVersion('v1.24.17'), written: 'apiServer: { extraArgs: { insecure-port: "0" } }\n' },
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
      'a budget that never lets anybody go',
      { budgets: [budget(0, 3, { maxUnavailable: 0 }), budget(0, 3, { minAvailable: '90%' })] },
      Array.from(
        { length: 2 },
        () =>
          'warning PodDisruptionBudget: the PodDisruptionBudget shop/db never lets any of its 3 pods go: their nodes are not drained',
      ),
    ],
    [
      'a pod that two budgets are for',
      {
        pods: [pod('db-0', 'w1', { labels: { app: 'db' } })],
        budgets: [
          budget(1, 3, { selector: { matchLabels: { app: 'db' } } }),
          budget(1, 3, { selector: { matchExpressions: [{ key: 'app', operator: 'Exists' }] } }),
          budget(1, 3, { selector: { matchLabels: { app: 'web' } } }),
        ],
      },
      [
        'warning PodDisruptionBudget: the pod shop/db-0 has several PodDisruptionBudgets (db, db), and is not evicted for that',
      ],
    ],
    [
      'pods that nobody makes anew',
      {
        pods: [
          pod('tool', 'w1', { owner: '' }),
          pod('tool', 'w9', { owner: '' }),
          pod('agent', 'w1', { owner: 'DaemonSet' }),
        ],
      },
      ['warning OwnerlessPods: gone for good when their nodes are drained: shop/tool'],
    ],
    [
      'pods that find no room on the other nodes',
      {
        nodes: [node('m1', { master: true, taints: true }), node('w1', { cpu: '4' }), node('w2', { cpu: '2' })],
        drained: ['w1', 'w2'],
        pods: [pod('a', 'w1', { cpu: '1500m' }), pod('b', 'w2', { cpu: '1' })],
      },
      ['warning NoRoom: pods of w1 wait while it is drained: they ask for 1.5 CPUs, and the others have 1.0 CPUs left'],
    ],
    [
      'the only node that takes pods',
      { nodes: [node('m1', { master: true, taints: true }), node('w1')], drained: ['w1'], pods: [pod('a', 'w1')] },
      ['warning NoRoom: pods of w1 wait while it is drained: no other node takes pods'],
    ],
    [
      'objects that are written by an API that goes',
      {
        ...v125,
        stored: [
          object('batch/v1', 'CronJob', 'nightly', {}, 'shop', applied('batch/v1beta1')),
          object('batch/v1', 'CronJob', 'hourly', {}, 'shop', {
            managedFields: [{ manager: 'helm', apiVersion: 'batch/v1beta1' }],
          }),
          object('batch/v1', 'CronJob', 'new', {}, 'shop', applied('batch/v1')),
          object('batch/v1', 'CronJob', 'own', {}, 'shop', {
            managedFields: [{ manager: 'kube-controller-manager', apiVersion: 'batch/v1beta1' }],
          }),
          object('networking.k8s.io/v1', 'Ingress', 'old', {}, 'shop', applied('networking.k8s.io/v1beta1')),
        ],
      },
      ['warning RemovedAPI: CronJob shop/nightly, shop/hourly: written as batch/v1beta1, which is gone from v1.25 on'],
    ],
    [
      'a feature gate that a component loses on the way, whoever names it',
      {
        to: parseVersion('v1.25.16'),
        written: 'scheduler: { extraArgs: { feature-gates: "EndpointSlice=true,Unheard=true" } }\n',
        components: {
          kubelet: { featureGates: { VolumeSubpath: true } },
          kubeProxy: { featureGates: { IPv6DualStack: true } },
        },
      },
      ['EndpointSlice', 'VolumeSubpath', 'IPv6DualStack'].map((gate) =>
        expect.stringMatching(new RegExp(`^error RemovedArgument: .* the feature gate "${gate}" went with v1\\.25`)),
      ) as unknown as string[],
    ],
    [
      'a silent webhook that looks at nothing of an upgrade',
      { webhooks: [hook('Fail', [{ apiGroups: ['shop.example.com'], resources: ['*'] }])] },
      ['warning DeadWebhook: webhook gate.example.com has to answer, and nobody is behind its Service gate/hook'],
    ],
    [
      'a silent webhook that looks at everything, or at what is below pods',
      {
        webhooks: [
          hook('Fail', [{ apiGroups: ['*'], resources: ['*/*'] }]),
          hook('Fail', [{ apiGroups: [''], resources: ['pods/eviction'] }]),
        ],
      },
      Array.from(
        { length: 2 },
        () => 'error DeadWebhook: webhook gate.example.com has to answer, and nobody is behind its Service gate/hook',
      ),
    ],
    [
      'a webhook somewhere else that does not answer when it is tried, once, and of nothing else that is refused',
      {
        refusals: [
          'create Job: Internal error occurred: failed calling webhook "far.example.com": Post "https://192.0.2.9/": dial tcp: refused',
          'create Pod: Internal error occurred: failed calling webhook "far.example.com": Post "https://192.0.2.9/": dial tcp: refused',
          'create ConfigMap: exceeded quota',
        ],
      },
      [
        'error DeadWebhook: webhook far.example.com has to answer, and does not: Post "https://192.0.2.9/": dial tcp: refused',
      ],
    ],
    [
      'objects that nothing reads from a version on, however they were written',
      {
        from: parseVersion('v1.30.14'),
        to: parseVersion('v1.31.14'),
        stored: [
          object('resource.k8s.io/v1alpha2', 'ResourceClaim', 'gpu', {}, 'shop'),
          object('resource.k8s.io/v1alpha3', 'ResourceClass', 'other'),
        ],
      },
      ['error StoredAPI: ResourceClaim shop/gpu: kept as resource.k8s.io/v1alpha2, which nothing reads from v1.31 on'],
    ],
    [
      'objects of such an API where it stays',
      {
        from: parseVersion('v1.28.15'),
        to: parseVersion('v1.30.14'),
        stored: [object('resource.k8s.io/v1alpha2', 'ResourceClaim', 'gpu', {}, 'shop')],
      },
      [],
    ],
    [
      'objects that nobody converts',
      { definitions: [definition('Webhook')] },
      [
        'warning DeadWebhook: objects of shops.example.com cannot be converted: nobody is behind the Service shop/convert that does it',
      ],
    ],
    [
      'no conversion that is served, or that needs nobody',
      { definitions: [definition('None'), definition('Webhook')], servedServices: new Set(['shop/convert']) },
      [],
    ],
    [
      'an argument that goes and stands in a manifest alone, and of none of kubeadm’s own or of kubeadm-config',
      {
        from: parseVersion('v1.20.2'),
        to: parseVersion('v1.24.17'),
        written: 'apiServer: { extraArgs: { ssh-user: "me" } }\n',
        through: [],
        drained: [],
        pods: [apiServer('--insecure-port=0', '--target_ram_mb=100', '--ssh-user=me', '--v=2')],
      },
      [
        'warning RemovedArgument: kube-apiserver of m1 runs with --target-ram-mb, which kubeadm-config does not have: it went with Kubernetes v1.24, and the upgrade writes the manifest without it',
      ],
    ],
    [
      'a silent webhook once, by its Service and not by the try as well',
      {
        webhooks: [hook('Fail')],
        refusals: ['create Pod: failed calling webhook "gate.example.com": no endpoints available'],
      },
      ['error DeadWebhook: webhook gate.example.com has to answer, and nobody is behind its Service gate/hook'],
    ],
    [
      'workloads of one pod',
      { workloads: [deployment(1), deployment(2), deployment(1, 'kube-system')] },
      ['warning SingleReplica: away while their only pod moves to another node: shop/web'],
    ],
  ])('tells of %s', async (_, seen, expected) => {
    expect(await risks(seen)).toEqual(expected);
  });
});
