import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { kinit as runKinit } from '../command-line.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kinit-phases-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Runs kinit for a bare host below a folder; nothing of this machine is changed. */
async function kinit(...argv: readonly string[]) {
  const { code, out, err } = await runKinit(argv, {
    env: { HOME: folder },
    cwd: folder,
    now: () => Date.UTC(2026, 0, 1),
  });
  return { code, stdout: out, stderr: err };
}

const render = (version: string, ...argv: readonly string[]) =>
  kinit('init', ...argv, '--kubernetes-version', version, '--output-dir', join(folder, 'out'));

const written = () =>
  readdirSync(join(folder, 'out'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + '/out'.length))
    .filter((path) => path !== '/api-objects.yaml')
    .sort();

describe('one phase alone makes what is its own:', () => {
  test.each([
    [
      ['certs', 'ca'],
      ['/etc/kubernetes/pki/ca.crt', '/etc/kubernetes/pki/ca.key'],
    ],
    [
      ['certs', 'sa'],
      ['/etc/kubernetes/pki/sa.key', '/etc/kubernetes/pki/sa.pub'],
    ],
    [['control-plane', 'scheduler'], ['/etc/kubernetes/manifests/kube-scheduler.yaml']],
    [['etcd', 'local'], ['/etc/kubernetes/manifests/etcd.yaml']],
    [['upload-certs'], []],
    [['uploadconfig', 'kubeadm'], []],
  ])('%s', async (words, files) => {
    const { code, stderr } = await render('v1.31.0', 'phase', ...words);
    expect(code, stderr).toBe(0);
    expect(written()).toEqual(files);
  });

  test('all of its sub-phases with `all`', async () => {
    await render('v1.31.0', 'phase', 'control-plane', 'all');
    expect(written()).toHaveLength(3);
  });
});

describe('phases one by one below a folder', () => {
  test('go on with what earlier ones left there', async () => {
    await render('v1.31.0', 'phase', 'certs', 'all');
    const ca = readFileSync(join(folder, 'out/etc/kubernetes/pki/ca.crt'), 'utf8');
    const { code, stderr } = await render('v1.31.0', 'phase', 'kubeconfig', 'all');
    expect(code, stderr).toBe(0);
    const admin = readFileSync(join(folder, 'out/etc/kubernetes/admin.conf'), 'utf8');
    expect(admin).toContain(Buffer.from(ca).toString('base64'));
    expect(await render('v1.31.0', 'phase', 'certs', 'ca')).toMatchObject({ code: 0 });
    expect(readFileSync(join(folder, 'out/etc/kubernetes/pki/ca.crt'), 'utf8')).toBe(ca);
  });

  test('leave directories with the modes that kubeadm gives them', async () => {
    await render('v1.31.0');
    const modes = [
      'etc',
      'etc/kubernetes/manifests',
      'etc/kubernetes/pki/etcd',
      'var/lib',
      'var/lib/kubelet',
      'var/lib/etcd',
    ];
    const mode = (path: string) => (statSync(join(folder, 'out', path)).mode & 0o777).toString(8);
    expect(modes.map(mode)).toEqual(['755', '700', '755', '755', '700', '700']);
  });
});

describe('phases follow the target’s kubeadm:', () => {
  test.each([
    ['v1.28.0', ['kubeconfig', 'super-admin'], 'has no sub-phase "super-admin"'],
    ['v1.25.0', ['show-join-command'], 'has no phase "show-join-command"'],
    ['v1.36.0', ['kubelet-finalize', 'experimental-cert-rotation'], 'has no sub-phase "experimental-cert-rotation"'],
  ])('%s refuses %s', async (version, words, message) => {
    const { code, stderr } = await render(version, 'phase', ...words);
    expect(stderr).toContain(message);
    expect(code).toBe(3);
  });

  test('a phase that needs others is not run alone', async () => {
    expect(await render('v1.31.0', 'phase', 'show-join-command')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('kinit token create --print-join-command') as string,
    });
  });
});

describe('phases that are left out', () => {
  test('by name, alias and sub-phase', async () => {
    const { code } = await render(
      'v1.31.0',
      '--skip-phases',
      'certs/sa,kubeconfig/scheduler',
      '--skip-phases',
      'uploadconfig,addon',
    );
    expect(code).toBe(0);
    expect(written()).not.toContain('/etc/kubernetes/pki/sa.key');
    expect(written()).not.toContain('/etc/kubernetes/scheduler.conf');
    expect(written()).toContain('/etc/kubernetes/super-admin.conf');
    const objects = readFileSync(join(folder, 'out/api-objects.yaml'), 'utf8');
    expect(objects).not.toContain('name: kubeadm-config');
    expect(objects).not.toContain('name: coredns');
    expect(objects).toContain('name: cluster-info');
  });

  test('must be phases: the nearest is offered', async () => {
    const { code, stderr } = await render('v1.31.0', '--skip-phases', 'adon');
    expect(code).toBe(3);
    expect(stderr).toContain('--skip-phases: kubeadm v1.31.0 has no phase "adon" of init; did you mean "addon"?');
  });
});

describe('--print-manifest', () => {
  test('prints the objects of an addon and changes nothing', async () => {
    const { code, stdout } = await kinit(
      ...['init', 'phase', 'addon', 'coredns', '--print-manifest', '--kubernetes-version', 'v1.31.0'],
      ...['--service-dns-domain', 'example.org'],
    );
    expect(code).toBe(0);
    expect(stdout.match(/^kind: .*$/gm)).toEqual([
      'kind: ConfigMap',
      'kind: ClusterRole',
      'kind: ClusterRoleBinding',
      'kind: ServiceAccount',
      'kind: Deployment',
      'kind: Service',
    ]);
    expect(stdout).toContain('kubernetes example.org');
  });
});
