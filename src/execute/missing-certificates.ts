import { defined } from '../defined.ts';
import { exitCodes, KinitError } from '../errors.ts';
import { decideCertificates, decideKeyPair, signerProblem, type Verdict } from '../pki/existing.ts';
import { decideKubeconfig } from '../pki/existing-kubeconfig.ts';
import type { CertificateChange, Change, KeyPairChange, KubeconfigChange } from './change.ts';
import type { Observed } from './observed.ts';

type Minted = CertificateChange | KeyPairChange | KubeconfigChange;

/**
 * For every certificate, key and kubeconfig among the changes, what is left to do about it: itself, or a note that what
 * is there is used. Nothing is ever overwritten. Throws KinitError naming all that is there and does not fit.
 */
export function missingCertificates(
  desired: readonly Change[],
  observed: Observed,
  now: number,
): ReadonlyMap<Change, readonly Change[]> {
  const decided = desired.filter(isMinted).map((change) => [change, decide(change, desired, observed, now)] as const);
  const refused = decided.flatMap(([, verdict]) => (verdict.decision === 'refuse' ? [verdict] : []));
  if (refused.length > 0) {
    throw new KinitError([...new Set(refused.map(({ problem }) => problem))].join('\n'), {
      exitCode: exitCodes.preflight,
      hint: [...new Set(refused.map(({ mend }) => mend))].join('\n  '),
    });
  }
  return new Map(decided.map(([change, verdict]) => [change, remaining(change, verdict)]));
}

function isMinted(change: Change): change is Minted {
  return change.kind === 'certificate' || change.kind === 'key-pair' || change.kind === 'kubeconfig';
}

function decide(change: Minted, desired: readonly Change[], observed: Observed, now: number): Verdict {
  switch (change.kind) {
    case 'certificate':
      return (
        certificateVerdicts(change.directory, desired, observed, now).get(change.spec.path) ?? { decision: 'make' }
      );
    case 'key-pair':
      return decideKeyPair(
        observed.keys.get(change.privatePath),
        observed.files.get(change.publicPath)?.content?.toString('utf8'),
        { directory: change.privatePath.slice(0, change.privatePath.lastIndexOf('/')), now },
      );
    case 'kubeconfig': {
      const ca = observed.keyPairs.get(`${change.directory}/ca`);
      const external = ca?.certificate !== undefined && ca.key === undefined;
      const verdict = decideKubeconfig(change, observed.kubeconfigs.get(change.path), {
        pem: ca?.certificate,
        external,
        now,
      });
      const unusable =
        verdict.decision === 'make' ? signerProblem('ca', ca, { directory: change.directory, now }) : undefined;
      return unusable ?? verdict;
    }
  }
}

function certificateVerdicts(directory: string, desired: readonly Change[], observed: Observed, now: number) {
  const specs = desired.flatMap((change) =>
    change.kind === 'certificate' && change.directory === directory ? [change.spec] : [],
  );
  const missingSigners = specs.flatMap(({ signer }) =>
    signer && !specs.some(({ path }) => path === signer) ? [signer] : [],
  );
  const seen = new Map(
    [...specs.map(({ path }) => path), ...missingSigners].flatMap((path) => {
      const pair = observed.keyPairs.get(`${directory}/${path}`);
      return pair === undefined ? [] : [[path, pair] as const];
    }),
  );
  return decideCertificates(specs, seen, { directory, now });
}

function remaining(change: Minted, verdict: Verdict): readonly Change[] {
  const step = defined({ step: change.step });
  switch (verdict.decision) {
    case 'make':
      return [change];
    case 'sign':
      return [change.kind === 'kubeconfig' ? change : { ...change, keepKey: true }];
    case 'keep': {
      const used = { kind: 'note', text: usingExisting(change, verdict), ...step } as const;
      const warning =
        verdict.warning === undefined ? [] : [{ kind: 'note', text: verdict.warning, warning: true, ...step } as const];
      return [used, ...warning];
    }
    case 'refuse':
      return [];
  }
}

/** kubeadm's words for what it leaves as it is. */
function usingExisting(change: Minted, verdict: Verdict & { decision: 'keep' }): string {
  switch (change.kind) {
    case 'certificate':
      if (!change.spec.ca) return `[certs] Using existing ${change.spec.path} certificate and key on disk`;
      return `[certs] Using existing ${change.spec.path} ${verdict.external ? 'keyless ' : ''}certificate authority`;
    case 'key-pair':
      return '[certs] Using the existing "sa" key';
    case 'kubeconfig':
      return `[kubeconfig] Using existing kubeconfig file: "${change.path}"`;
  }
}
