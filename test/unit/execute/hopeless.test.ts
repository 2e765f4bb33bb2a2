import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { endsAgain, hopeless } from '../../../src/execute/hopeless.ts';
import { FakeHost } from '../../fakes/host.ts';

const looks = { first: 1, between: 1 };
/** The words of kube-apiserver v1.20.2. */
const unknownFlag = 'Error: unknown flag: --no-such-flag';

describe('waiting', () => {
  test('is given up as soon as what is waited for ends again and again with words that time does not mend', async () => {
    const answers = ['', 'E1129 connection refused', unknownFlag];
    const host = new FakeHost({ commands: { 'sh -c': () => ({ stdout: answers.shift() ?? '' }) } });
    const cause = await hopeless(host, new AbortController().signal, looks);
    expect(cause).toMatch(
      /^likely cause: a flag that this version does not know: .*\n {2}Error: unknown flag: --no-such/,
    );
    expect(answers).toEqual([]);
  });

  test('goes on while the host tells nothing, and ends with the wait', async () => {
    const over = new AbortController();
    let asked = 0;
    const host = new FakeHost({
      commands: {
        'sh -c': () => {
          asked += 1;
          if (asked === 3) over.abort();
          throw new Error('the connection is lost');
        },
      },
    });
    expect(await hopeless(host, over.signal, looks)).toBeUndefined();
    expect(asked).toBe(3);
  });
});

describe('the host tells what ends again and again', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'kinit-hopeless-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  /** What a host says where a container of the API server has left that log, so long ago, and the kubelet has said that. */
  function said({ pod = 'kube-apiserver', log = '1.log', secondsAgo = 0, kubelet = '' }): string {
    const logs = join(folder, `kube-system_${pod}-m1_1/container`);
    mkdirSync(logs, { recursive: true });
    writeFileSync(join(folder, 'kube-apiserver.yaml'), '');
    writeFileSync(join(logs, log), `2026-11-30T00:20:08Z stderr F ${unknownFlag}\n`);
    const then = new Date(Date.now() - secondsAgo * 1000);
    utimesSync(join(logs, log), then, then);
    writeFileSync(join(folder, 'journalctl'), `#!/bin/sh\ncat <<'SAID'\n${kubelet}\nSAID\n`);
    chmodSync(join(folder, 'journalctl'), 0o755);
    const [program = '', ...rest] = endsAgain(30, folder, folder);
    return execFileSync(program, rest, { env: { PATH: `${folder}:/usr/bin:/bin` }, encoding: 'utf8' }).trim();
  }

  test.each([
    ['a static pod that begins the second time', {}, true],
    ['one that has begun once', { log: '0.log' }, false],
    ['a pod that is not the control plane’s', { pod: 'somebodys-agent' }, false],
    ['one that ended before the wait', { secondsAgo: 90 }, false],
  ])('%s', (_, seen, isTold) => {
    expect(said(seen).includes(unknownFlag)).toBe(isTold);
  });

  test.each([
    [1, false],
    [2, true],
  ])('a kubelet that says it %i times: %s', (times, isTold) => {
    const kubelet = Array.from({ length: times }, () => 'F1129 unknown flag: --bad').join('\n');
    expect(said({ log: '0.log', kubelet }).includes('--bad')).toBe(isTold);
  });
});
