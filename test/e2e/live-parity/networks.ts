import { type Configuration, cluster, criSocket, dualStackGate, init } from './configuration.ts';

/** Addresses and subnets of every family. */
export const networks: readonly Configuration[] = [
  {
    title: 'IPv6',
    documents: [
      init({ localAPIEndpoint: { advertiseAddress: 'fd00::0010', bindPort: 6444 } }),
      cluster({
        networking: { serviceSubnet: 'fd00:10:96::/112', podSubnet: 'fd00:10:244::/56' },
        controlPlaneEndpoint: '[fd00::99]:6443',
      }),
    ],
  },
  {
    title: 'dual stack',
    documents: [
      init(),
      cluster({
        featureGates: dualStackGate,
        networking: { serviceSubnet: '10.96.0.0/16,fd00:10:96::/112', podSubnet: '10.244.0.0/16,fd00:10:244::/56' },
      }),
    ],
  },
  {
    title: 'dual stack with IPv6 first',
    documents: [
      init({ localAPIEndpoint: { advertiseAddress: 'fd00::10' } }),
      cluster({
        featureGates: dualStackGate,
        networking: { serviceSubnet: 'fd00:10:96::/112,10.96.0.0/16', podSubnet: 'fd00:10:244::/56,10.244.0.0/16' },
      }),
    ],
  },
  {
    title: 'dual stack refused by its gate',
    until: 22,
    documents: [init(), cluster({ featureGates: { IPv6DualStack: false } })],
  },
  {
    title: 'capitals, and subnets that are written from a host address',
    documents: [
      init({ nodeRegistration: { name: 'CP1.Example.com', criSocket } }),
      cluster({
        controlPlaneEndpoint: '192.0.2.200',
        networking: { serviceSubnet: '10.97.5.5/16', podSubnet: '10.244.7.7/16', dnsDomain: 'k8s.example.com' },
        apiServer: { certSANs: ['Two.example.com', 'two.example.com', 'fd00::0:1', '192.0.2.10'] },
      }),
    ],
  },
  {
    title: 'an endpoint that is an IPv6 address, and names of hosts',
    documents: [
      init(),
      cluster({
        controlPlaneEndpoint: 'fd00::0099',
        apiServer: { certSANs: ['*.example.com', 'x--y.example.com', '1.2.3'] },
      }),
    ],
  },
  {
    title: 'a large and a small subnet',
    documents: [
      init(),
      cluster({ networking: { serviceSubnet: '172.16.0.0/28', podSubnet: '10.0.0.0/8', dnsDomain: 'a' } }),
    ],
  },
  {
    title: 'addresses written at length',
    documents: [
      init({ localAPIEndpoint: { advertiseAddress: '2001:DB8:0:0:0:0:0:10' } }),
      cluster({
        controlPlaneEndpoint: '[2001:DB8::0:99]:7443',
        networking: { serviceSubnet: 'FD00:10:96:0::/112' },
        apiServer: { certSANs: ['2001:DB8:0::1', '::ffff:192.0.2.1'] },
        etcd: { local: { serverCertSANs: ['2001:DB8:0::1', 'localhost'] } },
      }),
    ],
  },
];
