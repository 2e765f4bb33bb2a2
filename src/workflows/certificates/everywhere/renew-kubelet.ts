import { posix } from 'node:path';
import { exitCodes, KinitError } from '../../../errors.ts';
import type { Change } from '../../../execute/change.ts';
import type { Decided } from '../../../execute/decided.ts';
import { perform } from '../../../execute/executor.ts';
import type { Run } from '../../../execute/run.ts';
import { on } from '../../../execute/target.ts';
import type { Host } from '../../../host/host.ts';
import { isOfAuthority } from '../../../pki/authority-rotation.ts';
import { issue, type Signer } from '../../../pki/certificate.ts';
import { publicHalf } from '../../../pki/keys.ts';
import { withClient } from '../../../pki/kubeconfig.ts';
import { type KubeletCertificate, kubeletSuccessor } from '../../../pki/kubelet-certificates.ts';
import { kubeletConf } from '../../../release/paths.ts';
import type { Release } from '../../../release/release.ts';
import { Secret } from '../../../secret.ts';
import { toYaml } from '../../../yaml.ts';
import { kubeletEnds, type SeenKubelet, seenKubelet } from './kubelet-on-host.ts';

/**
 * Seconds that a certificate lasts which a kubelet signs itself: a year, begun an hour early (client-go util/cert
 * GenerateSelfSignedCertKeyWithFixtures).
 */
const ownLife = 365 * 24 * 3600 - 3600;

export interface KubeletRenewal {
  /** In lower case, as its Node is called. */
  readonly node: string;
  readonly signer: Signer & { readonly certificate: string };
  /** The CA that is trusted, or both while one follows another; PEM. */
  readonly trusted: string;
  /** CAs whose certificates are followed, where it is not the one that signs alone; PEM. */
  readonly follows?: readonly string[];
  readonly validitySeconds: number;
  readonly release: Release;
  readonly run: Run;
}

/** One of which what is as new as this run would make it is left. */
interface TimedRenewal extends KubeletRenewal {
  /** Whether a certificate with this end is. */
  readonly isNew: (notAfter: number, lasts?: number) => boolean;
}

/**
 * Gives a kubelet new certificates of the cluster's CA and begins it anew; its pods run on. What it rotates is written as it
 * writes it: a new file, and the link to the current one turned over at once. One that it signs itself it makes anew when it
 * starts. Returns what was changed, nothing where all of it is new. Throws KinitError.
 */
export async function renewKubelet(host: Host, renewal: TimedRenewal): Promise<readonly Decided[]> {
  const seen = await seenKubelet(host);
  if (seen === undefined) {
    throw new KinitError(`${kubeletConf} is missing: no kubelet of this host has joined a cluster`, {
      host: host.name,
      exitCode: exitCodes.preflight,
      hint: '`kinit up` lets it join',
    });
  }
  refuseStranger(host, seen, renewal.signer);
  const old = kubeletEnds(seen).filter(
    ({ notAfter, authority }) =>
      notAfter === undefined || !renewal.isNew(notAfter, authority === 'itself' ? ownLife : undefined),
  );
  if (old.length === 0) return [];
  const changes = [...(await kubeletCertificates(seen, renewal)), kubeletRestart];
  const target = on(renewal.run, { host, release: renewal.release });
  return perform(
    changes.map((change) => ({ phase: 'kubelet-certificates', change })),
    target,
  );
}

/** New certificates for a kubelet, which takes them when it begins anew. Throws KinitError. */
export async function kubeletCertificates(seen: SeenKubelet, renewal: KubeletRenewal): Promise<readonly Change[]> {
  return [...(await clientChanges(seen, renewal)), ...(await serverChanges(seen, renewal))];
}

/** Throws KinitError for a kubelet that trusts another CA: it would not find its cluster with what this one signs. */
function refuseStranger(host: Host, { ca }: SeenKubelet, { certificate }: KubeletRenewal['signer']): void {
  if (ca.includes(certificate.trim())) return;
  throw new KinitError(`${kubeletConf} trusts another CA than that of the control planes; nothing was touched on it`, {
    host: host.name,
    exitCode: exitCodes.preflight,
    hint: 'it belongs to another cluster, or to one before this: reset it, and let it join with `kinit up`',
  });
}

async function clientChanges({ client, kubeconfig }: SeenKubelet, renewal: KubeletRenewal): Promise<readonly Change[]> {
  const made = await signed('kubelet-client', client.pem, renewal);
  if (made === undefined) return [];
  if (client.path !== undefined) return rotated(client.path, 'kubelet-client', made, renewal);
  const document = withClient(kubeconfig, kubeletConf, { ...made, ca: renewal.trusted });
  return [{ kind: 'file', path: kubeletConf, content: new Secret(toYaml(document)), mode: 0o600 }];
}

async function serverChanges({ server, selfSigned }: SeenKubelet, renewal: KubeletRenewal): Promise<readonly Change[]> {
  const made = server && (await signed('kubelet-server', server.pem, renewal));
  if (server !== undefined && made !== undefined) return rotated(server.path, 'kubelet-server', made, renewal);
  if (selfSigned === undefined) return [];
  return [selfSigned.path, selfSigned.keyPath].map((path): Change => ({ kind: 'absent', path, transient: true }));
}

interface Made {
  readonly certificate: string;
  readonly key: Secret;
}

async function signed(name: KubeletCertificate, pem: string, renewal: KubeletRenewal): Promise<Made | undefined> {
  const { node, signer, follows = [], release, run } = renewal;
  const authority = follows.find((one) => isOfAuthority(pem, one)) ?? signer.certificate;
  const spec = kubeletSuccessor(name, pem, node, { ...renewal, authority });
  if (spec === undefined) return undefined;
  const key = await run.keys.take(spec.algorithm);
  return { key, certificate: issue(spec, { publicKey: publicHalf(key), signer, now: run.now, release: release.pki }) };
}

/** As client-go's certificate store has it (util/certificate/certificate_store.go): a dated file, and a link that has to be one. */
function rotated(
  current: string,
  name: KubeletCertificate,
  { certificate, key }: Made,
  { run }: KubeletRenewal,
): readonly Change[] {
  const date = new Date(run.now).toISOString().slice(0, 19).replace(/[T:]/g, '-');
  const file = `${posix.dirname(current)}/${name}-${date}.pem`;
  return [
    {
      kind: 'file',
      path: file,
      content: new Secret(`${certificate.trimEnd()}\n${key.reveal()}`),
      mode: 0o600,
      says: `[certs] Giving the kubelet a new certificate: ${file}`,
    },
    {
      kind: 'command',
      argv: ['sh', '-c', 'ln -sfn "$1" "$2.kinit" && mv -fT "$2.kinit" "$2"', 'kinit', file, current],
      what: `turning ${current} over to the new certificate`,
    },
  ];
}

/** Its pods run on. */
export const kubeletRestart: Change = { kind: 'command', argv: ['systemctl', 'restart', 'kubelet'], deadline: 120 };
