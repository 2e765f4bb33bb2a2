import { beforeEach, describe, expect, test } from 'vitest';
import type { Target } from '../../src/execute/target.ts';
import { certificatesSecret, downloadedFiles, sharedFiles } from '../../src/manifests/upload-certs.ts';
import type { CertificateUpload, InitContext } from '../../src/phases/context.ts';
import { uploadCerts } from '../../src/phases/upload-certs.ts';
import { generateKey } from '../../src/pki/keys.ts';
import { releaseFor } from '../../src/release/release.ts';
import { parseVersion } from '../../src/release/version.ts';
import { Secret } from '../../src/secret.ts';
import { runStage } from '../../src/workflows/stage.ts';
import { FakeHost } from '../fakes/host.ts';
import { FakeKube } from '../fakes/kube.ts';
import { quietRun } from '../run.ts';
import { initConfig } from '../unit/manifests/config.ts';

const hour = 3_600_000;
const now = Date.UTC(2026, 0, 1);
const config = initConfig('1.31');
const release = releaseFor(parseVersion('v1.31.0'));
const key = (await generateKey('ECDSA-P256')).reveal();
const files = Object.fromEntries(
  sharedFiles(config.cluster).map(({ path }) => [path, path.endsWith('.key') ? key : `PEM of ${path}\n`]),
);

let kube: FakeKube;
beforeEach(() => {
  kube = new FakeKube();
});

function upload(change: Partial<CertificateUpload> = {}, { at = now, host = new FakeHost({ files }) } = {}) {
  const given: CertificateUpload = {
    certificateKey: new Secret('ab'.repeat(32)),
    keyIsOurs: false,
    lifetimeToken: 'abcdef.0123456789abcdef',
    ...change,
  };
  const context = { config, release, now: at, upload: given } as unknown as InitContext;
  return runStage([uploadCerts], context, target(host, at));
}

function target(host: FakeHost, at: number): Target {
  return {
    ...quietRun({ now: at }),
    host,
    kube: async () => kube,
    release,
  };
}

const stored = () => kube.objects('Secret').find(({ metadata }) => metadata.name === 'kubeadm-certs');
const token = (id: string) => kube.objects('Secret').find(({ metadata }) => metadata.name === `bootstrap-token-${id}`);

describe('uploading the certificates of a control plane', () => {
  test('stores every shared file, for whoever has the key', async () => {
    await upload();
    const there = downloadedFiles(config.cluster, stored() ?? certificatesSecret, new Secret('ab'.repeat(32)));
    expect(Object.fromEntries(there.map(({ path, content }) => [path, content.reveal()]))).toEqual(files);
  });

  test('lets what is uploaded go with a token that lasts two hours', async () => {
    await upload();
    expect(stored()?.metadata['ownerReferences']).toEqual([
      {
        apiVersion: 'v1',
        kind: 'Secret',
        name: 'bootstrap-token-abcdef',
        uid: token('abcdef')?.metadata.uid,
        controller: true,
        blockOwnerDeletion: true,
      },
    ]);
  });

  test('shows no key in what it would do', async () => {
    const changed = await upload();
    expect(JSON.stringify(changed)).not.toContain('PRIVATE KEY');
    expect(JSON.stringify(changed)).not.toContain('ab'.repeat(32));
  });

  test('changes nothing the second time with the user’s own key', async () => {
    await upload();
    expect(await upload({ lifetimeToken: 'bbbbbb.0123456789abcdef' })).toEqual([]);
    expect(token('bbbbbb')).toBeUndefined();
  });

  test.each([
    ['the key is another one', { certificateKey: new Secret('cd'.repeat(32)) }, {}],
    ['kinit made the key, so that nobody knows the old one', { keyIsOurs: true }, {}],
    ['what is there has less than an hour left', {}, { at: now + 1.5 * hour }],
  ])('uploads again where %s', async (_, change, when) => {
    await upload();
    const before = stored();
    await upload({ lifetimeToken: 'bbbbbb.0123456789abcdef', ...change }, when);
    expect(stored()).not.toEqual(before);
    expect(stored()?.metadata['ownerReferences']).toMatchObject([{ name: 'bootstrap-token-bbbbbb' }]);
  });

  test.each(['ca', 'front-proxy-ca'])('is refused where the key of %s is kept elsewhere', async (name) => {
    const { [`/etc/kubernetes/pki/${name}.key`]: _, ...keyless } = files;
    await expect(upload({}, { host: new FakeHost({ files: keyless }) })).rejects.toThrow(
      `${name}.key is kept elsewhere`,
    );
    expect(kube.objects()).toEqual([]);
  });
});
