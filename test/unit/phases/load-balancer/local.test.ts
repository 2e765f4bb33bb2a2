import { describe, expect, it } from 'vitest';
import type { Change } from '../../../../src/execute/change.ts';
import type { Decided } from '../../../../src/execute/decided.ts';
import { difference } from '../../../../src/execute/difference.ts';
import { nothingObserved, type Observed } from '../../../../src/execute/observed.ts';
import type { SeenFile } from '../../../../src/host/host.ts';
import type { JoinContext } from '../../../../src/phases/join-context.ts';
import { balancerFirst, localBalancer } from '../../../../src/phases/load-balancer/local.ts';
import { ownWay } from '../../../../src/phases/load-balancer/own-way.ts';

const at = (name: string, address: string) => ({ name, address, port: 6443 });
const three = [at('m1', '10.0.0.11'), at('m2', '10.0.0.12'), at('m3', '10.0.0.13')];

type Balancing = NonNullable<JoinContext['balancing']>;

const local = (servers = three): Balancing => ({
  local: {
    settings: { bind: '127.0.0.1', port: 6443, servers, readyStatus: 200, caFile: '/ca.crt' },
    image: 'haproxy:3.2',
  },
});
const contextOf = (balancing?: Balancing) => ({ caPem: 'CA\n', balancing }) as unknown as JoinContext;

/** What is left to do on a node with these files. */
function left(balancing: Balancing | undefined, files: ReadonlyMap<string, string>): readonly Change[] {
  const context = contextOf(balancing);
  const seen = (text: string | undefined, mode: number): SeenFile =>
    text === undefined
      ? { type: 'absent', mode: 0, owner: '', modified: 0 }
      : { type: 'file', mode, owner: 'root:root', modified: 1, content: Buffer.from(text) };
  const folders = [...files.keys()].map((path) => path.slice(0, path.lastIndexOf('/')));
  const observed: Observed = {
    ...nothingObserved,
    paths: new Map(
      (localBalancer.reads(context).paths ?? []).map((path) => [
        path,
        { ...seen(undefined, 0), type: folders.includes(path) ? 'directory' : 'absent' },
      ]),
    ),
    files: new Map(
      (localBalancer.reads(context).files ?? []).map((path) => [
        path,
        seen(files.get(path), path.endsWith('.yaml') ? 0o600 : 0o644),
      ]),
    ),
  };
  return difference(localBalancer.desired(context, observed), observed, 0).filter(({ kind }) => kind !== 'directory');
}

/** The node's files once the changes are made. */
function nodeAfter(changes: readonly Change[], files: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  const made = new Map(files);
  for (const change of changes) if (change.kind === 'file') made.set(change.path, String(change.content));
  return made;
}

const words = (changes: readonly Change[]) =>
  changes.map((change) =>
    'path' in change ? change.path : change.kind === 'command' ? change.argv.slice(3).join(' ') : change.kind,
  );

const manifest = '/etc/kubernetes/manifests/kinit-haproxy.yaml';
const config = '/etc/kubernetes/kinit/haproxy/haproxy.cfg';
const mark = '/etc/kubernetes/kinit/haproxy/taken-up';
const reload = 'kinit USR2 ^haproxy .*/etc/kubernetes/kinit/haproxy/haproxy\\.cfg';

describe('a load balancer on a worker', () => {
  const fresh = left(local(), new Map());
  const there = nodeAfter(fresh, new Map());

  it('is made of its files first and of its pod after them, and nothing is told to take them up', () => {
    expect(words(fresh)).toEqual(['/etc/kubernetes/kinit/haproxy/ca.crt', config, manifest, mark]);
  });

  it('is as it should be the second time', () => {
    expect(left(local(), there)).toEqual([]);
  });

  it('takes up another list of control planes by a reload, and its pod stays', () => {
    expect(words(left(local(three.slice(0, 1)), there))).toEqual([config, reload, mark]);
  });

  it('takes it up in the next run, where the first was killed before the reload', () => {
    const killed = nodeAfter(left(local(three.slice(0, 1)), there).slice(0, 1), there);
    expect(words(left(local(three.slice(0, 1)), killed))).toEqual([reload, mark]);
  });

  it('is started anew by the kubelet where its image changes', () => {
    const changed: Balancing = { local: { ...local().local!, image: 'haproxy:3.3' } };
    expect(words(left(changed, there))).toEqual([manifest]);
  });

  it('goes away where the file has it no more', () => {
    expect(left({}, there).map(({ kind }) => kind)).toEqual(['absent', 'absent']);
    expect(words(left({}, there))).toEqual([manifest, '/etc/kubernetes/kinit/haproxy']);
  });

  it('is nothing that a join without a file has to do with', () => {
    expect(localBalancer.reads(contextOf())).toEqual({});
    expect(left(undefined, there)).toEqual([]);
  });
});

describe('the order on a worker', () => {
  const file = (phase: string, path: string): Decided => ({
    phase,
    change: { kind: 'file', path, content: '', mode: 0o644 },
  });
  const ca = file('kubelet-start', '/etc/kubernetes/pki/ca.crt');
  const kubelet = file('kubelet-start', '/var/lib/kubelet/config.yaml');
  const pod = file('load-balancer', manifest);
  const joinConfig = { caCertPath: '/etc/kubernetes/pki/ca.crt' } as JoinContext['config'];

  it('has the CA first, by which a killed run is known, and the load balancer before the kubelet', () => {
    const waves = balancerFirst([ca, kubelet, pod], joinConfig).map(({ wave }) => wave);
    expect(waves).toEqual([0, 2, 1]);
  });

  it('stays what it is without a load balancer', () => {
    expect(balancerFirst([ca, kubelet], joinConfig)).toEqual([ca, kubelet]);
  });
});

describe('the way of a node to the API servers', () => {
  const way = '127.0.0.1 api.kinit.internal';
  const balancing: Balancing = { hostsLines: ['10.0.0.11 m1', way], way };
  const block = (line: string) => `127.0.0.1 localhost\n# BEGIN kinit\n10.0.0.11 m1\n${line}\n# END kinit\n`;

  function changes(hosts: string, stale = ''): readonly Change[] {
    const context = contextOf(balancing);
    const [command = []] = ownWay.reads(context).commands ?? [];
    const content = Buffer.from(hosts);
    return ownWay.desired(context, {
      ...nothingObserved,
      files: new Map([['/etc/hosts', { type: 'file', mode: 0o644, owner: 'root:root', modified: 1, content }]]),
      commands: new Map([[command.join('\0'), { code: 0, stdout: stale, stderr: '' }]]),
    });
  }

  it('is its own load balancer once it has joined, for its pods too', () => {
    const [hosts, pods] = changes(block('10.0.0.11 api.kinit.internal'));
    expect(hosts).toMatchObject({ kind: 'file', path: '/etc/hosts', content: block(way) });
    expect(pods).toMatchObject({
      kind: 'command',
      argv: ['sh', '-c', expect.any(String), 'kinit', way, expect.any(String)],
    });
  });

  it('has its kubelet started anew then, which would keep its connection to the control plane that it was led to', () => {
    const decided = changes(block('10.0.0.11 api.kinit.internal'));
    expect(decided.at(-1)).toMatchObject({ kind: 'service', name: 'kubelet', state: 'running' });
    const running = { exists: true, active: true, enabled: true, since: 2 };
    const left = difference(decided, { ...nothingObserved, services: new Map([['kubelet', running]]) }, 0);
    expect(left.at(-1)).toMatchObject({ kind: 'service', name: 'kubelet' });
  });

  it('is left alone where it is so already', () => {
    expect(changes(block(way))).toEqual([]);
  });

  it('is given to pods that still have another one', () => {
    expect(changes(block(way), '/var/lib/kubelet/pods/1/etc-hosts\n').map(({ kind }) => kind)).toEqual(['command']);
  });
});
