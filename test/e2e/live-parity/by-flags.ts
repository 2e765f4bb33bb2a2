import { type Configuration, criSocket, ofThisVersion } from './configuration.ts';

/** What the command line says. */
export const byFlags: readonly Configuration[] = [
  { title: 'flags alone', args: [ofThisVersion] },
  {
    title: 'every flag',
    args: [
      ofThisVersion,
      '--apiserver-advertise-address=192.0.2.33',
      '--apiserver-bind-port=7443',
      '--apiserver-cert-extra-sans=API.example.com,192.0.2.200,*.wild.example.com',
      '--cert-dir=/srv/kubernetes/pki',
      '--control-plane-endpoint=lb.example.com:8443',
      `--cri-socket=${criSocket}`,
      '--image-repository=registry.example.com:5000/k8s',
      '--node-name=node-7.example.com',
      '--pod-network-cidr=10.244.0.0/16',
      '--service-cidr=10.97.0.0/16',
      '--service-dns-domain=k8s.example.com',
      '--token=abcdef.0123456789abcdef',
      '--token-ttl=0',
    ],
  },
  { title: 'an endpoint without port', args: [ofThisVersion, '--control-plane-endpoint=lb.example.com'] },
  {
    title: 'IPv6 by flags',
    args: [ofThisVersion, '--apiserver-advertise-address=2001:db8::10', '--service-cidr=fd00:1::/112'],
  },
  {
    title: 'gates by flag',
    until: 24,
    args: [
      ofThisVersion,
      '--feature-gates=IPv6DualStack=true',
      '--pod-network-cidr=10.244.0.0/16,fd00:1::/56',
      '--service-cidr=10.96.0.0/16,fd00:2::/112',
      '--token-ttl=1h30m',
    ],
  },
  {
    title: 'phases skipped',
    args: [ofThisVersion, '--skip-phases=addon/kube-proxy,upload-config/kubelet,certs/apiserver-etcd-client'],
  },
  { title: 'addons skipped', args: [ofThisVersion, '--skip-phases=addon,mark-control-plane,etcd'] },
  { title: 'an address of the host', args: [ofThisVersion, '--apiserver-advertise-address=0.0.0.0'] },
];
