import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { showAgain, shownAgain } from '../../../src/execute/shown-again.ts';
import { FakeHost } from '../../fakes/host.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kinit-shown-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const manifest = () => join(folder, 'etcd');

/** Runs the command where the kubelet has said so; gives whether the manifest was away while it slept. */
function run(said: string): boolean {
  const programs = {
    journalctl: `cat <<'SAID'\n${said}\nSAID`,
    sleep: `[ -e '${manifest()}' ] || echo yes >'${join(folder, 'was-away')}'`,
  };
  for (const [name, script] of Object.entries(programs)) {
    writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`);
    chmodSync(join(folder, name), 0o755);
  }
  const [program = '', ...rest] = shownAgain(manifest(), join(folder, 'aside'));
  execFileSync(program, rest, { env: { PATH: `${folder}:/usr/bin:/bin` } });
  return existsSync(join(folder, 'was-away'));
}

describe('the manifest of etcd', () => {
  /** The words of a kubelet v1.20.2. */
  const refused =
    'W1129 22:26:36.227213 191 predicate.go:113] Failed to admit pod etcd-cp3_kube-system(68ecfba0) - Unexpected error while attempting to recover from admission failure: [(res: ephemeral-storage, q: 104857600), ]';

  test('goes and comes again where the kubelet has refused the pod', () => {
    writeFileSync(manifest(), 'kind: Pod\n');
    expect(run(refused)).toBe(true);
    expect(readFileSync(manifest(), 'utf8')).toBe('kind: Pod\n');
  });

  test.each([
    ['the kubelet is pulling its image', 'I1129 Pulling image "k8s.gcr.io/etcd:3.4.13-0"'],
    ['another pod was refused', 'W1129 Failed to admit pod web-0_default(68ecfba0) - no room'],
  ])('stays where %s', (_, said) => {
    writeFileSync(manifest(), 'kind: Pod\n');
    expect(run(said)).toBe(false);
    expect(existsSync(manifest())).toBe(true);
  });

  test('is not missed where there is none', () => {
    expect(run(refused)).toBe(false);
    expect(existsSync(manifest())).toBe(false);
  });
});

test('is shown again and again until what waits for etcd is over, whatever the host answers', async () => {
  const over = new AbortController();
  let asked = 0;
  const host = new FakeHost({
    commands: {
      'sh -c': () => {
        asked += 1;
        if (asked === 1) throw new Error('the connection is lost');
        if (asked === 3) over.abort();
        return { code: 0 };
      },
    },
  });
  await showAgain(host, over.signal, 1);
  expect(asked).toBe(3);
});
