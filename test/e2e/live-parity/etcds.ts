import { type Configuration, cluster, init } from './configuration.ts';

/** etcd, local and external, and where components tell of their health. */
export const etcds: readonly Configuration[] = [
  {
    title: 'an external etcd',
    documents: [
      init(),
      cluster({
        etcd: {
          external: {
            endpoints: ['https://192.0.2.21:2379', 'https://192.0.2.22:2379'],
            caFile: '/srv/etcd/ca/ca.crt',
            certFile: '/srv/etcd/client/client.crt',
            keyFile: '/srv/etcd/client/client.key',
          },
        },
      }),
    ],
  },
  {
    title: 'an external etcd with files below the PKI, and no client certificate',
    documents: [
      init(),
      cluster({
        etcd: { external: { endpoints: ['https://192.0.2.21:2379'], caFile: '/etc/kubernetes/pki/etcd/ca.crt' } },
      }),
    ],
  },
  {
    title: 'an external etcd without TLS',
    documents: [init(), cluster({ etcd: { external: { endpoints: ['http://192.0.2.21:2379'] } } })],
  },
  {
    title: 'a local etcd of its own kind',
    documents: [
      init(),
      cluster({
        etcd: {
          local: {
            dataDir: '/srv/etcd',
            imageRepository: 'registry.example.com/etcd',
            imageTag: '3.4.9-1',
            extraArgs: {
              'listen-metrics-urls': 'http://0.0.0.0:2381',
              'snapshot-count': '5000',
              'auto-compaction-retention': '8',
            },
            serverCertSANs: ['etcd.example.com', '192.0.2.77'],
            peerCertSANs: ['peer.example.com', 'fd00::77'],
          },
        },
      }),
    ],
  },
  {
    title: 'a local etcd that advertises elsewhere',
    documents: [
      init(),
      cluster({
        etcd: {
          local: {
            extraArgs: {
              'advertise-client-urls': 'https://192.0.2.88:2379',
              'listen-metrics-urls': 'https://[::1]:9979',
            },
          },
        },
      }),
    ],
  },
  {
    title: 'an external etcd with files in folders within folders',
    documents: [
      init(),
      cluster({
        etcd: {
          external: {
            endpoints: ['https://etcd.example.com:2379'],
            caFile: '/srv/a/b/ca.crt',
            certFile: '/srv/a/client.crt',
            keyFile: '/srv/a/b/c/client.key',
          },
        },
      }),
    ],
  },
  {
    title: 'an external etcd with files where the host keeps its own',
    documents: [
      init(),
      cluster({
        certificatesDir: '/srv/pki',
        etcd: {
          external: {
            endpoints: ['https://etcd.example.com:2379'],
            caFile: '/etc/ssl/certs/etcd.crt',
            certFile: '/etc/pki/etcd/client.crt',
            keyFile: '/etc/kubernetes/pki/client.key',
          },
        },
      }),
    ],
  },
  {
    title: 'many addresses for metrics',
    documents: [
      init(),
      cluster({
        etcd: {
          local: {
            extraArgs: { 'listen-metrics-urls': 'https://192.0.2.10:2382,http://127.0.0.1:2381', name: 'other' },
          },
        },
        controllerManager: {
          extraArgs: { 'bind-address': '::1', 'secure-port': '10300', 'allocate-node-cidrs': 'false' },
        },
        scheduler: { extraArgs: { 'bind-address': '192.0.2.10', 'secure-port': '10301' } },
      }),
    ],
  },
];
