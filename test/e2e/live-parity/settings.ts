import { type Configuration, cluster, containerd, init, ofThisVersion, patched, upTo } from './configuration.ts';

const extraVolumes = [
  { name: 'audit', hostPath: '/var/log/audit', mountPath: '/var/log/kubernetes', pathType: 'DirectoryOrCreate' },
  { name: 'aaa', hostPath: '/etc/aaa.conf', mountPath: '/etc/aaa.conf', readOnly: true, pathType: 'File' },
  { name: 'untyped', hostPath: '/opt/untyped', mountPath: '/opt/untyped', readOnly: false, pathType: '' },
  { name: 'k8s-certs', hostPath: '/srv/pki', mountPath: '/srv/pki', readOnly: true },
];

/** Images, directories, arguments, volumes, patches, tokens and runtimes. */
export const settings: readonly Configuration[] = [
  {
    title: 'a proxy',
    args: [ofThisVersion],
    environment: { HTTPS_PROXY: 'http://proxy.example.com:3128', no_proxy: '10.0.0.0/8,localhost', empty_proxy: '' },
  },
  { title: 'a host of the same name', documents: [init(), cluster()], hostname: 'cp1' },
  {
    title: 'docker',
    documents: [init({ nodeRegistration: { name: 'cp1', criSocket: '/var/run/dockershim.sock' } }), cluster()],
  },
  {
    title: 'CRI-O',
    documents: [init({ nodeRegistration: { name: 'cp1', criSocket: 'unix:///var/run/crio/crio.sock' } }), cluster()],
  },
  {
    title: 'extra arguments',
    documents: [
      init({
        nodeRegistration: {
          ...containerd,
          kubeletExtraArgs: {
            'node-ip': '192.0.2.10',
            'hostname-override': 'other',
            v: '4',
            'node-labels': 'a=b,c=d',
            'cgroup-driver': 'systemd',
          },
        },
      }),
      cluster({
        apiServer: {
          extraArgs: {
            'audit-log-path': '/var/log/audit.log',
            'authorization-mode': 'Webhook,Node,Nonsense',
            'enable-admission-plugins': 'NodeRestriction,PodSecurityPolicy',
            'feature-gates': 'A=true',
            'secure-port': '7777',
            'advertise-address': '192.0.2.99',
          },
          certSANs: ['LB.example.com', '192.0.2.100', '127.0.0.1', 'localhost', 'kubernetes'],
          timeoutForControlPlane: '10m',
        },
        controllerManager: {
          extraArgs: {
            'bind-address': '0.0.0.0',
            'node-cidr-mask-size': '25',
            'flex-volume-plugin-dir': '/srv/flex',
            'cluster-name': 'x',
            'terminated-pod-gc-threshold': '10',
          },
        },
        scheduler: { extraArgs: { 'bind-address': '::', ...upTo(23, { address: '0.0.0.0' }), v: '2' } },
        networking: { podSubnet: '10.244.0.0/20' },
      }),
    ],
  },
  {
    title: 'extra volumes',
    documents: [
      init(),
      cluster({
        apiServer: { extraVolumes },
        controllerManager: { extraVolumes },
        scheduler: { extraVolumes: extraVolumes.slice(0, 1) },
      }),
    ],
  },
  {
    title: 'directories of its own',
    documents: [init(), cluster({ certificatesDir: '/opt/k8s/pki', etcd: { local: { dataDir: '/opt/etcd/data' } } })],
  },
  {
    title: 'a mirror',
    documents: [
      init(),
      cluster({
        imageRepository: 'registry.aliyuncs.com/google_containers',
        dns: { type: 'CoreDNS', imageTag: '1.8.0' },
      }),
    ],
  },
  {
    title: 'an own CoreDNS image and an own cluster name',
    documents: [
      init(),
      cluster({
        clusterName: 'production',
        dns: { type: 'CoreDNS', imageRepository: 'docker.io/coredns', imageTag: '1.8.0' },
      }),
    ],
  },
  { title: 'ECDSA keys', documents: [init(), cluster({ featureGates: { PublicKeysECDSA: true } })] },
  {
    title: 'taints and tokens',
    documents: [
      init({
        nodeRegistration: { ...containerd, taints: [{ key: 'own', value: 'x', effect: 'NoSchedule' }] },
        bootstrapTokens: [
          { token: 'abcdef.0123456789abcdef', description: 'the first', ttl: '1h', usages: ['authentication'] },
          {
            token: 'bbcdef.0123456789abcdef',
            ttl: '0s',
            usages: ['authentication', 'signing'],
            groups: ['system:bootstrappers:kubeadm:default-node-token', 'system:bootstrappers:more'],
          },
        ],
      }),
      cluster(),
    ],
  },
  { title: 'no taints', documents: [init({ nodeRegistration: { ...containerd, taints: [] } }), cluster()] },
  {
    title: 'patches',
    ...patched,
    patches: {
      'kube-apiserver.yaml':
        'spec:\n  containers:\n  - name: kube-apiserver\n    resources:\n      requests:\n        memory: 1024Mi\n        cpu: 0.5\n      limits:\n        cpu: 2\n    env:\n    - name: GOGC\n      value: "50"\n',
      'kube-scheduler1+merge.json': '{"metadata":{"labels":{"extra":"yes"}}}',
      'kube-controller-manager+json.yaml': '- op: add\n  path: /metadata/annotations\n  value:\n    a: b\n',
      'etcd0+strategic.yaml':
        'spec:\n  priorityClassName: system-cluster-critical\n  volumes:\n  - name: etcd-data\n    $patch: delete\n',
    },
  },
  {
    title: 'volumes of every type, and one name twice',
    documents: [
      init(),
      cluster({
        controllerManager: {
          extraVolumes: [
            { name: 'socket', hostPath: '/run/x.sock', mountPath: '/run/x.sock', pathType: 'Socket' },
            { name: 'flexvolume-dir', hostPath: '/srv/flex', mountPath: '/srv/flex', readOnly: true },
            { name: 'socket', hostPath: '/run/y.sock', mountPath: '/run/y.sock', pathType: 'CharDevice' },
          ],
        },
        scheduler: {
          extraVolumes: [{ name: 'kubeconfig', hostPath: '/a', mountPath: '/b', pathType: 'FileOrCreate' }],
        },
      }),
    ],
  },
  {
    title: 'arguments without value, and what a shell would take apart',
    documents: [
      init({
        nodeRegistration: {
          ...containerd,
          kubeletExtraArgs: { 'node-labels': 'a=b', 'root-dir': '/srv/with space', x: 'a"b\\c$d' },
        },
      }),
      cluster({
        apiServer: { extraArgs: { 'encryption-provider-config': '', 'audit-policy-file': '/etc/a b.yaml', x: '#: "' } },
      }),
    ],
  },
  {
    title: 'patches of every type for every component',
    ...patched,
    patches: {
      'kube-apiserver0.json':
        '{"spec":{"containers":[{"name":"kube-apiserver","command":["kube-apiserver","--v=9"]},{"name":"sidecar","image":"sidecar:1"}]}}',
      'kube-apiserver1+json.json':
        '[{"op":"replace","path":"/spec/containers/0/livenessProbe/periodSeconds","value":30},{"op":"remove","path":"/metadata/labels/tier"}]',
      'kube-controller-manager+merge.yaml':
        'metadata:\n  annotations: null\nspec:\n  dnsPolicy: ClusterFirstWithHostNet\n  tolerations:\n  - operator: Exists\n',
      'kube-scheduler.yaml':
        'spec:\n  containers:\n  - name: kube-scheduler\n    resources:\n      $patch: replace\n      limits:\n        memory: 0.5Gi\n    volumeMounts:\n    - name: more\n      mountPath: /more\n  volumes:\n  - name: more\n    emptyDir:\n      sizeLimit: 1024Ki\n',
      'etcd+strategic.json': '{"spec":{"$retainKeys":["containers","volumes"],"hostNetwork":null}}',
    },
  },
  {
    title: 'patches that set zeros, share keys and stand in folders',
    ...patched,
    patches: {
      'kube-apiserver.yaml':
        'spec:\n  hostNetwork: false\n  tolerations:\n  - {key: a, value: "", operator: Exists}\n  containers:\n  - name: kube-apiserver\n    livenessProbe: {initialDelaySeconds: 0}\n    env: [{name: E, value: ""}]\n    ports: [{containerPort: 1, protocol: TCP}, {containerPort: 1, protocol: UDP, hostPort: 0}]\n',
      'kube-apiserver1.yaml':
        'spec: {containers: [{name: kube-apiserver, ports: [{containerPort: 2}, {containerPort: 1, hostPort: 7}]}]}\n',
      'more/etcd.yaml': 'metadata: {labels: {more: "yes"}}\n',
      'more-yet/etcd.yaml': 'metadata: {labels: {more: "still"}}\n',
      'kubeletconfiguration.yaml': 'maxPods: 1\n',
    },
  },
  {
    title: 'empty values',
    documents: [
      init({ localAPIEndpoint: { advertiseAddress: '192.0.2.10', bindPort: 0 } }),
      cluster({
        clusterName: '',
        apiServer: { timeoutForControlPlane: '0s', certSANs: [] },
        controllerManager: { extraArgs: { 'bind-address': '' }, extraVolumes: [] },
        scheduler: { extraArgs: {} },
        dns: { type: '', imageTag: '' },
      }),
    ],
  },
  {
    title: 'arguments over every default that follows from a field',
    documents: [
      init({ localAPIEndpoint: { advertiseAddress: '192.0.2.10', bindPort: 443 } }),
      cluster({
        networking: { serviceSubnet: '10.96.0.0/24', podSubnet: '10.244.0.0/16' },
        apiServer: {
          extraArgs: {
            'service-cluster-ip-range': '10.0.0.0/24',
            'etcd-servers': 'https://a:1',
            'authorization-mode': 'AlwaysAllow',
            ...upTo(23, { 'insecure-port': '8080' }),
          },
        },
        controllerManager: {
          extraArgs: {
            'cluster-cidr': '10.1.0.0/16',
            'allocate-node-cidrs': 'false',
            controllers: '*',
            ...upTo(23, { port: '1' }),
          },
        },
        scheduler: { extraArgs: { kubeconfig: '/a', 'leader-elect': 'false', config: '/b' } },
        etcd: {
          local: {
            extraArgs: {
              'data-dir': '/elsewhere',
              'initial-cluster-state': 'existing',
              name: 'x',
              'cipher-suites': 'A,B',
            },
          },
        },
      }),
    ],
  },
  {
    title: 'images from everywhere',
    documents: [
      init(),
      cluster({
        imageRepository: 'registry:5000/a/b',
        dns: { type: 'CoreDNS', imageRepository: 'k8s.gcr.io' },
        etcd: { local: { imageRepository: 'localhost:5000/etcd' } },
      }),
    ],
  },
];
