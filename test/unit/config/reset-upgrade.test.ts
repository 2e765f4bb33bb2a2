import { describe, expect, it } from 'vitest';
import { anyNode } from '../../../src/config/node-facts.ts';
import { readConfigFile } from '../../../src/config/read.ts';
import { completeReset, resetRequest } from '../../../src/config/reset.ts';
import type { ResetFlags } from '../../../src/config/reset-flags.ts';
import { type UpgradeFlags, upgradeRequest } from '../../../src/config/upgrade.ts';
import { parseVersion } from '../../../src/release/version.ts';

const doc = (kind: string, body: string) => `apiVersion: kubeadm.k8s.io/v1beta4\nkind: ${kind}\n${body}`;

async function reset(flags: ResetFlags, body?: string, version = 'v1.36.2') {
  const documents = body === undefined ? undefined : await readConfigFile(doc('ResetConfiguration', body), 'r.yaml');
  return completeReset(resetRequest({ documents, flags }), { facts: anyNode, version: parseVersion(version) });
}

async function upgrade(flags: UpgradeFlags, body?: string) {
  const documents = body === undefined ? undefined : await readConfigFile(doc('UpgradeConfiguration', body), 'u.yaml');
  return upgradeRequest({ documents, flags, command: 'apply' });
}

describe('reset', () => {
  it('has kubeadm defaults', async () => {
    expect(await reset({}, undefined, 'v1.20.2')).toMatchObject({
      certificatesDir: '/etc/kubernetes/pki',
      criSocket: '/var/run/dockershim.sock',
      cleanupTmpDir: false,
      force: false,
      unmountFlags: [],
    });
  });

  it('takes flags beside the file only where kubeadm does', async () => {
    const { force, ignorePreflightErrors } = await reset(
      { config: 'r', force: true, ignorePreflightErrors: ['a'] },
      'ignorePreflightErrors: [b]\n',
    );
    expect([force, ignorePreflightErrors]).toEqual([true, ['b', 'a']]);
    await expect(reset({ config: 'r', certDir: '/a' }, 'force: true\n')).rejects.toThrow(
      '--config: cannot be mixed with --cert-dir',
    );
  });

  it.each([
    ['certificatesDir: pki\n', 'r.yaml:3 certificatesDir: "pki" is not an absolute path'],
    ['unmountFlags: [MNT_DETACH, MNT_X]\n', 'r.yaml:3 unmountFlags[1]: "MNT_X" is not one of MNT_FORCE'],
    ['criSocket: "http://a"\n', 'r.yaml:3 criSocket: only sockets of the scheme unix'],
  ])('refuses %s', async (body, problem) => {
    await expect(reset({}, body)).rejects.toThrow(problem);
  });
});

describe('upgrade', () => {
  it('has kubeadm defaults', async () => {
    expect(await upgrade({})).toMatchObject({
      apply: {
        certificateRenewal: true,
        etcdUpgrade: true,
        forceUpgrade: false,
        imagePullPolicy: 'IfNotPresent',
        imagePullSerial: true,
      },
      node: { certificateRenewal: true, etcdUpgrade: true },
      plan: { etcdUpgrade: true, printConfig: false },
      diff: {},
    });
  });

  it('lays the flags of a subcommand over its own part of the file', async () => {
    const { apply, node } = await upgrade(
      { version: 'v1.36.2', force: true },
      'apply: {kubernetesVersion: v1.35.0, dryRun: true}\nnode: {dryRun: false}\n',
    );
    expect(apply).toMatchObject({ kubernetesVersion: 'v1.36.2', forceUpgrade: true, dryRun: true });
    expect(node.dryRun).toBe(false);
  });

  it.each([
    ['apply: {kubernetesVersion: "1.36"}\n', 'u.yaml:3 apply.kubernetesVersion: "1.36" names no patch release'],
    ['node: {patches: {directory: patches}}\n', 'u.yaml:3 node.patches.directory: "patches" is not an absolute path'],
    ['node: {imagePullPolicy: Maybe}\n', 'u.yaml:3 node.imagePullPolicy: has to be Always'],
    ['diff: {contextLines: -1}\n', 'u.yaml:3 diff.contextLines: has to be a number of lines'],
  ])('refuses %s', async (body, problem) => {
    await expect(upgrade({}, body)).rejects.toThrow(problem);
  });
});
