import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { nothingObserved } from '../../src/execute/observed.ts';
import type { JoinContext } from '../../src/phases/join-context.ts';
import { ownWay } from '../../src/phases/load-balancer/own-way.ts';

const way = '127.0.0.1 api.kinit.internal';
const header = '# Kubernetes-managed hosts file (host network).\n';
const old = '127.0.0.1 localhost\n# BEGIN kinit\n10.0.0.11 m1\n10.0.0.11 api.kinit.internal\n# END kinit\n';
const context = { balancing: { hostsLines: [way], way } } as unknown as JoinContext;

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'kinit-hosts-'));
});
afterEach(() => rmSync(root, { recursive: true }));

function pod(uid: string, text: string): string {
  const folder = join(root, 'var/lib/kubelet/pods', uid);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'etc-hosts'), text);
  return join(folder, 'etc-hosts');
}

/** A command of the phase, in a shell, on a kubelet's folder of ours. */
function run(argv: readonly string[]): string {
  const [program = '', ...rest] = argv.map((word) =>
    word.replaceAll('/var/lib/kubelet', join(root, 'var/lib/kubelet')),
  );
  return execFileSync(program, rest, { encoding: 'utf8' });
}

const looking = () => run(ownWay.reads(context).commands?.[0] ?? []);

function following(): void {
  const content = Buffer.from('# BEGIN kinit\n10.0.0.11 api.kinit.internal\n# END kinit\n');
  const files = new Map([
    ['/etc/hosts', { type: 'file' as const, mode: 0o644, owner: 'root:root', modified: 1, content }],
  ]);
  for (const change of ownWay.desired(context, { ...nothingObserved, files })) {
    if (change.kind === 'command') run(change.argv);
  }
}

describe('copies of the hosts file in pods of the host’s network', () => {
  test('that lead another way are found, and follow in the file that their container has', () => {
    const file = pod('1', header + old);
    const inode = statSync(file).ino;
    expect(looking().trim()).toBe(file);
    following();
    expect(readFileSync(file, 'utf8')).toBe(header + old.replace('10.0.0.11 api.kinit.internal', way));
    expect(statSync(file).ino).toBe(inode);
    expect(looking()).toBe('');
  });

  test.each([
    ['of a pod with an address of its own', `# Kubernetes-managed hosts file.\n${old}`],
    ['that lead the same way', header + old.replace('10.0.0.11 api.kinit.internal', way)],
    ['that know nothing of the name', `${header}127.0.0.1 localhost\n10.0.0.9 api.kinit.internals\n`],
    ['in which the name stands in a comment', `${header}# 10.0.0.11 api.kinit.internal\n`],
  ])('%s stay as they are', (_, text) => {
    const file = pod('1', text);
    expect(looking()).toBe('');
    following();
    expect(readFileSync(file, 'utf8')).toBe(text);
  });

  test('of a kube-proxy that began before the host knew the name have it, too', () => {
    const file = pod('1', `${header}127.0.0.1 localhost\n`);
    mkdirSync(join(root, 'var/lib/kubelet/pods/1/volumes/kubernetes.io~configmap/kube-proxy'), { recursive: true });
    following();
    expect(readFileSync(file, 'utf8')).toBe(`${header}127.0.0.1 localhost\n${way}\n`);
    expect(looking()).toBe('');
  });

  test('are none on a node without pods', () => {
    expect(looking()).toBe('');
    expect(following).not.toThrow();
  });
});
