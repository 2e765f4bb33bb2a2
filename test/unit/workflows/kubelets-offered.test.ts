import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { listingKubelets } from '../../../src/workflows/cluster/upgrade/way/kubelets-offered.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kinit-offered-'));
  const dnf = `#!/bin/sh
echo "$*"
for word; do case $word in --setopt=reposdir=*) cat "\${word#*reposdir=}"/*.repo ;; esac; done
`;
  writeFileSync(join(folder, 'dnf'), dnf);
  chmodSync(join(folder, 'dnf'), 0o755);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function asked(repositories: string): readonly string[] {
  const [program = '', ...rest] = listingKubelets('dnf');
  const env = { PATH: `${folder}:/usr/bin:/bin`, TMPDIR: folder };
  return execFileSync(program, rest, { input: repositories, env, encoding: 'utf8' }).trimEnd().split('\n');
}

test('the repositories of another version are asked, beside those of the host, and nothing of them stays', () => {
  const [line, ...files] = asked('[kinit]\nbaseurl=http://mirror/v1.21');
  expect(line).toMatch(
    /^-q --setopt=reposdir=\S+ --setopt=cachedir=\S+\/cache --disableexcludes=all --showduplicates list kubelet$/,
  );
  expect(files).toEqual(['[kinit]', 'baseurl=http://mirror/v1.21']);
  expect(readdirSync(folder)).toEqual(['dnf']);
});

test('an operator’s own repositories are asked as they are', () => {
  expect(asked('')).toEqual(['-q --disableexcludes=all --showduplicates list kubelet']);
});
