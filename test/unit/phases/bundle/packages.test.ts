import { describe, expect, it } from 'vitest';
import type { BundleLock } from '../../../../src/bundle/lock.ts';
import type { Change } from '../../../../src/execute/change.ts';
import { nothingObserved } from '../../../../src/execute/observed.ts';
import type { BundleContext } from '../../../../src/phases/bundle/context.ts';
import { bundleInstall, bundlePackages } from '../../../../src/phases/bundle/packages.ts';
import { factsOf, type Machine } from '../../preflight/hosts.ts';

const rpms = [
  'kubelet-1.20.2-0.x86_64',
  'kubernetes-cni-0.8.7-0.x86_64',
  'socat-1.7.4.4-1.x86_64',
  'bash-5.1.8-6.el9.x86_64',
];
const files = [...rpms.map((name) => `rpms/${name}.rpm`), 'rpms/repodata/repomd.xml', 'images/pause.tar'];

const lock: BundleLock = {
  apiVersion: 'kinit.dev/v1alpha1',
  kind: 'Bundle',
  created: '2026-11-21T00:00:00.000Z',
  kubernetesVersion: 'v1.20.2',
  distribution: { id: 'centos', version: '9', architecture: 'x86_64' },
  packages: ['kubelet-1.20.2', 'socat'],
  images: [],
  files: files.map((path) => ({ path, size: 1, sha256: 'a'.repeat(64) })),
};

const context: BundleContext = {
  lock,
  digest: '0123456789abcdef0123',
  source: () => ({ size: 1, sha256: 'a'.repeat(64), read: async () => Buffer.from('x') }),
  role: 'control-plane',
  criSocket: () => 'unix:///var/run/containerd/containerd.sock',
};

function seen(machine: Machine, installed: readonly string[] = []) {
  const query = ['rpm', '-qa', '--qf', '%{NAME} %{NAME}-%{VERSION}-%{RELEASE}.%{ARCH}\\n'];
  const stdout = installed.map((full) => `${full.replace(/-[^-]+-[^-]+$/, '')} ${full}\n`).join('');
  return {
    ...nothingObserved,
    facts: factsOf(machine),
    commands: new Map([[query.join('\0'), { code: 0, stdout, stderr: '' }]]),
  };
}

const uploads = (changes: readonly Change[]) =>
  changes.flatMap((change) => (change.kind === 'upload' ? [change.path] : []));

describe("a bundle's packages", () => {
  it('are brought to a folder named after the bundle, with their metadata', () => {
    const changes = bundlePackages.desired(context, seen('stream-9'));
    const folder = '/var/lib/kinit/bundle/0123456789abcdef';
    expect(uploads(changes)).toEqual([
      ...rpms.map((name) => `${folder}/rpms/${name}.rpm`),
      `${folder}/rpms/repodata/repomd.xml`,
    ]);
    expect(changes.at(-1)).toMatchObject({ kind: 'file', path: '/etc/yum.repos.d/kinit-bundle.repo', mode: 0o644 });
    expect((changes.at(-1) as { content: string }).content).toContain(`baseurl=file://${folder}/rpms\nenabled=0\n`);
  });

  it('are not brought where they are installed', () => {
    const changes = bundlePackages.desired(
      context,
      seen('stream-9', ['bash-5.1.8-6.el9.x86_64', 'socat-1.7.0-1.x86_64']),
    );
    expect(uploads(changes).map((path) => path.split('/').at(-1))).toEqual([
      'kubelet-1.20.2-0.x86_64.rpm',
      'kubernetes-cni-0.8.7-0.x86_64.rpm',
      'socat-1.7.4.4-1.x86_64.rpm',
      'repomd.xml',
    ]);
  });

  it.each<[string, Machine, Partial<NonNullable<BundleLock['distribution']>>]>([
    ['another distribution', 'rocky-9', {}],
    ['an older release', 'centos-8', {}],
    ['another architecture', 'stream-9', { architecture: 'aarch64' }],
  ])('are refused by %s, which is named with what the bundle is for', (_, machine, other) => {
    const distribution = { id: 'centos', version: '9', architecture: 'x86_64', ...other };
    const refused = () => bundlePackages.desired({ ...context, lock: { ...lock, distribution } }, seen(machine));
    expect(refused).toThrow(/the bundle's packages are for centos 9 on .*, and this is .+ on x86_64/);
  });

  it('are none in a bundle of images', () => {
    const { distribution: _, ...images } = lock;
    expect(bundlePackages.desired({ ...context, lock: images }, seen('rocky-9'))).toEqual([]);
  });
});

describe('installing from a bundle', () => {
  it('asks no repository but the bundle', () => {
    expect(bundleInstall.desired(context, seen('stream-9'))).toMatchObject([
      {
        kind: 'packages',
        manager: 'dnf',
        names: ['kubelet-1.20.2', 'socat'],
        options: ['--disablerepo=*', '--enablerepo=kinit-bundle', '--disableexcludes=all'],
      },
    ]);
  });

  it('uses yum where there is no dnf', () => {
    expect(bundleInstall.desired(context, seen('centos-7'))).toMatchObject([{ manager: 'yum' }]);
  });

  it.each([
    [['kubelet-1.20.2-0.x86_64', 'socat-1.7.0-1.x86_64'], []],
    [['kubelet-1.20.20-0.x86_64', 'socat-1.7.0-1.x86_64'], ['kubelet-1.20.2']],
    [['kubelet-1.19.0-0.x86_64'], ['kubelet-1.20.2', 'socat']],
  ])('where %j is there, asks for %j', (installed, missing) => {
    const names = bundleInstall
      .desired(context, seen('stream-9', installed))
      .flatMap((change) => (change.kind === 'packages' ? change.names : []));
    expect(names).toEqual(missing);
  });

  it.each([
    ['containerd.io-1.6.20-3.1.el9.x86_64', []],
    ['containerd.io-2.1.0-1.el9.x86_64', ['containerd.io-1.*']],
  ])('takes %s for what %j asks for', (installed, missing) => {
    const runtime = { ...context, lock: { ...lock, packages: ['containerd.io-1.*'] } };
    const changes = bundleInstall.desired(runtime, seen('stream-9', [installed]));
    expect(changes.flatMap((change) => (change.kind === 'packages' ? change.names : []))).toEqual(missing);
  });
});
