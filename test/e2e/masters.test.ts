import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LabHost } from '../lab/host.ts';
import { type Found, find, kept } from './found.ts';
import { kit, on, ssh } from './kit.ts';

const k = kit('masters');
const { version } = k.lab;
const file = join(k.folder, 'cluster.yaml');
const manifest = join(import.meta.dirname, 'manifests', 'pod-network.yaml');
const names = ['m1', 'm2', 'm3', 'n1'] as const;
type Name = (typeof names)[number];
let hosts: ReadonlyMap<string, LabHost>;
let found: ReadonlyMap<string, Found>;

beforeAll(async () => {
  const all = await k.lab.up(names.map((name) => ({ name, flavour: 'centos-stream-9' as const })));
  hosts = new Map(all.map((host) => [host.name, host]));
  found = new Map(await Promise.all(all.map(async (host) => [host.name, await find(host)] as const)));
});
afterAll(() => k.lab.down());

const host = (name: Name) => hosts.get(name)!;

/** The one file, with these control planes and n1 as a worker. */
function writeFile(...masters: readonly Name[]): void {
  const { registry, repository, timeServer } = k.lab;
  const entry = (name: Name, role = '') => `- { name: ${name}, address: ${host(name).address}${role} }`;
  const entries = [...masters.map((name) => entry(name, ', role: control-plane')), entry('n1')];
  const text = `apiVersion: kinit.dev/v1alpha1
kind: Inventory
ssh: { user: root }
hosts:
${entries.join('\n')}
preparation: { ntpServers: [${timeServer}] }
packages: { source: '${repository.url}', gpgKeys: ['${repository.key}'] }
runtime:
  registryMirrors: { ${version.imageRepository}: ['http://${registry}'], docker.io: ['http://${registry}'] }
network: { plugin: ${manifest} }
---
${k.cluster({ podSubnet: '10.244.0.0/16' })}`;
  writeFileSync(file, text);
}

const kinit = (...argv: string[]) => k.kinit([...argv, '--config', file, ...ssh(k)], { timeout: 570 });

/** The members of etcd: name, whether it has started, whether it is a learner. */
async function members(through: Name): Promise<readonly string[]> {
  const pki = '/etc/kubernetes/pki/etcd';
  const certificates = ['--cacert', `${pki}/ca.crt`, '--cert', `${pki}/server.crt`, '--key', `${pki}/server.key`];
  const url = 'https://127.0.0.1:2379/v3/cluster/member/list';
  const answer = await on(host(through), 'curl', '-sf', ...certificates, '-X', 'POST', '-d', '{}', url);
  const { members: all } = JSON.parse(answer) as { members: { name?: string; isLearner?: boolean }[] };
  return all.map(({ name = 'not started', isLearner = false }) => `${name}${isLearner ? ' (learner)' : ''}`).sort();
}

describe('one file for control planes', () => {
  it('brings up the first one and its worker', async () => {
    writeFile('m1');
    const { code, stderr, stdout } = await kinit('up');
    expect(code, stdout + stderr).toBe(0);
    expect(await members('m1')).toEqual(['m1']);
  });

  it('makes three of it when the file is edited', async () => {
    writeFile('m1', 'm2', 'm3');
    const { code, stderr, stdout } = await kinit('up');
    expect(code, stdout + stderr).toBe(0);
    expect(await members('m1')).toEqual(['m1', 'm2', 'm3']);
  });

  it('is as it was where the same command is run again', async () => {
    const { code, stdout, stderr } = await kinit('up', '--all', '-o', 'json');
    expect(code, stdout + stderr).toBe(0);
    const plan = await kinit('plan', '--all');
    expect(plan.stdout).toContain('Nothing to do');
  });
});

void [kept, found!];
