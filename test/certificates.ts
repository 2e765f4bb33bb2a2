import { isIP } from 'node:net';
import { issue } from '../src/pki/certificate.ts';
import { generateKey, publicHalf } from '../src/pki/keys.ts';
import { kubeconfigDocument } from '../src/pki/kubeconfig-document.ts';
import { pkiRelease } from '../src/release/pki.ts';
import { parseVersion } from '../src/release/version.ts';
import type { Secret } from '../src/secret.ts';
import { toYaml } from '../src/yaml.ts';

export interface Pair {
  readonly certificate: string;
  readonly key: Secret;
}

const release = pkiRelease(parseVersion('v1.31.0'));
const day = 24 * 60 * 60;

const common = {
  title: '',
  path: '',
  dnsNames: [],
  ipAddresses: [],
  algorithm: 'ECDSA-P256',
  validitySeconds: day,
  start: 'run',
} as const;

/** A certificate authority for tests: a root, or one below another. */
export async function testAuthority(commonName = 'kubernetes', above?: Pair): Promise<Pair> {
  const key = await generateKey('ECDSA-P256');
  const spec = { ...common, name: 'ca', ca: true, subject: { commonName, organizations: [] }, usages: [] };
  const signer = above ?? { key };
  return { certificate: issue(spec, { publicKey: publicHalf(key), signer, now: Date.now(), release }), key };
}

/** A certificate of that authority for a server (names and addresses) that is a client too. */
export async function testCertificate(
  authority: Pair,
  commonName: string,
  names: readonly string[] = [],
  validitySeconds = day,
  organizations: readonly string[] = ['system:masters'],
): Promise<Pair> {
  const key = await generateKey('ECDSA-P256');
  const spec = {
    ...common,
    name: commonName,
    ca: false,
    subject: { commonName, organizations },
    dnsNames: names.filter((name) => !isIP(name)),
    ipAddresses: names.filter((name) => isIP(name)),
    usages: ['serverAuth', 'clientAuth'],
    validitySeconds,
  } as const;
  const certificate = issue(spec, { publicKey: publicHalf(key), signer: authority, now: Date.now(), release });
  return { certificate, key };
}

/** The text of an administrator's kubeconfig, with the key in it. */
export function administratorConf(server: string, authority: Pair, { certificate, key }: Pair): string {
  const document = kubeconfigDocument({
    clusterName: 'kubernetes',
    server,
    caPem: authority.certificate,
    user: 'kubernetes-admin',
    client: { certificatePem: certificate, key },
    preferences: false,
  });
  return toYaml(document);
}
