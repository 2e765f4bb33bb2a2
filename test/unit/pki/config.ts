import type { ClusterConfiguration, InitConfig } from '../../../src/config/types.ts';
import { pkiRelease } from '../../../src/release/pki.ts';
import { parseVersion } from '../../../src/release/version.ts';
import { localEtcd as etcdWith, initConfig } from '../manifests/config.ts';

/** The defaults of a first control plane `cp1` at 192.0.2.10, as far as certificates and kubeconfigs care. */
export function configOf(
  cluster: Partial<ClusterConfiguration> = {},
  node: { readonly name?: string; readonly advertiseAddress?: string; readonly bindPort?: number } = {},
): InitConfig {
  const { name = 'cp1', advertiseAddress = '192.0.2.10', bindPort = 6443 } = node;
  return initConfig('1.36.2', {
    cluster,
    nodeRegistration: { name },
    init: { localAPIEndpoint: { advertiseAddress, bindPort } },
  });
}

/** A local etcd with names of its own. */
export function localEtcd(serverCertSANs: readonly string[] = [], peerCertSANs: readonly string[] = []) {
  return etcdWith({ serverCertSANs, peerCertSANs });
}

/** An etcd that somebody else runs. */
export const externalEtcd = {
  external: {
    endpoints: ['https://192.0.2.50:2379'],
    caFile: '/etcd/ca.crt',
    certFile: '/etcd/c.crt',
    keyFile: '/etcd/c.key',
  },
};

/** The pki tables of a version, in the place of a whole release. */
export function pkiOf(version: string) {
  return { pki: pkiRelease(parseVersion(version)) };
}

/** Every minor that kinit serves, with the patch releases at which its tables change. */
export const minors = Array.from({ length: 19 }, (_, i) => `v1.${18 + i}.0`);
