import { posix } from 'node:path';
import type { Change } from '../../../execute/change.ts';
import { observe } from '../../../execute/observe.ts';
import type { Observed } from '../../../execute/observed.ts';
import { seenKubeconfigs } from '../../../execute/seen-kubeconfigs.ts';
import { noCluster } from '../../../execute/target.ts';
import type { Host } from '../../../host/host.ts';
import { haproxyCaFile, haproxyName } from '../../../manifests/haproxy.ts';
import { isKeyFor, type SeenAuthority, type SeenSigning } from '../../../phases/certificates/authority-files.ts';
import { endedProcess } from '../../../phases/endpoint/ended-process.ts';
import { haproxyReload } from '../../../phases/load-balancer/piece.ts';
import { certificatesOf } from '../../../pki/authority-rotation.ts';
import { renewables } from '../../../pki/renewal.ts';
import type { RotatingAuthority } from '../../../pki/rotating-authorities.ts';
import { kubeletConf, kubeletConfigFile, staticPodFile } from '../../../release/paths.ts';
import { parseYaml } from '../../../yaml.ts';
import type { CertificatesOfCluster } from '../everywhere/cluster-authority.ts';
import { type SeenKubelet, seenKubelet } from '../everywhere/kubelet-on-host.ts';
import { componentsMark, kubeletMark, loneFile, nextBaseOf } from './rotation-paths.ts';

/** A machine as a rotation sees it. */
export interface SeenMachine extends SeenAuthority {
  readonly kubelet: SeenKubelet | undefined;
}

/** Looks at what of a CA lies on a machine: a round trip, two more for its kubelet. Throws KinitError. */
export async function seenAuthority(
  host: Host,
  role: 'control-plane' | 'worker',
  authority: RotatingAuthority,
  of: CertificatesOfCluster,
): Promise<SeenMachine> {
  const isControlPlane = role === 'control-plane';
  const { cluster, release, kubernetesDirectory } = of;
  const base = `${cluster.certificatesDir}/${authority.path}`;
  const nextBase = nextBaseOf(authority);
  const manifest = staticPodFile('kube-controller-manager', `${kubernetesDirectory}/manifests`);
  const lone = loneFile(cluster.certificatesDir, authority);
  const etcd = cluster.etcd.external === undefined ? 'local' : 'external';
  const signed = renewables(etcd, release).filter(({ signer }) => isControlPlane && signer === authority.path);
  const placeOf = ({ kubeconfig, path }: (typeof signed)[number]) =>
    kubeconfig ? `${kubernetesDirectory}/${path}` : `${cluster.certificatesDir}/${path}.crt`;
  const reads = {
    files: [...signed.map(placeOf), kubeletConf, kubeletConfigFile, manifest, lone, haproxyCaFile],
    paths: [componentsMark(authority), kubeletMark, haproxyFile],
    keyPairs: isControlPlane ? [base, nextBase] : [],
  };
  const [seen, kubelet] = await Promise.all([
    observe(host, noCluster, reads),
    authority.everywhere ? seenKubelet(host) : undefined,
  ]);
  const { files, paths } = seen;
  const text = (path: string) => files.get(path)?.content?.toString('utf8');
  const documents = new Map(
    signed.flatMap((one) => {
      const found = one.kubeconfig ? text(placeOf(one)) : undefined;
      return found === undefined ? [] : [[placeOf(one), found] as const];
    }),
  );
  const kubeconfigs = await seenKubeconfigs(host, documents);
  const leafAt = (one: (typeof signed)[number]) =>
    one.kubeconfig ? kubeconfigs.get(placeOf(one))?.clientCertificate : text(placeOf(one));
  const isMarked = (path: string) => paths.get(path)?.type === 'file';
  const leaves = signed.flatMap((one) => {
    const isThere = one.kubeconfig ? documents.has(placeOf(one)) : text(placeOf(one)) !== undefined;
    return isThere ? [{ name: one.name, pem: leafAt(one) ?? '' }] : [];
  });
  const copy = authority.everywhere ? text(haproxyCaFile) : undefined;
  return {
    file: isControlPlane
      ? { path: `${base}.crt`, pem: seen.keyPairs.get(base)?.certificate ?? '' }
      : await trustedBy(host, text(kubeletConfigFile)),
    copies: copy === undefined ? [] : [{ path: haproxyCaFile, pem: copy }],
    balancers: authority.everywhere && isMarked(haproxyFile) ? [takingUp(copy)] : [],
    kubeconfigs: [
      ...[...documents].map(([path, found]) => ({ path, text: found, ca: kubeconfigs.get(path)?.ca ?? '' })),
      ...(kubelet === undefined ? [] : [{ path: kubeletConf, text: kubelet.kubeconfig, ca: kubelet.ca }]),
    ],
    signing: isControlPlane
      ? {
          base,
          publicKey: seen.keyPairs.get(base)?.key?.publicKey,
          next: { base: nextBase, pem: usable(seen.keyPairs.get(nextBase)) },
          manifest: authority.everywhere ? manifestAt(manifest, files) : undefined,
          lone: { path: lone, pem: text(lone) },
        }
      : undefined,
    leaves: [...leaves, ...(kubelet === undefined ? [] : kubeletLeaves(kubelet))],
    due: { components: isMarked(componentsMark(authority)), kubelet: isMarked(kubeletMark) },
    kubelet,
  };
}

const haproxyFile = staticPodFile(haproxyName);

/** Of the host's own files a container sees those that were there when it began: without a folder of its own it has to begin anew. */
function takingUp(copy: string | undefined): Change {
  if (copy !== undefined) return haproxyReload;
  return { kind: 'command', argv: endedProcess('haproxy'), what: 'ending haproxy, which begins anew', optional: true };
}

/** The certificate of a new CA, where its key is beside it. */
function usable(pair: Observed['keyPairs'] extends ReadonlyMap<string, infer Pair> ? Pair | undefined : never) {
  const [pem] = certificatesOf(pair?.certificate ?? '');
  return pem !== undefined && isKeyFor(pair?.key?.publicKey, pem) ? pem : undefined;
}

function manifestAt(path: string, files: Observed['files']): SeenSigning['manifest'] {
  const found = files.get(path);
  return found?.content === undefined ? undefined : { path, text: found.content.toString('utf8'), mode: found.mode };
}

/** The CA by which a kubelet knows those who may ask it; undefined where it knows none. */
async function trustedBy(host: Host, configuration: string | undefined): Promise<SeenAuthority['file']> {
  const path = clientCaOf(configuration);
  if (path === undefined || !posix.isAbsolute(path)) return undefined;
  const pem = (await host.observe({ files: [path] })).files.get(path)?.content?.toString('utf8');
  return pem === undefined ? undefined : { path, pem };
}

function clientCaOf(configuration: string | undefined): string | undefined {
  if (configuration === undefined) return undefined;
  const [document] = parseYaml(configuration, kubeletConfigFile);
  const { authentication } = (document?.value ?? {}) as {
    readonly authentication?: { readonly x509?: { readonly clientCAFile?: string } };
  };
  return authentication?.x509?.clientCAFile;
}

/** What the cluster's CA has signed of a kubelet. */
function kubeletLeaves({ client, server }: SeenKubelet): SeenAuthority['leaves'] {
  return [
    { name: kubeletLeafNames.client, pem: client.pem },
    ...(server === undefined ? [] : [{ name: kubeletLeafNames.server, pem: server.pem }]),
  ];
}

export const kubeletLeafNames = { client: 'kubelet-client', server: 'kubelet-server' } as const;
