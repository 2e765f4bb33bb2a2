import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { type DayTwo, expectWell, figure } from './day-two.ts';
import { members } from './etcd.ts';
import { fingerprint, on } from './kit.ts';

const admin = '--kubeconfig=/etc/kubernetes/admin.conf';

/** What every control plane has of the PKI that nobody can make again, below the folder of one of them. */
const kept = ['ca', 'front-proxy-ca', 'etcd/ca'].flatMap((name) => [`${name}.crt`, `${name}.key`]);
const ofAccounts = ['sa.pub', 'sa.key'];

/**
 * All machines are lost, and what is left is on the workstation: the file, a snapshot and the encrypted PKI beside it. The cluster
 * comes back on one new machine and grows again.
 */
export function losingAll(given: DayTwo, afterwards: () => Promise<void>): void {
  const { kit, masters, worker } = given;
  const folder = join(kit.folder, 'backups');
  const passphrase = join(kit.folder, 'passphrase');
  const opened = join(kit.folder, 'opened');
  const backup = (ending: string) => join(folder, readdirSync(folder).find((name) => name.endsWith(ending)) ?? '');

  it('has a snapshot with the PKI beside it, and then nothing else', async () => {
    writeFileSync(passphrase, 'four words at random\n', { mode: 0o600 });
    await kit.kubectl('create', 'configmap', 'before', '--from-literal=a=1');
    const saved = await given.kinit('etcd', 'snapshot', 'save', `${folder}/`, '--pki-passphrase-file', passphrase);
    expect(saved.code, saved.told).toBe(0);
    await kit.kubectl('create', 'configmap', 'after', '--from-literal=a=1');
    await Promise.all([...masters(), worker()].map((host) => host.recreate()));
  });

  it('is not restored into another cluster', async () => {
    given.write(['m1']);
    const made = await given.kinit('up');
    expect(made.code, made.told).toBe(0);
    const [first] = masters();
    const before = await fingerprint(first!);
    const withPki = ['--pki', backup('.pki.age'), '--pki-passphrase-file', passphrase];
    for (const more of [[], withPki]) {
      const { code, told } = await given.kinit('etcd', 'snapshot', 'restore', backup('.db'), '--yes', ...more);
      expect([code, told]).toEqual([2, expect.stringMatching(/CA .*nothing was touched/s)]);
    }
    expect(await fingerprint(first!)).toBe(before);
    expect(await on(first!, 'kubectl', admin, 'get', 'configmaps', '-o', 'name')).not.toContain('configmap/before');
    await Promise.all([first!, worker()].map((host) => host.recreate()));
  });

  it('begins again on one machine with the CAs of before', async () => {
    given.write(['m1']);
    const started = Date.now();
    const argv = ['etcd', 'snapshot', 'open-pki', backup('.pki.age'), opened, '--pki-passphrase-file', passphrase];
    const pki = await kit.kinit(argv);
    expect(pki.code, pki.stderr).toBe(0);
    const [first] = masters();
    await on(first!, 'mkdir', '-p', '/etc/kubernetes/pki/etcd');
    for (const path of [...kept, ...ofAccounts]) {
      const stdin = readFileSync(join(opened, 'm1', path), 'utf8');
      await first!.run(['sh', '-c', `umask 077; cat >/etc/kubernetes/pki/${path}`], { stdin });
    }
    const { code, told } = await given.kinit('up');
    expect(code, told).toBe(0);
    figure('one new machine with the CAs of before, and a worker', (Date.now() - started) / 1000);
  });

  it('is restored there from the snapshot', async () => {
    const { code, told, seconds } = await given.kinit('etcd', 'snapshot', 'restore', backup('.db'), '--yes');
    expect(code, told).toBe(0);
    figure('restored on one of three', seconds);
    const [first] = masters();
    expect(await members(first!)).toEqual(['m1']);
    const names = await on(first!, 'kubectl', admin, 'get', 'configmaps', '-o', 'name');
    expect([names.includes('configmap/before'), names.includes('configmap/after')]).toEqual([true, false]);
    for (const name of ['m2', 'm3']) expect(told).toContain(`kinit node remove ${name} --config`);
  });

  it('grows to three again', async () => {
    const started = Date.now();
    for (const name of ['m2', 'm3']) {
      const removed = await given.kinit('node', 'remove', name, '--yes', '--force');
      expect(removed.code, removed.told).toBe(0);
    }
    given.write();
    const { code, told } = await given.kinit('up');
    expect(code, told).toBe(0);
    figure('grown to three again', (Date.now() - started) / 1000);
    expect(await members(masters()[0]!)).toEqual(['m1', 'm2', 'm3']);
    await afterwards();
    await expectWell(given);
    // Whoever held an admin.conf of before goes on with it.
    expect(await kit.kubectl('get', 'configmaps', '-o', 'name')).toContain('configmap/before');
    const again = await given.kinit('plan', '--all', '--exit-code');
    expect([again.code, again.stdout]).toEqual([0, 'Nothing to do: everything is as the file says.\n']);
  });
}
