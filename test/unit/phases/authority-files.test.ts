import { createPublicKey } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Change } from '../../../src/execute/change.ts';
import {
  authorityFiles,
  dueLeaves,
  type SeenAuthority,
  signingFiles,
} from '../../../src/phases/certificates/authority-files.ts';
import type { AuthorityRotation, RotationPeriod } from '../../../src/pki/authority-rotation.ts';
import { reveal } from '../../../src/secret.ts';
import { type Pair, testAuthority, testCertificate } from '../../certificates.ts';

const base = '/etc/kubernetes/pki/ca';
const manifest = `spec:
  containers:
  - command:
    - kube-controller-manager
    - --client-ca-file=${base}.crt
    - --cluster-signing-cert-file=${base}.crt
    - --cluster-signing-key-file=${base}.key
    - --root-ca-file=${base}.crt
`;

let old: Pair;
let next: Pair;
let rotation: AuthorityRotation;
beforeAll(async () => {
  [old, next] = await Promise.all([testAuthority(), testAuthority()]);
  rotation = { old: [old.certificate], next: next.certificate };
});

const publicKey = ({ key }: Pair) => createPublicKey(key.reveal()).export({ type: 'spki', format: 'pem' }) as string;

function controlPlane(): SeenAuthority {
  return {
    file: { path: `${base}.crt`, pem: old.certificate },
    copies: [],
    balancers: [],
    kubeconfigs: [],
    signing: {
      base,
      publicKey: publicKey(old),
      next: { base: '/var/lib/kinit/rotation/next-ca', pem: next.certificate },
      manifest: { path: '/manifests/kcm', text: manifest, mode: 0o600 },
      lone: { path: `${base}-signing.crt`, pem: undefined },
    },
    leaves: [],
    due: { components: false, kubelet: false },
  };
}

/** The machine when the changes are made. */
function machineAfter(seen: SeenAuthority, changes: readonly Change[]): SeenAuthority {
  const { file, signing } = seen;
  if (file === undefined || signing?.manifest === undefined) throw new Error('a control plane');
  const written = (path: string) => {
    const change = changes.find((one) => one.kind === 'file' && one.path === path);
    return change?.kind === 'file' ? reveal(change.content) : undefined;
  };
  return {
    ...seen,
    file: { ...file, pem: written(file.path) ?? file.pem },
    signing: {
      ...signing,
      publicKey: changes.some(({ kind }) => kind === 'copy') ? publicKey(next) : signing.publicKey,
      manifest: { ...signing.manifest, text: written(signing.manifest.path) ?? signing.manifest.text },
      lone: { ...signing.lone, pem: written(signing.lone.path) ?? signing.lone.pem },
    },
  };
}

const what = (changes: readonly Change[]) =>
  changes.map((change) =>
    change.kind === 'copy' ? `key to ${change.to}` : change.kind === 'file' ? change.path : change.kind,
  );

describe('the files of a control plane whose CA is replaced', () => {
  it('never let the controller manager find several certificates where it signs with one', () => {
    let seen = controlPlane();
    const steps = (['trust', 'sign', 'forget'] as const).map((period: RotationPeriod) => {
      const changes = authorityFiles(seen, period, rotation);
      seen = machineAfter(seen, changes);
      expect(authorityFiles(seen, period, rotation)).toEqual([]);
      return what(changes);
    });
    expect(steps).toEqual([
      [`${base}-signing.crt`, '/manifests/kcm', `${base}.crt`],
      [`${base}-signing.crt`, `key to ${base}.key`, `${base}.crt`],
      [`${base}.crt`, '/manifests/kcm'],
    ]);
    expect(seen.signing?.manifest?.text).toBe(manifest);
    expect(seen.file?.pem).toBe(next.certificate);
  });

  it('change the one argument that takes a certificate to sign with, of all that name the CA', () => {
    const changes = authorityFiles(controlPlane(), 'trust', rotation);
    const text = changes.flatMap((change) =>
      change.kind === 'file' && change.path === '/manifests/kcm' ? [reveal(change.content)] : [],
    )[0];
    expect(text).toBe(manifest.replace(`signing-cert-file=${base}.crt`, `signing-cert-file=${base}-signing.crt`));
    expect(signingFiles(text ?? '')).toEqual([`${base}-signing.crt`]);
  });

  it('are finished where a run was killed between the key and its certificate', () => {
    const trusting = machineAfter(controlPlane(), authorityFiles(controlPlane(), 'trust', rotation));
    const [lone, key] = authorityFiles(trusting, 'sign', rotation);
    const killed = machineAfter(
      trusting,
      [lone, key].filter((one) => one !== undefined),
    );
    expect(what(authorityFiles(killed, 'sign', rotation))).toEqual([`${base}.crt`]);
  });

  it('are left where there is nothing to sign anew before the new CA signs', async () => {
    const leaf = await testCertificate(old, 'kube-apiserver');
    const seen = { ...controlPlane(), leaves: [{ name: 'apiserver', pem: leaf.certificate }] };
    expect(dueLeaves(seen, 'trust', rotation)).toEqual([]);
    expect(dueLeaves(seen, 'sign', rotation)).toEqual(['apiserver']);
  });
});
