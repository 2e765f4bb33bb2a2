import { describe, expect, it } from 'vitest';
import type { Change } from '../../../src/execute/change.ts';
import { kindOf } from '../../../src/execute/changes/table.ts';
import type { FileWrite, Operation } from '../../../src/host/host.ts';
import { Secret } from '../../../src/secret.ts';

const secret = new Secret('hidden');
const systemctl = (...words: string[]): Operation => ({ op: 'run', argv: ['systemctl', ...words], deadline: 120 });

/** undefined where it is none of the host's. */
function operationsFor(change: Change, minted: readonly FileWrite[] = []): readonly Operation[] | undefined {
  const { performed } = kindOf(change);
  return performed.by === 'host' ? performed.operations(change, minted) : undefined;
}

describe('what the host has to do for a change', () => {
  it.each<[string, Change, readonly Operation[]]>([
    [
      'a file',
      { kind: 'file', path: '/a', content: secret, mode: 0o600, owner: 'etcd:etcd' },
      [{ op: 'write', file: { path: '/a', content: secret, mode: 0o600, owner: 'etcd:etcd' } }],
    ],
    ['a directory', { kind: 'directory', path: '/a', mode: 0o700 }, [{ op: 'directory', path: '/a', mode: 0o700 }]],
    ['a path that is to go', { kind: 'absent', path: '/a' }, [{ op: 'remove', path: '/a' }]],
    [
      'a directory to empty',
      { kind: 'absent', path: '/a', contents: true },
      [{ op: 'remove', path: '/a', contents: true }],
    ],
    [
      'a command',
      { kind: 'command', argv: ['ctr', 'pull'], stdin: secret, deadline: 9 },
      [{ op: 'run', argv: ['ctr', 'pull'], stdin: secret, deadline: 9 }],
    ],
    [
      'a service that is to run',
      { kind: 'service', name: 'kubelet', state: 'running' },
      [systemctl('daemon-reload'), systemctl('restart', 'kubelet')],
    ],
    [
      'a service that is to run from every boot on',
      { kind: 'service', name: 'kubelet', state: 'running', enabled: true },
      [
        systemctl('enable', '--quiet', '--no-reload', 'kubelet'),
        systemctl('daemon-reload'),
        systemctl('restart', 'kubelet'),
      ],
    ],
    ['a service to stop', { kind: 'service', name: 'x', state: 'stopped' }, [systemctl('stop', 'x')]],
    [
      'a service to stop for good',
      { kind: 'service', name: 'x', state: 'stopped', enabled: false },
      [systemctl('disable', '--now', 'x')],
    ],
  ])('%s', (_, change, operations) => {
    expect(operationsFor(change)).toEqual(operations);
  });

  it('writes what was minted, in its order', () => {
    const key = { path: '/pki/sa.key', content: secret, mode: 0o600 };
    const pub = { path: '/pki/sa.pub', content: 'PEM', mode: 0o600 };
    const pair: Change = { kind: 'key-pair', privatePath: key.path, publicPath: pub.path, algorithm: 'RSA-2048' };
    expect(operationsFor(pair, [key, pub])).toEqual([
      { op: 'write', file: key },
      { op: 'write', file: pub },
    ]);
  });

  it('is nothing for a note or an object of the cluster', () => {
    const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c' } };
    for (const change of [
      { kind: 'note', text: 'x' },
      { kind: 'object', how: 'present', object },
    ] as const) {
      expect(operationsFor(change)).toBeUndefined();
    }
  });
});
