import type { ClusterConfiguration } from '../config/types.ts';
import { KinitError } from '../errors.ts';
import type { Host, SeenFile } from '../host/host.ts';
import { readCertificateFile } from '../pki/certificate-file.ts';
import type { ExpirationInfo } from '../pki/expiration.ts';
import { readKubeconfig } from '../pki/kubeconfig.ts';
import { authorities, renewables } from '../pki/renewal.ts';
import type { Release } from '../release/release.ts';

/** When each certificate of a control plane ends, in one round trip; no key is read. Throws KinitError for broken files. */
export async function expiration(
  host: Host,
  { cluster, release }: { readonly cluster: ClusterConfiguration; readonly release: Release },
  kubernetesDirectory: string,
): Promise<ExpirationInfo> {
  const etcd = cluster.etcd.external === undefined ? 'local' : 'external';
  const leaves = renewables(etcd, release);
  const roots = authorities(etcd);
  const base = (path: string) => `${cluster.certificatesDir}/${path}`;
  const placeOf = ({ kubeconfig, path }: { kubeconfig: boolean; path: string }) =>
    kubeconfig ? `${kubernetesDirectory}/${path}` : `${base(path)}.crt`;
  const { files, paths } = await host.observe({
    files: [...leaves.map(placeOf), ...roots.map(({ path }) => `${base(path)}.crt`)],
    paths: roots.map(({ path }) => `${base(path)}.key`),
  });
  const isExternal = (path: string) => paths.get(`${base(path)}.key`)?.type === 'absent';
  const end = (place: string, kubeconfig: boolean) => notAfter(files.get(place), place, kubeconfig, host);
  return {
    certificates: leaves.map((leaf) => ({
      name: leaf.name,
      notAfter: end(placeOf(leaf), leaf.kubeconfig),
      authority: leaf.authority,
      external: isExternal(leaf.signer),
    })),
    authorities: roots.map(({ name, path }) => ({
      name,
      notAfter: end(`${base(path)}.crt`, false),
      external: isExternal(path),
    })),
  };
}

function notAfter(file: SeenFile | undefined, place: string, kubeconfig: boolean, host: Host): number | undefined {
  const text = file?.content?.toString('utf8');
  if (text === undefined) return undefined;
  const pem = kubeconfig ? readKubeconfig(text, place).clientCertificate : text;
  const { certificates, problem } = readCertificateFile(pem ?? '');
  if (!certificates) {
    throw new KinitError(`${place} ${kubeconfig ? 'holds no client certificate' : problem}`, { host: host.name });
  }
  return Date.parse(certificates[0].validTo);
}
