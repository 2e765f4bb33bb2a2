import { posix } from 'node:path';
import type { LocalAPIEndpoint } from '../../config/types.ts';
import type { Host } from '../../host/host.ts';
import { manifestsDirectory, pkiDirectory, staticPodFile } from '../../release/paths.ts';
import { apiServerPort } from '../../release/ports.ts';
import { type Release, releaseFor } from '../../release/release.ts';
import { newestVersion } from '../../release/served.ts';
import { parseVersion, tryParseVersion } from '../../release/version.ts';
import type { CertificatePlaces } from '../certificates/expiration.ts';

/** What the static pods on a machine say of its control plane, whether that runs or not. */
export interface LocalControlPlane {
  readonly cluster: CertificatePlaces;
  /** The newest where the image's tag is no version. */
  readonly release: Release;
  /** Of its own API server; undefined where the manifest does not say. */
  readonly endpoint: LocalAPIEndpoint | undefined;
}

/** Reads the API server's manifest as kubeadm and kinit write it; undefined where there is none. Throws KinitError. */
export async function localControlPlane(
  host: Host,
  manifests: string = manifestsDirectory,
): Promise<LocalControlPlane | undefined> {
  const apiServer = staticPodFile('kube-apiserver', manifests);
  const etcd = staticPodFile('etcd', manifests);
  const { files, paths } = await host.observe({ files: [apiServer], paths: [etcd] });
  const text = files.get(apiServer)?.content?.toString('utf8');
  if (text === undefined) return undefined;
  const [, tag = ''] = /image: *\S+\/kube-apiserver:([^\s@"']+)/.exec(text) ?? [];
  const [, ca = `${pkiDirectory}/ca.crt`] = /--client-ca-file=([^\s"']+)/.exec(text) ?? [];
  return {
    cluster: {
      certificatesDir: posix.dirname(ca),
      etcd: paths.get(etcd)?.type === 'absent' ? { external: {} } : {},
    },
    release: releaseFor(tryParseVersion(tag) ?? parseVersion(newestVersion)),
    endpoint: endpointOf(text),
  };
}

function endpointOf(manifest: string): LocalAPIEndpoint | undefined {
  const [, advertiseAddress] = /--advertise-address=([^\s"']+)/.exec(manifest) ?? [];
  const [, port] = /--secure-port=(\d+)/.exec(manifest) ?? [];
  if (advertiseAddress === undefined) return undefined;
  return { advertiseAddress, bindPort: port === undefined ? apiServerPort : Number(port) };
}
