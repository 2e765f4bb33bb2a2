import { initRequest } from '../../src/config/init.ts';
import type { Run } from '../../src/execute/run.ts';
import { on, type Target } from '../../src/execute/target.ts';
import { endedProcess } from '../../src/phases/endpoint/ended-process.ts';
import { rehearsalKeys } from '../../src/pki/keys.ts';
import { releaseFor } from '../../src/release/release.ts';
import { parseVersion } from '../../src/release/version.ts';
import { init } from '../../src/workflows/node/init.ts';
import { testAuthority } from '../certificates.ts';
import { FakeEtcd } from '../fakes/etcd.ts';
import { FakeKube } from '../fakes/kube.ts';
import { FakeMachine } from '../fakes/machine.ts';
import { quietRun } from '../run.ts';
import { perfect } from '../unit/preflight/hosts.ts';

const now = Date.UTC(2026, 0, 1);
const later = now + 86_400_000;
const etcdCa = await testAuthority('etcd-ca');
const cheapKeys = rehearsalKeys();

const address = '192.0.2.11';
const facts = (version: string) => ({ ...perfect(version), defaultAddress: { v4: address, v6: undefined } });

/** A cluster of one control plane as init leaves it, made once. */
async function made(version: string) {
  const files = {
    '/etc/kubernetes/pki/etcd/ca.crt': etcdCa.certificate,
    '/etc/kubernetes/pki/etcd/ca.key': etcdCa.key.reveal(),
  };
  const cluster = new FakeKube();
  const first = new FakeMachine({ name: 'cp1', facts: facts(version), cluster, files, showsPods: true });
  await init({
    request: initRequest({ flags: { podNetworkCidr: '10.244.0.0/16' } }),
    version: parseVersion(version),
    host: first,
    run: quietRun({ now, keys: cheapKeys }),
    selection: {},
    patches: [],
    proxyEnvironment: new Map(),
    uploadCerts: false,
    clients: { kube: first.kube, close: () => {} },
  });
  return { entries: new Map(first.entries), services: new Map(first.services), objects: cluster.objects() };
}

const clusters = new Map<string, Awaited<ReturnType<typeof made>>>();

/** A cluster of one control plane of that version, and its host. */
export async function livingCluster(version: string) {
  const there = clusters.get(version) ?? (await made(version));
  clusters.set(version, there);
  const { hostname } = facts(version);
  const member = { name: hostname, peerURL: `https://${address}:2380`, clientURL: `https://${address}:2379` };
  const etcd = new FakeEtcd(etcdCa, member);
  const cluster = new FakeKube(...there.objects);
  const commands = { [endedProcess('kube-vip').join(' ')]: {} };
  const machine = new FakeMachine({ name: 'cp1', facts: facts(version), cluster, etcd, showsPods: true, commands });
  for (const [path, entry] of there.entries) machine.entries.set(path, entry);
  for (const [name, state] of there.services) machine.services.set(name, state);
  machine.place('/var/lib/etcd/member/id', etcd.members[0]?.id ?? '', 0o600);
  return { cluster, machine, etcd };
}

/** Its host a day later, which is to go to that version. */
export function upgradeTarget(machine: FakeMachine, version: string, more: Partial<Run> = {}): Target {
  const run = quietRun({ now: later, keys: cheapKeys, ...more });
  return on(run, { host: machine, kube: machine.kube, release: releaseFor(parseVersion(version)) });
}
