import { posix } from 'node:path';
import { defaultAuthorizationModes, knownAuthorizationModes } from '../config/authorization-modes.ts';
import { seconds } from '../config/duration.ts';
import { hostPort, parseAddress } from '../config/network.ts';
import type { Arg, ClusterConfiguration, ControlPlaneConfig } from '../config/types.ts';
import { etcdClientPort } from '../release/ports.ts';
import type { Release } from '../release/release.ts';
import { argumentText, argumentValue, mergeArguments } from './arguments.ts';
import { type Arguments, defaultArguments, dualStackGate } from './default-arguments.ts';
import { certificateMounts, externalEtcdMounts, withExtraVolumes } from './host-path-mounts.ts';
import { componentImage } from './images.ts';
import { probeHost } from './probe-host.ts';
import { type StaticPod, staticPod } from './static-pod.ts';
import { environment, type StaticPodHost } from './static-pod-host.ts';

/** The static pod of kube-apiserver. */
export function kubeApiserverPod(config: ControlPlaneConfig, release: Release, host: StaticPodHost): StaticPod {
  const { cluster, localAPIEndpoint } = config;
  const { advertiseAddress, bindPort } = localAPIEndpoint;
  const { extraArgs, extraEnvs, extraVolumes } = cluster.apiServer;
  const { external } = cluster.etcd;
  const { extraArgsOrder } = release.controlPlane;
  const defaults = defaultArguments('kube-apiserver', argumentsOf(config, release), release);
  const mounts = [
    ...certificateMounts(config, release.controlPlane, host.caDirectories),
    ...(external ? externalEtcdMounts(external, cluster.certificatesDir, release.controlPlane) : []),
  ];
  return staticPod(
    {
      name: 'kube-apiserver',
      image: componentImage(cluster, release, 'kube-apiserver'),
      arguments: mergeArguments(defaults, knownModes(extraArgs, release), extraArgsOrder).map(argumentText),
      health: { host: probeHost(advertiseAddress), port: bindPort, scheme: 'HTTPS' },
      requests: { cpu: '250m' },
      environment: environment(host.proxyEnvironment, extraEnvs, release.controlPlane),
      mounts: withExtraVolumes(mounts, extraVolumes),
      annotations: {
        'kubeadm.kubernetes.io/kube-apiserver.advertise-address.endpoint': hostPort(advertiseAddress, bindPort),
      },
    },
    release.controlPlane,
    seconds(config.timeouts.controlPlaneComponentHealthCheck),
  );
}

function argumentsOf({ cluster, localAPIEndpoint }: ControlPlaneConfig, release: Release): Arguments {
  const pki = (file: string) => posix.join(cluster.certificatesDir, file);
  const { extraArgs } = cluster.apiServer;
  const structured =
    release.controlPlane.knowsAuthorizationConfig && argumentValue(extraArgs, 'authorization-config') !== undefined;
  return {
    'advertise-address': localAPIEndpoint.advertiseAddress,
    'allow-privileged': 'true',
    'authorization-mode': structured ? undefined : defaultAuthorizationModes,
    'client-ca-file': pki('ca.crt'),
    'enable-admission-plugins': 'NodeRestriction',
    'enable-bootstrap-token-auth': 'true',
    ...etcdArguments(cluster, localAPIEndpoint.advertiseAddress),
    'feature-gates': dualStackGate(cluster.featureGates),
    'insecure-port': '0',
    'kubelet-client-certificate': pki('apiserver-kubelet-client.crt'),
    'kubelet-client-key': pki('apiserver-kubelet-client.key'),
    'kubelet-preferred-address-types': 'InternalIP,ExternalIP,Hostname',
    'proxy-client-cert-file': pki('front-proxy-client.crt'),
    'proxy-client-key-file': pki('front-proxy-client.key'),
    'requestheader-allowed-names': 'front-proxy-client',
    'requestheader-client-ca-file': pki('front-proxy-ca.crt'),
    'requestheader-extra-headers-prefix': 'X-Remote-Extra-',
    'requestheader-group-headers': 'X-Remote-Group',
    'requestheader-username-headers': 'X-Remote-User',
    'secure-port': String(localAPIEndpoint.bindPort),
    'service-account-issuer': `https://kubernetes.default.svc.${cluster.networking.dnsDomain}`,
    'service-account-key-file': pki('sa.pub'),
    'service-account-signing-key-file': pki('sa.key'),
    'service-cluster-ip-range': cluster.networking.serviceSubnet,
    'tls-cert-file': pki('apiserver.crt'),
    'tls-private-key-file': pki('apiserver.key'),
  };
}

function etcdArguments({ etcd, certificatesDir }: ClusterConfiguration, advertiseAddress: string): Arguments {
  if (etcd.external) {
    const { caFile, certFile, keyFile, endpoints } = etcd.external;
    const clientCertificate = certFile !== '' && keyFile !== '';
    return {
      'etcd-cafile': caFile === '' ? undefined : caFile,
      'etcd-certfile': clientCertificate ? certFile : undefined,
      'etcd-keyfile': clientCertificate ? keyFile : undefined,
      'etcd-servers': endpoints.join(','),
    };
  }
  const loopback = parseAddress(advertiseAddress)?.family === 'IPv6' ? '::1' : '127.0.0.1';
  return {
    'etcd-cafile': posix.join(certificatesDir, 'etcd/ca.crt'),
    'etcd-certfile': posix.join(certificatesDir, 'apiserver-etcd-client.crt'),
    'etcd-keyfile': posix.join(certificatesDir, 'apiserver-etcd-client.key'),
    'etcd-servers':
      argumentValue(etcd.local.extraArgs, 'advertise-client-urls') ?? `https://${hostPort(loopback, etcdClientPort)}`,
  };
}

/** Older releases drop modes that they do not know, and take the default where none is left. */
function knownModes(extraArgs: readonly Arg[], { controlPlane }: Release): readonly Arg[] {
  if (!controlPlane.filtersAuthorizationModes) return extraArgs;
  return extraArgs.map((arg) =>
    arg.name === 'authorization-mode' ? { ...arg, value: knownAuthorizationModes(arg.value) } : arg,
  );
}
