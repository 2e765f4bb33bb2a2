import {
  type Configuration,
  cluster,
  containerd,
  documentApi,
  init,
  kubernetes,
  later,
  token,
} from './configuration.ts';

/** How little a file may say, and in which version. */
export const fileVersions: readonly Configuration[] = [
  { title: 'a minimal file', documents: [cluster()] },
  { title: 'only an InitConfiguration', documents: [init()], args: [] },
  {
    title: 'a v1beta3 file',
    documents: [
      init({ nodeRegistration: { ...containerd, kubeletExtraArgs: { 'node-ip': '192.0.2.10' } } }),
      cluster({ apiServer: { extraArgs: { 'audit-log-maxage': '2' }, timeoutForControlPlane: '6m0s' } }),
    ],
    newer: [
      init(
        {
          nodeRegistration: { ...containerd, kubeletExtraArgs: { 'node-ip': '192.0.2.10' }, imagePullPolicy: 'Always' },
          skipPhases: [],
        },
        'v1beta3',
      ),
      cluster({ apiServer: { extraArgs: { 'audit-log-maxage': '2' }, timeoutForControlPlane: '6m0s' } }, 'v1beta3'),
    ],
  },
  {
    title: 'a v1beta4 file',
    documents: [
      init({ nodeRegistration: { ...containerd, kubeletExtraArgs: { 'node-ip': '192.0.2.10' } } }),
      cluster({
        apiServer: { extraArgs: { 'audit-log-maxage': '2' }, timeoutForControlPlane: '6m0s' },
        featureGates: { PublicKeysECDSA: true },
      }),
    ],
    newer: [
      init(
        {
          nodeRegistration: { ...containerd, kubeletExtraArgs: [{ name: 'node-ip', value: '192.0.2.10' }] },
          timeouts: { controlPlaneComponentHealthCheck: '6m' },
        },
        'v1beta4',
      ),
      cluster(
        {
          apiServer: { extraArgs: [{ name: 'audit-log-maxage', value: '2' }] },
          featureGates: { PublicKeysECDSA: true },
        },
        'v1beta4',
      ),
    ],
  },
  { title: 'a version without v', documents: [init(), cluster({ kubernetesVersion: kubernetes.slice(1) })] },
  { title: 'a later patch release', documents: [init(), cluster({ kubernetesVersion: later(13) })] },
  {
    title: 'ECDSA keys by a v1beta4 file, with all that v1.20 has no word for',
    documents: [init(), cluster({ featureGates: { PublicKeysECDSA: true }, scheduler: { extraArgs: { v: '2' } } })],
    newer: [
      init({ dryRun: true, timeouts: { kubeletHealthCheck: '1m', discovery: '10m' } }, 'v1beta4'),
      cluster(
        {
          encryptionAlgorithm: 'ECDSA-P256',
          certificateValidityPeriod: '8760h',
          proxy: {},
          dns: {},
          scheduler: {
            extraArgs: [
              { name: 'v', value: '4' },
              { name: 'v', value: '2' },
            ],
          },
        },
        'v1beta4',
      ),
    ],
  },
  {
    title: 'tokens in every form',
    documents: [
      init({
        bootstrapTokens: [
          { ...token, ttl: '90m', description: 'with: "quotes" and ünicode' },
          { token: 'cccccc.0123456789abcdef', ttl: '0' },
          {
            token: 'dddddd.0123456789abcdef',
            usages: ['signing', 'authentication'],
            groups: ['system:bootstrappers:a:b'],
          },
        ],
      }),
      cluster(),
    ],
  },
  {
    title: 'documents in another order, among foreign ones',
    documents: [
      cluster({ clusterName: 'a b', apiServer: {}, controllerManager: {}, scheduler: {}, networking: {}, etcd: {} }),
      {
        apiVersion: `kubeadm.k8s.io/${documentApi}`,
        kind: 'JoinConfiguration',
        discovery: { file: { kubeConfigPath: '/x' } },
      },
      init({ nodeRegistration: { ...containerd, kubeletExtraArgs: {} } }),
    ],
  },
  { title: 'a build of one’s own', documents: [init(), cluster({ kubernetesVersion: `${later(1)}-rc.0+mine` })] },
];
