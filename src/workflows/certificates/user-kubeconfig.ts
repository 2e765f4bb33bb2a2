import type { InitConfig } from '../../config/types.ts';
import { KinitError } from '../../errors.ts';
import type { Host } from '../../host/host.ts';
import { issue, type Signer } from '../../pki/certificate.ts';
import { generateKey, publicHalf } from '../../pki/keys.ts';
import { kubeconfigDocument } from '../../pki/kubeconfig-document.ts';
import { clientSpec, controlPlaneServer } from '../../pki/kubeconfig-table.ts';
import type { Release } from '../../release/release.ts';
import { Secret } from '../../secret.ts';
import { toYaml } from '../../yaml.ts';
import { signingAuthority } from './signing-authority.ts';

export interface UserKubeconfig {
  readonly host: Host;
  readonly config: InitConfig;
  readonly release: Release;
  readonly user: string;
  /** The user shows this token; without one, a client certificate is signed. */
  readonly token?: Secret;
  readonly organizations: readonly string[];
  readonly validitySeconds: number;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/**
 * A kubeconfig (YAML) for one more user of the cluster whose CA is on the host (kubeadm kubeconfig user).
 * Throws KinitError where the CA is not there, or its key where that has to sign.
 */
export async function userKubeconfig(options: UserKubeconfig): Promise<Secret> {
  const { host, config, release, user, token } = options;
  const base = `${config.cluster.certificatesDir}/ca`;
  const files = await host.read(token === undefined ? [`${base}.crt`, `${base}.key`] : [`${base}.crt`]);
  const { certificate, signer } = signingAuthority(base, files, host);
  const document = kubeconfigDocument({
    clusterName: config.cluster.clusterName,
    server: controlPlaneServer(config),
    caPem: certificate,
    user,
    client: token === undefined ? await signedClient(signer, options) : { token },
    preferences: release.pki.preferences,
  });
  return new Secret(toYaml(document));
}

async function signedClient(signer: Signer | undefined, options: UserKubeconfig) {
  const { host, config, release, user, organizations, validitySeconds, now } = options;
  if (signer === undefined) {
    throw new KinitError(`${config.cluster.certificatesDir}/ca.key is missing, so no certificate can be signed`, {
      host: host.name,
      hint: 'run this where the key of the CA is, or give a --token',
    });
  }
  const of = { name: user, title: 'certificate of a user', commonName: user, organizations };
  const spec = { ...clientSpec(of, config, release), validitySeconds };
  const key = await generateKey(spec.algorithm);
  return { certificatePem: issue(spec, { publicKey: publicHalf(key), signer, now, release: release.pki }), key };
}
