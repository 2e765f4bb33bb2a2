import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { nothingObserved } from '../../../../src/execute/observed.ts';
import { endNewCluster, type LastMember } from '../../../../src/phases/new-cluster/force-new-cluster.ts';

const file = '/etc/kubernetes/manifests/etcd.yaml';
const dataDir = `/var/lib/etcd-of-${process.pid}`;

/** A process that calls itself etcd, with these flags. */
function etcdWith(...flags: readonly string[]) {
  const argv = ['-c', 'exec -a etcd sh -c "sleep 60; :" sh "$@"', 'bash', ...flags];
  return spawn('bash', argv, { stdio: 'ignore' });
}

test('ends the etcd with the flag, and no other', async () => {
  const manifest = `    - etcd\n    - --data-dir=${dataDir}\n    - --force-new-cluster=true\n`;
  const content = Buffer.from(manifest);
  const observed = { ...nothingObserved, files: new Map([[file, { content } as never]]) };
  const member = { host: 'm1', peerUrl: 'https://192.0.2.10:2380', dataDir, isAsked: true } as LastMember;
  const [ending] = endNewCluster
    .desired(member, observed)
    .flatMap((change) => (change.kind === 'command' && change.argv[0] === 'sh' ? [change.argv] : []));
  const [program = '', ...rest] = ending ?? [];
  const forced = etcdWith(`--data-dir=${dataDir}`, '--force-new-cluster=true');
  const others = [etcdWith(`--data-dir=${dataDir}`), etcdWith(`--data-dir=${dataDir}-2`, '--force-new-cluster=true')];
  const gone = once(forced, 'exit');
  try {
    await Promise.all([forced, ...others].map((child) => once(child, 'spawn')));
    const named = () => execFileSync('sh', ['-c', 'cat /proc/[0-9]*/cmdline 2>/dev/null | tr "\\0" " "; :']).toString();
    await expect.poll(() => named().split(`etcd -c sleep 60; : sh --data-dir=${dataDir}`).length).toBe(4);
    execFileSync(program, rest);
    await gone;
    expect(others.map(({ exitCode, signalCode }) => [exitCode, signalCode])).toEqual([
      [null, null],
      [null, null],
    ]);
  } finally {
    for (const child of [forced, ...others]) child.kill('SIGKILL');
  }
});
