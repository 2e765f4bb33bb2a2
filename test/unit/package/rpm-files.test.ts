import { gunzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { rpmFiles } from '../../../scripts/package/rpm-files.ts';
import type { RpmFile } from '../../../scripts/package/rpm-spec.ts';
import { commandTable } from '../../../src/commands/table.ts';

const what = { version: '1.2.3', description: 'Bring up Kubernetes', epoch: 1_800_000_000 };
let files: readonly RpmFile[];
beforeAll(async () => {
  files = await rpmFiles('/made/kinit', { libraries: 'theirs', node: 'of Node' }, what);
});

const at = (path: string) => files.find((file) => file.path === path)?.content;

describe('what the RPM installs', () => {
  it('leaves every name of MIT Kerberos alone', () => {
    const shared = files.map(({ path }) => path).filter((path) => !path.startsWith('/usr/libexec/kinit/'));
    const name = /^_?kinit(?:\.|-|$)/;
    expect(shared.filter((path) => name.test(path.split('/').at(-1) ?? ''))).toEqual([]);
    expect(at('/usr/bin/kinitctl')).toEqual({ linkTo: '../libexec/kinit/kinit' });
    expect(at('/usr/libexec/kinit/kinit')).toEqual({ copyOf: '/made/kinit' });
  });

  it('completes kinitctl, and not Kerberos’ kinit', () => {
    const bash = String(at('/usr/share/bash-completion/completions/kinitctl'));
    expect(bash).toMatch(/^complete -o default -F _kinitctl_completion kinitctl$/m);
    expect(String(at('/usr/share/zsh/site-functions/_kinitctl'))).toMatch(/^#compdef kinitctl$/m);
    const fish = String(at('/usr/share/fish/vendor_completions.d/kinitctl.fish'));
    expect(new Set(fish.match(/^complete -c \S+/gm))).toEqual(new Set(['complete -c kinitctl']));
  });

  it('has a page of the manual for every command of the table', () => {
    for (const { name, summary } of commandTable) {
      const page = gunzipSync(at(`/usr/share/man/man1/kinitctl-${name}.1.gz`) as Buffer).toString();
      expect(page).toContain(`.SH NAME\nkinitctl\\-${name} \\- ${summary.replaceAll('-', '\\-')}\n`);
    }
  });

  it('brings the licences of kinit, of its libraries and of Node', () => {
    expect(String(at('/usr/share/licenses/kinitctl/LICENSE'))).toContain('Apache License');
    expect(at('/usr/share/licenses/kinitctl/LICENSES-libraries.txt')).toBe('theirs');
    expect(at('/usr/share/licenses/kinitctl/LICENSE-node')).toBe('of Node');
  });

  it('brings the pages that the README leads to, and the examples that they name', () => {
    const readme = String(at('/usr/share/doc/kinitctl/README.md'));
    const pages = [...readme.matchAll(/\]\((docs\/[^)]+)\)/g)].map(([, page = '']) => page);
    for (const page of pages) {
      const text = at(`/usr/share/doc/kinitctl/${page}`);
      expect(text, page).toBeDefined();
      for (const [, example = ''] of String(text).matchAll(/\]\(\.\.\/(examples\/[^)]+)\)/g))
        expect(at(`/usr/share/doc/kinitctl/${example}`), example).toBeDefined();
    }
  });
});
