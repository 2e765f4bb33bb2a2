import { describe, expect, it } from 'vitest';
import type { Change, ServiceChange } from '../../../src/execute/change.ts';
import { difference } from '../../../src/execute/difference.ts';
import { nothingObserved, type Observed } from '../../../src/execute/observed.ts';
import { stamped } from '../../../src/execute/stamp.ts';
import type { SeenFile, SeenPath } from '../../../src/host/host.ts';
import type { KubeObject } from '../../../src/kube/client.ts';
import { Secret } from '../../../src/secret.ts';

const now = Date.UTC(2026, 0, 1);

const file = (text: string, more: Partial<SeenFile> = {}): SeenFile => ({
  type: 'file',
  mode: 0o644,
  owner: 'root:root',
  modified: 100,
  content: Buffer.from(text),
  ...more,
});
const path = (type: SeenPath['type'], entries?: readonly string[]): SeenPath => ({
  type,
  mode: 0o755,
  owner: 'root:root',
  modified: 100,
  ...(entries === undefined ? {} : { entries }),
});
const files = (seen: Record<string, SeenFile>): Partial<Observed> => ({ files: new Map(Object.entries(seen)) });
const paths = (seen: Record<string, SeenPath>): Partial<Observed> => ({ paths: new Map(Object.entries(seen)) });
const objects = (...all: readonly KubeObject[]): Partial<Observed> => ({
  objects: new Map(all.map((each) => [`${each.kind}/${each.metadata.namespace ?? ''}/${each.metadata.name}`, each])),
});

const hosts: Change = { kind: 'file', path: '/etc/hosts', content: 'one\n', mode: 0o644 };
const secret: Change = { kind: 'file', path: '/etc/key', content: new Secret('hidden'), mode: 0o600 };
const source = { size: 3, sha256: 'ab', read: async () => Buffer.from('abc') };
const upload: Change = { kind: 'upload', path: '/var/cache/ab/x.rpm', mode: 0o644, source };
const directory: Change = { kind: 'directory', path: '/etc/kubernetes', mode: 0o700 };
const absent: Change = { kind: 'absent', path: '/etc/old' };
const emptied: Change = { kind: 'absent', path: '/etc/old', contents: true };
const map: KubeObject = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'c', namespace: 'kube-system' },
  data: { a: '1' },
};
const present: Change = { kind: 'object', how: 'present', object: map };
const once: Change = { kind: 'object', how: 'once', object: map };
const deleted: Change = { kind: 'object', how: 'absent', object: map };
const applied: Change = { kind: 'object', how: 'applied', object: stamped(map) };
const taint = { key: 'node-role.kubernetes.io/control-plane', effect: 'NoSchedule' };
const mark: Change = { kind: 'node', name: 'cp1', labels: { role: '' }, annotations: { socket: 's' }, taints: [taint] };
const node = (labels: object, annotations: object, taints: readonly object[]): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: {
    name: 'cp1',
    labels: labels as Record<string, string>,
    annotations: annotations as Record<string, string>,
  },
  spec: { taints },
});

describe('a change is left out where it already holds', () => {
  it.each<[string, Change, Partial<Observed>]>([
    ['a file with this content and mode', hosts, files({ '/etc/hosts': file('one\n') })],
    ['a secret file with this content and mode', secret, files({ '/etc/key': file('hidden', { mode: 0o600 }) })],
    [
      'a file that is only to be there',
      { ...hosts, keep: true },
      files({ '/etc/hosts': file('two\n', { mode: 0o600 }) }),
    ],
    [
      'a file of the owner that is wanted',
      { ...hosts, owner: 'etcd:etcd' },
      files({ '/etc/hosts': file('one\n', { owner: 'etcd:etcd' }) }),
    ],
    ['a directory that somebody gave another mode', directory, paths({ '/etc/kubernetes': path('directory') })],
    ['an upload of this name', upload, paths({ '/var/cache/ab/x.rpm': path('file') })],
    ['a directory', directory, paths({ '/etc/kubernetes': path('directory') })],
    ['an absent path', absent, paths({ '/etc/old': path('absent') })],
    ['a path that nobody has seen', absent, {}],
    ['an empty directory', emptied, paths({ '/etc/old': path('directory', []) })],
    ['an object that says all that is wanted and more', present, objects({ ...map, data: { a: '1', b: '2' } })],
    ['an object that is only to be made once', once, objects({ ...map, data: { a: 'changed' } })],
    ['an object that is gone', deleted, {}],
    ['an object that was last applied the same', applied, objects({ ...stamped(map), data: { a: 'by others' } })],
    [
      'a node with these marks and others',
      mark,
      objects(node({ role: '', x: 'y' }, { socket: 's', z: '1' }, [{ ...taint, timeAdded: 'T' }, { key: 'other' }])),
    ],
  ])('%s', (_, change, observed) => {
    expect(difference([change], { ...nothingObserved, ...observed }, now)).toEqual([]);
  });
});

describe('a change is left to do where it does not hold', () => {
  it.each<[string, Change, Partial<Observed>]>([
    ['no file', hosts, {}],
    ['a file with other content', hosts, files({ '/etc/hosts': file('two\n') })],
    ['a file with another mode', hosts, files({ '/etc/hosts': file('one\n', { mode: 0o600 }) })],
    ['a file of another owner', { ...hosts, owner: 'etcd:etcd' }, files({ '/etc/hosts': file('one\n') })],
    ['a directory in the place of a file', hosts, files({ '/etc/hosts': { ...file(''), type: 'directory' } })],
    ['a file that cannot be read', hosts, files({ '/etc/hosts': { ...path('file') } })],
    ['a file that is to be there and is not', { ...hosts, keep: true }, {}],
    ['no upload', upload, paths({ '/var/cache/ab/x.rpm': path('absent') })],
    ['no directory', directory, paths({ '/etc/kubernetes': path('absent') })],
    ['a path that is to go', absent, paths({ '/etc/old': path('file') })],
    ['a path that is only a name in its directory', absent, paths({ '/etc': path('directory', ['old']) })],
    [
      'an absent path that the run itself makes before',
      { ...absent, transient: true },
      paths({ '/etc/old': path('absent') }),
    ],
    ['a directory with something in it', emptied, paths({ '/etc/old': path('directory', ['x']) })],
    ['no object', present, {}],
    ['an object that says something else', present, objects({ ...map, data: { a: '2' } })],
    ['an object that lacks a field', present, objects({ ...map, data: {} })],
    [
      'an object of the same name elsewhere',
      present,
      objects({ ...map, metadata: { ...map.metadata, namespace: 'x' } }),
    ],
    ['an object that is to go', deleted, objects(map)],
    ['an object that others have applied', applied, objects(map)],
    [
      'an object with what only the host knows',
      { ...present, sealed: { files: [], key: new Secret('k') } },
      objects(map),
    ],
    ['no node', mark, {}],
    ['a node without the label', mark, objects(node({}, { socket: 's' }, [taint]))],
    ['a node with another annotation', mark, objects(node({ role: '' }, { socket: 't' }, [taint]))],
    ['a node without the taint', mark, objects(node({ role: '' }, { socket: 's' }, []))],
    [
      'a node whose taint does something else',
      mark,
      objects(node({ role: '' }, { socket: 's' }, [{ ...taint, effect: 'NoExecute' }])),
    ],
    ['a command, which nobody can see', { kind: 'command', argv: ['true'] }, {}],
    ['a note', { kind: 'note', text: 'x' }, {}],
  ])('%s', (_, change, observed) => {
    expect(difference([change], { ...nothingObserved, ...observed }, now)).toEqual([change]);
  });

  it('in the order in which the changes were given', () => {
    const all = [absent, hosts, present, directory];
    const observed = { ...nothingObserved, ...paths({ '/etc/old': path('file') }) };
    expect(difference(all, observed, now)).toEqual(all);
  });
});

describe('a service', () => {
  const wanted: ServiceChange = {
    kind: 'service',
    name: 'kubelet',
    state: 'running',
    enabled: true,
    restartFor: ['/etc/hosts', '/etc/unit'],
  };
  const since = 200;
  const seen = (active: boolean, enabled: boolean, modified = 100): Observed => ({
    ...nothingObserved,
    ...files({ '/etc/hosts': file('one\n', { modified }) }),
    services: new Map([['kubelet', { exists: true, active, enabled, since: active ? since : 0 }]]),
  });

  it.each<[string, Change[], Observed]>([
    ['runs, starts at boot and is younger than its files', [wanted], seen(true, true)],
    ['runs, and its files stay as they are', [hosts, wanted], seen(true, true)],
    ['was started within the second in which its file was written', [wanted], seen(true, true, since + 0.9)],
    ['runs, whatever happens at boot', [{ kind: 'service', name: 'kubelet', state: 'running' }], seen(true, false)],
    ['is stopped', [{ kind: 'service', name: 'kubelet', state: 'stopped' }], seen(false, true)],
    [
      'is stopped and stays so at boot',
      [{ kind: 'service', name: 'kubelet', state: 'stopped', enabled: false }],
      seen(false, false),
    ],
  ])('is settled where it %s', (_, changes, observed) => {
    expect(difference(changes, observed, now)).toEqual([]);
  });

  it.each<[string, ServiceChange, Observed]>([
    ['nobody knows it', wanted, nothingObserved],
    ['it does not run', wanted, seen(false, true)],
    ['it does not start at boot', wanted, seen(true, false)],
    ['one of its files is younger', wanted, seen(true, true, since + 1)],
    ['it runs and shall not', { kind: 'service', name: 'kubelet', state: 'stopped' }, seen(true, true)],
    [
      'it would come back at boot',
      { kind: 'service', name: 'kubelet', state: 'stopped', enabled: false },
      seen(false, true),
    ],
  ])('is not settled where %s', (_, change, observed) => {
    expect(difference([change], observed, now)).toEqual([change]);
  });

  it('is restarted for a file that is about to be written, and for no other', () => {
    const unit: Change = { kind: 'file', path: '/etc/unit', content: 'new', mode: 0o644 };
    const other: Change = { kind: 'file', path: '/etc/other', content: 'new', mode: 0o644 };
    expect(difference([unit, wanted], seen(true, true), now)).toEqual([unit, wanted]);
    expect(difference([other, wanted], seen(true, true), now)).toEqual([other]);
  });
});
