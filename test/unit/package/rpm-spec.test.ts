import { describe, expect, it } from 'vitest';
import { type RpmFile, rpmSpec, rpmVersion } from '../../../scripts/package/rpm-spec.ts';

const files: readonly RpmFile[] = [
  { path: '/usr/libexec/kinit/kinit', content: { copyOf: '/somewhere/kinit' }, mode: 0o755 },
  { path: '/usr/bin/kinitctl', content: { linkTo: '../libexec/kinit/kinit' } },
  { path: '/usr/share/doc/kinitctl/examples/a.yaml', content: 'a: 1\n', kind: 'doc' },
  { path: '/usr/share/licenses/kinitctl/LICENSE', content: 'text', kind: 'license' },
];
const wish = {
  name: 'kinitctl',
  version: '1.2.3',
  license: 'Apache-2.0',
  summary: 'Ready in 100% of cases',
  description: 'Brings up clusters.',
  architecture: 'x86_64',
  epoch: Date.UTC(2026, 10, 30, 12) / 1000,
  files,
};
const spec = rpmSpec(wish, '/staging');

describe('the spec of an RPM', () => {
  it('lists every file with its mode and owner, a link as it is', () => {
    expect(spec).toContain('\n%attr(0755, root, root) /usr/libexec/kinit/kinit\n/usr/bin/kinitctl\n');
    expect(spec).toContain('\n%doc %attr(0644, root, root) /usr/share/doc/kinitctl/examples/a.yaml\n');
    expect(spec).toContain('\n%license %attr(0644, root, root) /usr/share/licenses/kinitctl/LICENSE\n');
  });

  it('owns the folders that bear its name, and none of others', () => {
    const folders = spec.split('\n').flatMap((line) => /^%dir .* (\/\S+)$/.exec(line)?.[1] ?? []);
    expect(folders).toEqual([
      '/usr/libexec/kinit',
      '/usr/share/doc/kinitctl',
      '/usr/share/doc/kinitctl/examples',
      '/usr/share/licenses/kinitctl',
    ]);
  });

  it('takes its times from the release and its host from nowhere', () => {
    expect(spec).toContain('%global _buildhost kinit\n');
    expect(spec).toContain('%global use_source_date_epoch_as_buildtime 1\n');
    expect(spec).toContain('* Mon Nov 30 2026 kinit <kinit@localhost> - 1.2.3-1\n');
  });

  it('lets no text be a macro', () => {
    expect(spec).toContain('Summary: Ready in 100%% of cases\n');
  });

  it('lets a pre-release come before its release', () => {
    expect(rpmVersion('1.0.0-rc.1')).toBe('1.0.0~rc.1');
  });
});
