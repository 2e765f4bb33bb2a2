import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { downloading, listingKubelets } from '../../../src/distribution/package-questions.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kinit-offered-'));
  const dnf = `#!/bin/sh
echo "$*"
for word; do case $word in --setopt=reposdir=*) cat "\${word#*reposdir=}"/*.repo ;; esac; done
`;
  for (const manager of ['dnf', 'yum']) writeFileSync(join(folder, manager), dnf, { mode: 0o755 });
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function asked([program = '', ...rest]: readonly string[], repositories: string): readonly string[] {
  const env = { PATH: `${folder}:/usr/bin:/bin`, TMPDIR: folder };
  return execFileSync(program, rest, { input: repositories, env, encoding: 'utf8' }).trimEnd().split('\n');
}

const ofAnother = '[kinit]\nbaseurl=http://mirror/v1.21';

test.each([
  ['dnf', '--refresh'],
  ['yum', String.raw`--setopt=cachedir=\S+\/cache`],
])('the repositories of another version are asked with %s, and nothing of them stays', (manager, cache) => {
  const [line, ...files] = asked(listingKubelets(manager), ofAnother);
  expect(line).toMatch(
    new RegExp(String.raw`^-q --setopt=reposdir=\S+ ${cache} --disableexcludes=all --showduplicates list kubelet$`),
  );
  expect(files).toEqual(['[kinit]', 'baseurl=http://mirror/v1.21']);
  expect(readdirSync(folder).sort()).toEqual(['dnf', 'yum']);
});

test('an operator’s own repositories are asked as they are', () => {
  const line = '-q --disableexcludes=all --showduplicates list kubelet';
  expect(['dnf', 'yum'].map((manager) => asked(listingKubelets(manager), ''))).toEqual([[line], [line]]);
});

test('packages of another version come into the cache, and nothing is installed', () => {
  const [line, ...files] = asked(downloading('dnf', ['kubelet-1.21.9', 'kubectl-1.21.9']) ?? [], ofAnother);
  expect(line).toMatch(
    /^-y -q --disableexcludes=all --nogpgcheck --downloadonly install --setopt=reposdir=\S+ kubelet-1\.21\.9 kubectl-1\.21\.9$/,
  );
  expect(files).toEqual(['[kinit]', 'baseurl=http://mirror/v1.21']);
  expect(downloading('yum', ['kubelet-1.21.9'])).toBeUndefined();
});
