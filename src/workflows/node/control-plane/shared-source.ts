import type { ClusterConfiguration } from '../../../config/types.ts';
import { KinitError } from '../../../errors.ts';
import type { Host } from '../../../host/host.ts';
import { sharedFiles } from '../../../manifests/upload-certs.ts';
import type { SharedSource } from '../../../phases/join-context.ts';
import { certificatesAlone } from '../../../pki/certificate-file.ts';
import { Secret } from '../../../secret.ts';

/**
 * What all control planes share, as it lies on one of them: it goes to the others over their connections and is never
 * uploaded. A key that is kept elsewhere (kubeadm's external CA) is left out. Throws KinitError where the host has none of it,
 * or that of another cluster than the one with `caPem`.
 */
export async function sharedOn(host: Host, cluster: ClusterConfiguration, caPem: string): Promise<SharedSource> {
  const files = sharedFiles(cluster);
  const there = await host.read(files.map(({ path }) => path));
  const found = files.flatMap((file) => {
    const content = there.get(file.path);
    return content === undefined ? [] : [{ ...file, content: new Secret(content.toString('utf8')) }];
  });
  const ca = found.find(({ name }) => name === 'ca.crt');
  if (ca !== undefined && certificatesAlone(ca.content.reveal()) !== certificatesAlone(caPem)) {
    throw new KinitError(`${ca.path} on this host is not the CA of the cluster`, {
      host: host.name,
      hint: 'name a control plane of the cluster with --control-plane-host, or the kubeconfig of this one with --kubeconfig',
    });
  }
  if (ca !== undefined && found.some(({ name }) => name === 'sa.key')) {
    return { from: 'control plane', files: found };
  }
  throw new KinitError(
    `the certificates that all control planes share are not on this host: it has no ${cluster.certificatesDir}/ca.crt and sa.key`,
    {
      host: host.name,
      hint: 'name a control plane with --control-plane-host, or give the --certificate-key of `kinit init phase upload-certs --upload-certs`',
    },
  );
}
