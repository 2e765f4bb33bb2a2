import { describe, expect, it } from 'vitest';
import { initRequest } from '../../../src/config/init.ts';
import { completeJoin, joinRequest } from '../../../src/config/join.ts';
import { migrate, validate } from '../../../src/config/migrate.ts';
import { anyNode } from '../../../src/config/node-facts.ts';
import { readConfigFile } from '../../../src/config/read.ts';
import type { InputError } from '../../../src/errors.ts';
import { releaseFor } from '../../../src/release/release.ts';
import { parseVersion } from '../../../src/release/version.ts';
import { problemsOf } from '../problems.ts';

const cluster = (api: string, version: string) =>
  `apiVersion: kubeadm.k8s.io/${api}\nkind: ClusterConfiguration\n${version === '' ? '' : `kubernetesVersion: ${version}\n`}`;
const join = (api: string) =>
  `apiVersion: kubeadm.k8s.io/${api}\nkind: JoinConfiguration\ndiscovery: {file: {kubeConfigPath: /a}}\n`;
const read = (text: string) => readConfigFile(text, 'c.yaml');
const given = { facts: anyNode, newToken: () => 'abcdef.0123456789abcdef', warn: () => undefined };

describe('documents in an API version that a release has left behind', () => {
  it.each([
    ['v1beta3', 'v1.37.0'],
    ['v1beta2', 'v1.37.1'],
  ])('%s is refused for %s, with the way to write it anew', async (api, version) => {
    const error = await read(cluster(api, version))
      .then((documents) => initRequest({ documents, flags: {} }))
      .catch((thrown: InputError) => thrown as InputError);
    expect(error).toMatchObject({
      exitCode: 3,
      message: `c.yaml:1 apiVersion: kubeadm.k8s.io/${api} is not read for Kubernetes ${version}, only kubeadm.k8s.io/v1beta4`,
      hint: expect.stringContaining(
        `kinit config migrate --old-config FILE --new-config FILE --kubernetes-version ${version}`,
      ),
    });
  });

  it.each([
    ['v1beta4', 'v1.37.0'],
    ['v1beta3', 'v1.36.5'],
    ['v1beta2', 'v1.36.5'],
    ['v1beta4', 'v1.20.2'],
    ['v1beta3', ''],
  ])('%s passes for %s', async (api, version) => {
    expect(
      await problemsOf(read(cluster(api, version)).then((documents) => initRequest({ documents, flags: {} }))),
    ).toEqual([]);
  });

  it('are refused of a node that joins once the version of its cluster is known', async () => {
    const request = joinRequest({ documents: await read(join('v1beta3')), flags: {} });
    const complete = (version: string) => () =>
      completeJoin(request, { facts: anyNode, version: parseVersion(version) });
    expect(complete('v1.36.3')).not.toThrow();
    expect(complete('v1.37.0')).toThrow('kubeadm.k8s.io/v1beta3 is not read for Kubernetes v1.37.0');
  });

  it('are written anew, whatever version they name', async () => {
    const release = releaseFor(parseVersion('v1.37.0'));
    for (const text of [cluster('v1beta3', 'v1.37.0'), cluster('v1beta2', ''), join('v1beta3')]) {
      const migrated = migrate(await read(text), { ...given, release });
      expect(migrated.every(({ apiVersion }) => apiVersion === 'kubeadm.k8s.io/v1beta4')).toBe(true);
    }
  });

  it('are valid as long as they do not name such a release', async () => {
    const check = async (text: string) => {
      const documents = await read(text);
      return () => validate(documents, given);
    };
    expect(await check(cluster('v1beta3', 'v1.37.0'))).toThrow('is not read for Kubernetes v1.37.0');
    expect(await check(cluster('v1beta3', ''))).not.toThrow();
    expect(await check(join('v1beta3'))).not.toThrow();
  });

  it('v1 is read for none', async () => {
    expect((await problemsOf(read(cluster('v1', 'v1.37.0')))).join()).toMatch(
      /v1 is not read: kubeadm has it switched off/,
    );
  });
});
