import { seenKubeconfigs } from '../../execute/seen-kubeconfigs.ts';
import type { Host } from '../../host/host.ts';
import { readCertificateFile } from '../../pki/certificate-file.ts';
import type { Expiration, ExpirationInfo } from '../../pki/expiration.ts';
import { authorities, renewables } from '../../pki/renewal.ts';
import type { Release } from '../../release/release.ts';

/** What of a cluster's configuration says which certificates there are, and where. */
export interface CertificatePlaces {
  readonly certificatesDir: string;
  readonly etcd: { readonly external?: object };
}

/**
 * When each certificate of a control plane ends, in one round trip (and one more for kubeconfigs that name files); no key is
 * read. What is wrong with one of them is told in its place.
 */
export async function expiration(
  host: Host,
  { cluster, release }: { readonly cluster: CertificatePlaces; readonly release: Release },
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
  const text = (place: string) => files.get(place)?.content?.toString('utf8');
  const kubeconfigs = await seenKubeconfigs(
    host,
    new Map(
      leaves.flatMap((leaf) => {
        const found = leaf.kubeconfig ? text(placeOf(leaf)) : undefined;
        return found === undefined ? [] : [[placeOf(leaf), found] as const];
      }),
    ),
  );
  const kubeconfigEnd = (place: string): End => {
    const seen = kubeconfigs.get(place);
    if (seen === undefined) return { notAfter: undefined };
    if (seen.problem !== undefined) return { notAfter: undefined, problem: seen.problem };
    return endOf(seen.clientCertificate ?? '', place, 'holds no client certificate');
  };
  const fileEnd = (place: string): End => {
    const found = text(place);
    return found === undefined ? { notAfter: undefined } : endOf(found, place);
  };
  return {
    certificates: leaves.map((leaf) => ({
      name: leaf.name,
      ...(leaf.kubeconfig ? kubeconfigEnd(placeOf(leaf)) : fileEnd(placeOf(leaf))),
      authority: leaf.authority,
      external: isExternal(leaf.signer),
    })),
    authorities: roots.map(({ name, path }) => ({
      name,
      ...fileEnd(`${base(path)}.crt`),
      external: isExternal(path),
    })),
  };
}

type End = Pick<Expiration, 'notAfter' | 'problem'>;

/** When the first certificate of a PEM text ends. */
function endOf(pem: string, place: string, none?: string): End {
  const { certificates, problem } = readCertificateFile(pem);
  if (certificates) return { notAfter: Date.parse(certificates[0].validTo) };
  return { notAfter: undefined, problem: `${place} ${pem === '' && none !== undefined ? none : problem}` };
}
