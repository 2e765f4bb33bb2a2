import { createPublicKey, X509Certificate } from 'node:crypto';
import type { Change, FileChange } from '../../execute/change.ts';
import {
  type AuthorityRotation,
  bundleOf,
  isBundle,
  isOfAuthority,
  isTrusted,
  type RotationPeriod,
} from '../../pki/authority-rotation.ts';
import { isKeyOf } from '../../pki/certificate-file.ts';
import { withAuthority } from '../../pki/kubeconfig.ts';
import { Secret } from '../../secret.ts';
import { toYaml } from '../../yaml.ts';

/** What of a CA lies on a machine. Of its keys nothing is known but whose they are. */
export interface SeenAuthority {
  /** Where its certificate is, and what is there, PEM. */
  readonly file: { readonly path: string; readonly pem: string } | undefined;
  /** Copies of it, for what must not see more of the host. */
  readonly copies: readonly { readonly path: string; readonly pem: string }[];
  /** Load balancers of kinit's that know the API servers by it; they are to take it up, or to begin anew. */
  readonly balancers: readonly Change[];
  /** What trusts it, as text, and the CA that it trusts, PEM. */
  readonly kubeconfigs: readonly { readonly path: string; readonly text: string; readonly ca: string }[];
  /** Undefined on a worker, which signs nothing. */
  readonly signing: SeenSigning | undefined;
  /** What it has signed, by name; PEM. */
  readonly leaves: readonly { readonly name: string; readonly pem: string }[];
  /** Things of this machine that are yet to begin anew for what an earlier run has written. */
  readonly due: { readonly components: boolean; readonly kubelet: boolean };
}

/** What a control plane signs with. */
export interface SeenSigning {
  /** Without `.crt` and `.key`. */
  readonly base: string;
  /** The public half of its key, PEM; undefined where there is none that can be read. */
  readonly publicKey: string | undefined;
  /** The CA that is to follow, without `.crt` and `.key`; its certificate, where its key is there and fits. */
  readonly next: { readonly base: string; readonly pem: string | undefined };
  /** The controller manager's manifest; undefined for a CA that it does not sign with. */
  readonly manifest: { readonly path: string; readonly text: string; readonly mode: number } | undefined;
  /** The certificate that the controller manager signs with as long as the CA's file holds several. */
  readonly lone: { readonly path: string; readonly pem: string | undefined };
}

/** Files of a machine that are not as a period of a CA's rotation wants them; certificates that are signed anew are not among them. */
export function authorityFiles(
  { file, copies, kubeconfigs, signing }: SeenAuthority,
  period: RotationPeriod,
  rotation: AuthorityRotation,
): readonly Change[] {
  const bundle = bundleOf(period, rotation);
  const fits = signing === undefined ? isTrusted : isBundle;
  const trusted: readonly Change[] =
    file === undefined || fits(period, file.pem, rotation)
      ? []
      : [
          {
            kind: 'file',
            path: file.path,
            content: bundle,
            mode: 0o644,
            says: `[certs] ${file.path}: ${words[period]}`,
          },
        ];
  const copied = copies
    .filter(({ pem }) => !isTrusted(period, pem, rotation))
    .map(({ path }): FileChange => ({ kind: 'file', path, content: bundle, mode: 0o644 }));
  const rewritten = kubeconfigs
    .filter(({ ca }) => !isTrusted(period, ca, rotation))
    .map(({ path, text }): FileChange => {
      const content = new Secret(toYaml(withAuthority(text, path, bundle)));
      return { kind: 'file', path, content, mode: 0o600 };
    });
  const followers = [...copied, ...rewritten];
  const signs = signing === undefined ? [] : signer(signing, period, rotation);
  // The controller manager never finds several certificates where it signs with one.
  return period === 'forget' ? [...trusted, ...followers, ...signs] : [...signs, ...trusted, ...followers];
}

const words: Readonly<Record<RotationPeriod, string>> = {
  trust: 'the new CA is trusted beside the old one',
  sign: 'the new CA signs, the old one is trusted',
  forget: 'the new CA alone is trusted',
};

/** What a period wants to be signed by the new CA, and is not; by name. */
export function dueLeaves(
  { leaves }: SeenAuthority,
  period: RotationPeriod,
  { next }: AuthorityRotation,
): readonly string[] {
  if (period === 'trust') return [];
  return leaves.filter(({ pem }) => !isOfAuthority(pem, next)).map(({ name }) => name);
}

/** The controller manager takes one certificate to sign with and no bundle (pkg/controller/certificates/signer/ca_provider.go). */
function signer(
  { base, publicKey, next, manifest, lone }: SeenSigning,
  period: RotationPeriod,
  rotation: AuthorityRotation,
): readonly Change[] {
  const wanted = period === 'trust' ? (rotation.old[0] ?? '') : rotation.next;
  const isLone = period !== 'forget';
  const writes = (path: string, content: string, mode: number): FileChange => ({ kind: 'file', path, content, mode });
  const text = manifest && signingBy(manifest.text, isLone ? lone.path : `${base}.crt`);
  return [
    ...(manifest !== undefined && isLone && lone.pem !== wanted ? [writes(lone.path, wanted, 0o644)] : []),
    ...(period === 'sign' && !isKeyFor(publicKey, rotation.next)
      ? [{ kind: 'copy', from: `${next.base}.key`, to: `${base}.key` } satisfies Change]
      : []),
    ...(manifest !== undefined && text !== undefined && text !== manifest.text
      ? [writes(manifest.path, text, manifest.mode)]
      : []),
  ];
}

/** Whether a public key (PEM) is that of a certificate. */
export function isKeyFor(publicKey: string | undefined, certificate: string): boolean {
  return publicKey !== undefined && isKeyOf(createPublicKey(publicKey), new X509Certificate(certificate));
}

const flag = /(--cluster-signing-(?:[a-z-]+-)?cert-file=)([^\s"']+)/g;

/** The manifest of a controller manager that signs with the certificate at a path. */
function signingBy(manifest: string, path: string): string {
  return manifest.replaceAll(flag, (_, name: string) => `${name}${path}`);
}

/** The files whose certificates a controller manager signs with, each once. */
export function signingFiles(manifest: string): readonly string[] {
  return [...new Set([...manifest.matchAll(flag)].map(([, , path = '']) => path))];
}
