import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { issue, type Signer } from '../../../src/pki/certificate.ts';
import { readCertificateFile } from '../../../src/pki/certificate-file.ts';
import type { CertificateSpec } from '../../../src/pki/certificate-table.ts';
import { decideCertificates, decideKeyPair, type SeenPair, type Verdict } from '../../../src/pki/existing.ts';
import { decideKubeconfig } from '../../../src/pki/existing-kubeconfig.ts';
import { generateKey, publicHalf } from '../../../src/pki/keys.ts';
import type { Secret } from '../../../src/secret.ts';
import { pkiOf } from './config.ts';
import { issuedPki, type Pki, seenPairs } from './issued.ts';

const now = Date.parse('2026-11-21T00:00:00Z');
const year = 365 * 24 * 3600 * 1000;
const directory = '/etc/kubernetes/pki';

let pki: Pki;
let other: Pki;
beforeAll(async () => {
  [pki, other] = await Promise.all([issuedPki(now), issuedPki(now)]);
});

const decide = (seen: ReadonlyMap<string, SeenPair>, at = now) =>
  decideCertificates(pki.specs, seen, { directory, now: at });
const decisions = (verdicts: ReadonlyMap<string, Verdict>) =>
  Object.fromEntries([...verdicts].map(([path, { decision }]) => [path, decision]));
const seenWith = (changes: Readonly<Record<string, Partial<SeenPair>>>) => {
  const seen = seenPairs(pki);
  for (const [path, change] of Object.entries(changes)) {
    seen.set(path, { certificate: undefined, key: undefined, ...seen.get(path), ...change });
  }
  return seen;
};
const problem = (verdict: Verdict | undefined) =>
  verdict?.decision === 'refuse' ? verdict.problem : verdict?.decision;

describe('certificates that are there', () => {
  it('are all made on a bare host', () => {
    expect(new Set(Object.values(decisions(decide(new Map()))))).toEqual(new Set(['make']));
  });

  it('are all kept when they fit: the second run makes none', () => {
    expect(new Set(Object.values(decisions(decide(seenPairs(pki)))))).toEqual(new Set(['keep']));
  });

  it('are finished where a run was killed between a key and its certificate', () => {
    const seen = seenWith({
      apiserver: { certificate: undefined },
      'etcd/peer': { certificate: undefined, key: undefined },
    });
    expect(decisions(decide(seen))).toMatchObject({
      ca: 'keep',
      apiserver: 'sign',
      'etcd/peer': 'make',
      'etcd/server': 'keep',
    });
  });

  it("are kept when only their CA's certificate has to be signed again", () => {
    expect(decisions(decide(seenWith({ ca: { certificate: undefined } })))).toMatchObject({
      ca: 'sign',
      apiserver: 'keep',
    });
  });

  it('are judged by the CA on the host where one phase looks at its own certificate alone', () => {
    const [, apiserver] = pki.specs as [CertificateSpec, CertificateSpec];
    const alone = (seen: ReadonlyMap<string, SeenPair>) => decideCertificates([apiserver], seen, { directory, now });
    expect(decisions(alone(seenPairs(pki)))).toEqual({ apiserver: 'keep' });
    expect(problem(alone(seenWith({ ca: seenPairs(other).get('ca')! })).get('apiserver'))).toMatch(/is not signed by/);
  });

  const cut = (pem: string | undefined) => pem?.slice(0, 200);
  it.each<[string, string, () => Partial<SeenPair>, RegExp]>([
    [
      'is cut off',
      'apiserver',
      () => ({ certificate: cut(pki.certificates.get('apiserver')) }),
      /apiserver\.crt is cut off/,
    ],
    ['is no certificate', 'apiserver', () => ({ certificate: 'hello' }), /apiserver\.crt is not a certificate/],
    ['is empty', 'front-proxy-ca', () => ({ certificate: '' }), /front-proxy-ca\.crt is not a certificate/],
    [
      'holds other bytes',
      'ca',
      () => ({ certificate: '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n' }),
      /ca\.crt is not readable/,
    ],
    [
      'is no CA',
      'ca',
      () => ({ certificate: pki.certificates.get('apiserver') }),
      /ca\.crt is not the certificate of a CA/,
    ],
    [
      'is of another key',
      'apiserver',
      () => ({ key: { publicKey: publicHalf(other.keys.get('apiserver')!) } }),
      /apiserver\.key is the key of another certificate/,
    ],
    [
      'is of another CA',
      'apiserver',
      () => seenPairs(other).get('apiserver')!,
      /apiserver\.crt is not signed by .*\/ca\.crt/,
    ],
    [
      'is of the wrong CA of ours',
      'etcd/server',
      () => seenPairs(pki).get('apiserver')!,
      /etcd\/server\.crt is not signed by .*\/etcd\/ca\.crt/,
    ],
    ['has lost its key', 'etcd/server', () => ({ key: undefined }), /etcd\/server\.key is missing/],
    [
      'has no readable key',
      'apiserver',
      () => ({ key: { problem: 'it is not a private key in PEM form' } }),
      /apiserver\.key: it is not a private key/,
    ],
  ])('one that %s is named and left alone', (_, path, change, text) => {
    const verdicts = decide(seenWith({ [path]: change() }));
    expect(problem(verdicts.get(path))).toMatch(text);
  });

  it('are refused under a CA that is missing', () => {
    const verdicts = decide(seenWith({ ca: { certificate: undefined, key: undefined } }));
    expect(problem(verdicts.get('ca'))).toBe('make');
    expect(problem(verdicts.get('apiserver'))).toMatch(/not signed by .*\/ca\.crt, which is missing/);
  });

  it.each([
    ['have expired', 2 * year, 'expired on 2027-11-21T00:00:00Z'],
    ['are not valid yet', -year, 'is not valid before 2026-11-20T23:55:00Z'],
  ])('are kept with a warning when they %s, as kubeadm does', (_, later, warning) => {
    expect(decide(seenPairs(pki), now + later).get('apiserver')).toEqual({
      decision: 'keep',
      warning: `${directory}/apiserver.crt ${warning}`,
    });
  });

  it('may come with the intermediates that lead to the CA', async () => {
    const { pki: release } = pkiOf('v1.36.2');
    const sign = (spec: CertificateSpec, key: Secret, signer: Signer) =>
      issue(spec, { publicKey: publicHalf(key), signer, now, release });
    const [root, leaf] = pki.specs as [CertificateSpec, CertificateSpec];
    const [between, own] = await Promise.all([generateKey('ECDSA-P256'), generateKey('ECDSA-P256')]);
    const subject = { commonName: 'intermediate', organizations: [] };
    const intermediate = sign({ ...root, subject }, between, {
      certificate: pki.certificates.get('ca')!,
      key: pki.keys.get('ca')!,
    });
    const certificate = sign(leaf, own, { certificate: intermediate, key: between });
    const key = { publicKey: publicHalf(own) };
    const chained = decide(seenWith({ apiserver: { certificate: `# chain\n${certificate}${intermediate}`, key } }));
    expect(chained.get('apiserver')?.decision).toBe('keep');
    const alone = decide(seenWith({ apiserver: { certificate, key } }));
    expect(problem(alone.get('apiserver'))).toMatch(/is not signed by/);
  });
});

describe('an external CA', () => {
  it('is a CA certificate without its key: all that it signed is used', () => {
    const verdicts = decide(seenWith({ ca: { key: undefined } }));
    expect(verdicts.get('ca')).toEqual({ decision: 'keep', external: true });
    expect(decisions(verdicts)).toMatchObject({ apiserver: 'keep', 'apiserver-kubelet-client': 'keep' });
  });

  it.each([
    ['ca', 'apiserver'],
    ['ca', 'apiserver-kubelet-client'],
    ['front-proxy-ca', 'front-proxy-client'],
    ['etcd/ca', 'etcd/server'],
    ['etcd/ca', 'etcd/peer'],
    ['etcd/ca', 'etcd/healthcheck-client'],
    ['etcd/ca', 'apiserver-etcd-client'],
  ])('%s refuses to go on where %s is missing', (ca, leaf) => {
    const bare = decide(seenWith({ [ca]: { key: undefined }, [leaf]: { certificate: undefined, key: undefined } }));
    const requested = decide(seenWith({ [ca]: { key: undefined }, [leaf]: { certificate: undefined } }));
    for (const verdicts of [bare, requested]) {
      expect(problem(verdicts.get(leaf))).toBe(
        `${directory}/${leaf}.crt is missing, and ${directory}/${ca}.key is not there to sign it`,
      );
    }
  });

  it('of one kind leaves the others to kinit', () => {
    const seen = new Map([['ca', { certificate: pki.certificates.get('ca'), key: undefined }]]);
    for (const leaf of ['apiserver', 'apiserver-kubelet-client']) seen.set(leaf, seenPairs(pki).get(leaf) as never);
    expect(decisions(decide(seen))).toMatchObject({
      ca: 'keep',
      apiserver: 'keep',
      'front-proxy-ca': 'make',
      'etcd/server': 'make',
    });
  });
});

describe('whatever is there', () => {
  it('is never made again over something, and nothing is thrown', () => {
    const certificate = fc.oneof(
      fc.constant(undefined),
      fc.string(),
      fc.constantFrom(...['ca', 'apiserver', 'etcd/ca', 'etcd/server']).map((path) => pki.certificates.get(path)),
      fc.constantFrom('ca', 'apiserver').map((path) => other.certificates.get(path)),
      fc.nat(900).map((length) => pki.certificates.get('apiserver')?.slice(0, length)),
    );
    const key = fc.oneof(
      fc.constant(undefined),
      fc.constant({ problem: 'no' }),
      fc.string().map((publicKey) => ({ publicKey })),
      fc.constantFrom('ca', 'apiserver').map((path) => ({ publicKey: publicHalf(pki.keys.get(path)!) })),
    );
    const pair = fc.record({ certificate, key });
    const paths = pki.specs.map(({ path }) => path);
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.constantFrom(...paths), pair), { maxLength: 6 }), (entries) => {
        const seen = new Map(entries);
        const decided = [...decide(seen)].map(([path, { decision }]) => ({ decision, there: seen.get(path) }));
        const lost = decided.filter(
          ({ decision, there }) =>
            (decision === 'make' && (there?.certificate ?? there?.key) !== undefined) ||
            (decision === 'sign' && there?.certificate !== undefined),
        );
        expect(decided.length).toBeGreaterThan(0);
        expect(lost).toEqual([]);
      }),
      { numRuns: 150 },
    );
  });

  it('in a certificate file is read or described', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const { certificates, problem } = readCertificateFile(
          `-----BEGIN CERTIFICATE-----\n${text}\n-----END CERTIFICATE-----`,
        );
        expect(certificates === undefined).toBe(problem !== undefined);
      }),
    );
  });
});

describe("the service accounts' key pair", () => {
  const pair = () => publicHalf(pki.keys.get('ca')!);
  const stranger = () => publicHalf(other.keys.get('ca')!);
  it.each<[string, () => Parameters<typeof decideKeyPair>, string | RegExp]>([
    ['is made where there is none', () => [undefined, undefined, { directory, now }], 'make'],
    ['is kept', () => [{ publicKey: pair() }, pair(), { directory, now }], 'keep'],
    [
      'gets its public half where that is missing',
      () => [{ publicKey: pair() }, undefined, { directory, now }],
      'sign',
    ],
    [
      'is refused without its private key',
      () => [undefined, pair(), { directory, now }],
      /sa\.pub is there without sa\.key/,
    ],
    [
      'is refused with another public half',
      () => [{ publicKey: pair() }, stranger(), { directory, now }],
      /is not the public half of sa\.key/,
    ],
    [
      'is refused with a broken public half',
      () => [{ publicKey: pair() }, 'x', { directory, now }],
      /is not a public key in PEM form/,
    ],
    [
      'is refused with a broken key',
      () => [{ problem: 'it is cut off' }, pair(), { directory, now }],
      /sa\.key: it is cut off/,
    ],
  ])('%s', (_, args, expected) => {
    expect(problem(decideKeyPair(...args()))).toMatch(expected);
  });
});

describe('a kubeconfig that is there', () => {
  const wanted = { path: '/etc/kubernetes/admin.conf', server: 'https://192.0.2.10:6443' };
  const ours = () => ({ pem: pki.certificates.get('ca'), external: false, now });
  const seen = () => ({
    server: wanted.server,
    ca: pki.certificates.get('ca')!,
    clientCertificate: pki.certificates.get('apiserver')!,
  });

  it('is kept, made where there is none, and asked for with an external CA', () => {
    expect(decideKubeconfig(wanted, seen(), ours())).toEqual({ decision: 'keep' });
    expect(decideKubeconfig(wanted, undefined, ours())).toEqual({ decision: 'make' });
    expect(problem(decideKubeconfig(wanted, undefined, { ...ours(), external: true }))).toMatch(
      /admin\.conf is missing, and there is no CA key/,
    );
  });

  it('of another server is kept with a warning', () => {
    const verdict = decideKubeconfig(wanted, { ...seen(), server: 'https://lb:6443' }, ours());
    expect(verdict).toEqual({
      decision: 'keep',
      warning: '/etc/kubernetes/admin.conf talks to https://lb:6443, not https://192.0.2.10:6443',
    });
  });

  it('with an expired client certificate is kept with a warning', () => {
    const verdict = decideKubeconfig(wanted, seen(), { ...ours(), now: now + 2 * year });
    expect(verdict).toMatchObject({ decision: 'keep', warning: expect.stringContaining('expired on 2027-11-21') });
  });

  it('may have any CA of the bundle in ca.crt, and no other', () => {
    const bundle = `${other.certificates.get('ca')}${pki.certificates.get('ca')}`;
    expect(decideKubeconfig(wanted, seen(), { ...ours(), pem: bundle }).decision).toBe('keep');
    for (const pem of [other.certificates.get('ca'), undefined]) {
      expect(problem(decideKubeconfig(wanted, seen(), { ...ours(), pem }))).toMatch(/is of a cluster with another CA/);
    }
  });

  it('that is broken is named with its place', () => {
    const broken = { problem: 'admin.conf:7 users[0]: is missing' };
    expect(problem(decideKubeconfig(wanted, broken, ours()))).toBe(
      '/etc/kubernetes/admin.conf: admin.conf:7 users[0]: is missing',
    );
  });
});
