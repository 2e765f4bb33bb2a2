import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Change } from '../../../src/execute/change.ts';
import type { Decided } from '../../../src/execute/decided.ts';
import type { CertificateSpec } from '../../../src/pki/certificate-table.ts';
import { planScript } from '../../../src/report/plan-script.ts';
import { plansText, planText } from '../../../src/report/plan-text.ts';
import { Secret } from '../../../src/secret.ts';

const spec = { name: 'apiserver', path: 'apiserver', signer: 'ca' } as unknown as CertificateSpec;
const password = 'a very secret text';

/** One of every kind of change. */
const changes: readonly Change[] = [
  { kind: 'note', text: '[certs] Using certificateDir folder\nof two lines' },
  { kind: 'file', path: '/etc/hosts', content: '127.0.0.1 localhost\n10.0.0.2 w1\n', mode: 0o644 },
  { kind: 'file', path: "/etc/it's", content: "no newline, EOF, $HOME and 'quotes'", mode: 0o600 },
  { kind: 'file', path: '/etc/eof', content: 'EOF\nEOF_\n', mode: 0o644 },
  { kind: 'file', path: '/etc/secret', content: new Secret(password), mode: 0o600 },
  { kind: 'directory', path: '/var/lib/etcd', mode: 0o700 },
  { kind: 'absent', path: '/etc/old' },
  { kind: 'absent', path: '/etc/cni/net.d', contents: true },
  { kind: 'certificate', directory: '/etc/kubernetes/pki', spec },
  {
    kind: 'key-pair',
    privatePath: '/etc/kubernetes/pki/sa.key',
    publicPath: '/etc/kubernetes/pki/sa.pub',
    algorithm: 'RSA-2048',
  },
  {
    kind: 'kubeconfig',
    path: '/etc/kubernetes/admin.conf',
    directory: '/etc/kubernetes/pki',
    clusterName: 'k',
    server: 's',
    user: 'u',
    client: spec,
    preferences: true,
  },
  { kind: 'command', argv: ['sysctl', '--system'], optional: true },
  { kind: 'command', argv: ['sh', '-c', "echo 'a b'"], stdin: 'one\ntwo' },
  { kind: 'command', argv: ['/usr/bin/login'], stdin: new Secret(password) },
  { kind: 'service', name: 'kubelet', state: 'running', enabled: true },
  {
    kind: 'object',
    how: 'present',
    object: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'cm', namespace: 'n' }, data: { a: 'b' } },
  },
  {
    kind: 'object',
    how: 'absent',
    object: { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's', namespace: 'n' } },
  },
  {
    kind: 'object',
    how: 'present',
    object: { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's2' }, data: { token: password } },
  },
  {
    kind: 'node',
    name: 'w1',
    labels: { disk: 'ssd' },
    annotations: { note: 'a b' },
    taints: [{ key: 'gpu', effect: 'NoSchedule' }],
  },
  {
    kind: 'wait',
    until: { on: 'http', what: 'a healthy kubelet', url: 'http://127.0.0.1:10248/healthz' },
    deadline: 10,
    advice: '',
  },
];
const decided = changes.map((change): Decided => ({ phase: 'phase', change }));

describe('a plan as text', () => {
  test('shows a changed file as a unified diff', () => {
    const text = planText([{ phase: 'hosts', change: changes[1]!, before: '127.0.0.1 localhost\n' }]);
    expect(text).toBe(
      [
        '~ [hosts] /etc/hosts (0644)',
        '    --- a/etc/hosts',
        '    +++ b/etc/hosts',
        '    @@ -1,1 +1,2 @@',
        '     127.0.0.1 localhost',
        '    +10.0.0.2 w1',
        '',
      ].join('\n'),
    );
  });

  test('shows of an object what differs, not what the server has added', () => {
    const before = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'cm', namespace: 'n', uid: '1' },
      data: { a: 'c' },
    };
    const text = planText([{ phase: 'addon', change: changes[15]!, before }]);
    expect(text).toContain('-  a: c\n');
    expect(text).toContain('+  a: b\n');
    expect(text).not.toContain('uid');
  });

  test('shows no secret', () => {
    expect(planText(decided)).not.toContain(password);
  });

  test('says nothing of lines of the story and of waits', () => {
    expect(planText([{ phase: 'p', change: changes[0]! }])).toBe('Nothing to do.\n');
  });

  test('counts changes and hosts', () => {
    const text = plansText([
      { host: 'cp1', changes: decided.slice(0, 2) },
      { host: 'w1', changes: [] },
    ]);
    expect(text).toContain('# cp1\n');
    expect(text).not.toContain('# w1');
    expect(text).toMatch(/Plan: 1 change on 1 host; nothing to do on 1\.\n$/);
  });

  test('says so where there is nothing to do anywhere', () => {
    expect(plansText([{ host: 'cp1', changes: [] }])).toBe('Nothing to do: everything is as the file says.\n');
  });
});

describe('a plan as a script', () => {
  const script = planScript({ host: 'w1\nrm -rf /', changes: decided });

  test('is valid for a POSIX shell', () => {
    const { status, stderr } = spawnSync('sh', ['-n'], { input: script, encoding: 'utf8' });
    expect(stderr).toBe('');
    expect(status).toBe(0);
  });

  test('holds no secret, but the places where they are wanted', () => {
    expect(script).not.toContain(password);
    expect(script).toContain('install -D -m 0600 "$SECRETS"/etc/secret /etc/secret');
    expect(script).toContain('install -D -m 0600 "$SECRETS"/etc/kubernetes/pki/apiserver.key');
    expect(script).toContain('kubectl apply -f "$OBJECTS"/001-configmap-cm.yaml');
  });

  test('asks only for the placeholders that it uses', () => {
    const small = planScript({ host: 'w1', changes: decided.slice(11, 12) });
    expect(small).toBe(
      '#!/bin/sh\n# What kinit would do on w1; to be run there as root.\nset -eu\n\n# phase\nsysctl --system || :\n',
    );
  });

  test('writes files byte for byte and with their mode', () => {
    const folder = mkdtempSync(join(tmpdir(), 'kinit-plan-'));
    mkdirSync(join(folder, 'etc'));
    const files = changes.flatMap((change) =>
      change.kind === 'file' && !(change.content instanceof Secret)
        ? [{ ...change, content: change.content, path: `${folder}${change.path}` }]
        : [],
    );
    const { status, stderr } = spawnSync('sh', ['-s'], {
      input: planScript({ host: 'here', changes: files.map((change) => ({ phase: 'p', change })) }),
      encoding: 'utf8',
    });
    expect(status, stderr).toBe(0);
    expect(files.length).toBeGreaterThan(0);
    for (const { path, content, mode } of files) {
      expect(readFileSync(path, 'utf8')).toBe(content);
      expect(statSync(path).mode & 0o777).toBe(mode);
    }
  });
});

test('a plan shows the URL of a mirror without its password', () => {
  const content = '[kubernetes]\nbaseurl=https://operator:hunter2@mirror.example/yum\n';
  const change: Change = { kind: 'file', path: '/etc/yum.repos.d/kinit.repo', content, mode: 0o600 };
  const text = planText([{ phase: 'repositories', change, before: '' }]);
  expect(text).toContain('baseurl=https://operator:<redacted>@mirror.example/yum');
  expect(text).not.toContain('hunter2');
});
