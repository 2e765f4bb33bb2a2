import { seconds } from '../../config/duration.ts';
import type { ClusterConfiguration } from '../../config/types.ts';
import { KinitError } from '../../errors.ts';
import type { FileChange } from '../../execute/change.ts';
import { perform } from '../../execute/executor.ts';
import type { Run } from '../../execute/run.ts';
import { on } from '../../execute/target.ts';
import type { Host } from '../../host/host.ts';
import { issue, type Signer } from '../../pki/certificate.ts';
import { readCertificateFile } from '../../pki/certificate-file.ts';
import { keyAlgorithm } from '../../pki/certificate-table.ts';
import { publicHalf } from '../../pki/keys.ts';
import { withClient } from '../../pki/kubeconfig.ts';
import { type Renewable, successor } from '../../pki/renewal.ts';
import type { Release } from '../../release/release.ts';
import { Secret } from '../../secret.ts';
import { toYaml } from '../../yaml.ts';
import { hostKubeconfig } from '../host-kubeconfig.ts';
import { signingAuthority } from './signing-authority.ts';

export interface Renewal {
  readonly host: Host;
  readonly cluster: ClusterConfiguration;
  readonly release: Release;
  /** Where the kubeconfigs are. */
  readonly kubernetesDirectory: string;
  readonly run: Run;
  /** The run has begun the new keys before. */
  readonly keysBegun?: boolean;
  /** Names beside those that certificates of servers have. */
  readonly alsoNamed?: readonly string[];
}

/** What became of a certificate: `external`: its CA's key is not here; `missing`: there was nothing to renew. */
export interface Renewed {
  readonly renewable: Renewable;
  readonly outcome: 'renewed' | 'external' | 'missing';
}

/**
 * Signs successors of the certificates, with new keys, and writes all of them or (where something is wrong with one)
 * none. Throws KinitError naming what is wrong.
 */
export async function renew(wanted: readonly Renewable[], renewal: Renewal): Promise<readonly Renewed[]> {
  const { host, cluster } = renewal;
  const bases = [...new Set(wanted.map(({ signer }) => `${cluster.certificatesDir}/${signer}`))];
  const places = wanted.map((renewable) => placeOf(renewable, renewal));
  const files = await host.read([...places, ...bases.flatMap((base) => [`${base}.crt`, `${base}.key`])]);
  const present = wanted.filter((renewable) => files.has(placeOf(renewable, renewal)));
  const authorities = new Map(
    present.map(({ signer }) => [signer, signingAuthority(`${cluster.certificatesDir}/${signer}`, files, host)]),
  );
  const signable = present.filter(({ signer }) => authorities.get(signer)?.signer !== undefined);
  if (!renewal.keysBegun) renewal.run.keys.prefetch(keyAlgorithm(cluster), signable.length);
  const writes = await Promise.all(
    signable.map((renewable) => {
      const { signer, trusted = '' } = authorities.get(renewable.signer) ?? {};
      const current = files.get(placeOf(renewable, renewal))?.toString('utf8') ?? '';
      return signer ? renewedFiles(renewable, current, { signer, trusted }, renewal) : [];
    }),
  );
  const changes = writes.flat().map((change) => ({ phase: 'renew', change }));
  if (changes.length > 0) await perform(changes, on(renewal.run, { host, release: renewal.release }));
  return wanted.map((renewable) => {
    if (!present.includes(renewable)) return { renewable, outcome: 'missing' };
    return { renewable, outcome: signable.includes(renewable) ? 'renewed' : 'external' };
  });
}

function placeOf({ kubeconfig, path }: Renewable, { cluster, kubernetesDirectory }: Renewal): string {
  return kubeconfig ? `${kubernetesDirectory}/${path}` : `${cluster.certificatesDir}/${path}.crt`;
}

async function renewedFiles(
  renewable: Renewable,
  current: string,
  { signer, trusted }: { readonly signer: Signer; readonly trusted: string },
  renewal: Renewal,
): Promise<readonly FileChange[]> {
  const { cluster, host, release } = renewal;
  const { keys, now } = renewal.run;
  const place = placeOf(renewable, renewal);
  const pem = renewable.kubeconfig ? (await hostKubeconfig(host, place, current)).clientCertificate : current;
  const { certificates, problem } = readCertificateFile(pem ?? '');
  if (!certificates) throw broken(place, renewable.kubeconfig ? 'holds no client certificate' : problem, host);
  const algorithm = keyAlgorithm(cluster);
  const validitySeconds = seconds(cluster.certificateValidityPeriod);
  const followed = successor(renewable, certificates[0].toString(), { algorithm, validitySeconds, release });
  const spec = { ...followed, dnsNames: [...followed.dnsNames, ...(renewal.alsoNamed ?? [])] };
  const key = await keys.take(algorithm);
  const certificate = issue(spec, { publicKey: publicHalf(key), signer, now, release: release.pki });
  if (!renewable.kubeconfig) {
    return [
      { kind: 'file', path: place.replace(/\.crt$/, '.key'), content: key, mode: 0o600 },
      { kind: 'file', path: place, content: certificate, mode: 0o644 },
    ];
  }
  const document = withClient(current, place, { certificate, key, ca: trusted });
  return [{ kind: 'file', path: place, content: new Secret(toYaml(document)), mode: 0o600 }];
}

function broken(place: string, problem: string | undefined, host: Host): KinitError {
  return new KinitError(`${place} ${problem ?? 'is not readable'}; nothing was renewed`, {
    host: host.name,
    hint: 'restore it, or move it away and let `kinit init phase certs` or `kinit init phase kubeconfig` make it anew',
  });
}
