import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Observed } from '../../../../src/execute/observed.ts';
import type { ResetContext } from '../../../../src/phases/reset/context.ts';
import { podQuestions, podRemoval } from '../../../../src/phases/reset/pod-containers.ts';

/** Two pods of two containers; containerd lists a sandbox wherever its id sorts. */
const containers = ['app1', 'box1', 'app2', 'box2'];
const sandboxes = ['box1', 'box2'];

/** A `ctr` that writes down what it is asked. */
const ctr = `#!/bin/sh
shift 4
echo "$*" >>"$LOG"
[ "$1 $2" != 'containers list' ] || printf '%s\\n' ${sandboxes.join(' ')}
`;
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kinit-ctr-'));
  for (const [name, script] of Object.entries({ ctr, systemctl: '#!/bin/sh\n' })) {
    writeFileSync(join(folder, name), script);
    chmodSync(join(folder, name), 0o755);
  }
});
afterEach(() => rmSync(folder, { recursive: true }));

/** What containerd's own tool is asked, in order. */
function asked(): readonly string[] {
  const context = {
    config: { criSocket: 'unix:///run/containerd/containerd.sock' },
    facts: { programs: new Map([['ctr', '/usr/bin/ctr']]) },
  } as unknown as ResetContext;
  const listed = { code: 0, stdout: containers.join('\n'), stderr: '' };
  const commands = new Map(podQuestions(context).map((question) => [question.join('\0'), listed]));
  const [change] = podRemoval(context, { commands } as unknown as Observed);
  if (change?.kind !== 'command') throw new Error('nothing is removed');
  const [program = '', ...argv] = change.argv;
  execFileSync(program, argv, { env: { PATH: `${folder}:/usr/bin:/bin`, LOG: join(folder, 'log') } });
  return readFileSync(join(folder, 'log'), 'utf8').trim().split('\n');
}

/** A `crictl` that takes a moment for each pod, and with which one pod never goes. */
const crictl = `#!/bin/sh
shift 4
echo "begin $*" >>"$LOG"
[ "$2" != stuck ] || exit 1
sleep 0.3
echo "end $*" >>"$LOG"
`;

function throughCri(pods: readonly string[]): readonly string[] {
  writeFileSync(join(folder, 'crictl'), crictl);
  chmodSync(join(folder, 'crictl'), 0o755);
  const context = {
    config: { criSocket: 'unix:///run/containerd/containerd.sock' },
    facts: { programs: new Map([['crictl', '/usr/bin/crictl']]) },
  } as unknown as ResetContext;
  const listed = { code: 0, stdout: pods.join('\n'), stderr: '' };
  const commands = new Map(podQuestions(context).map((question) => [question.join('\0'), listed]));
  const [change] = podRemoval(context, { commands } as unknown as Observed);
  if (change?.kind !== 'command') throw new Error('nothing is removed');
  const [program = '', ...argv] = change.argv;
  const { status } = spawnSync(program, argv, { env: { PATH: `${folder}:/usr/bin:/bin`, LOG: join(folder, 'log') } });
  return [...readFileSync(join(folder, 'log'), 'utf8').trim().split('\n'), `code ${status}`];
}

describe('pods, through the CRI', () => {
  it('are let go beside each other, each stopped before it is removed', () => {
    const lines = throughCri(['a', 'b', 'c']);
    expect(lines.slice(0, 3).toSorted()).toEqual(['begin stopp a', 'begin stopp b', 'begin stopp c']);
    for (const pod of ['a', 'b', 'c']) {
      expect(lines.indexOf(`end stopp ${pod}`)).toBeLessThan(lines.indexOf(`begin rmp ${pod}`));
    }
    expect(lines.at(-1)).toBe('code 0');
  });

  it('are tried five times, and one that never goes is a failure and stops no other', () => {
    const lines = throughCri(['stuck', 'b']);
    expect(lines.filter((line) => line === 'begin stopp stuck')).toHaveLength(5);
    expect(lines).toContain('end rmp b');
    expect(lines.at(-1)).toBe('code 1');
  });
});

describe('the containers of pods, through containerd', () => {
  it('end before the sandbox of their pod, whose shim goes with the last task', () => {
    const ended = asked().flatMap((line) => /^tasks delete --force (.*)/.exec(line)?.[1] ?? []);
    expect([ended.slice(0, 2).toSorted(), ended.slice(2).toSorted()]).toEqual([['app1', 'app2'], sandboxes]);
  });

  it('are removed before it, so that whoever is interrupted still finds the pod', () => {
    const removed = asked().filter((line) => /^(containers|sandboxes) (delete|remove)/.test(line));
    expect(removed).toEqual([
      'containers delete app1',
      'containers delete app2',
      ...sandboxes.flatMap((id) => [`sandboxes remove --force ${id}`, `containers delete ${id}`]),
    ]);
  });
});
