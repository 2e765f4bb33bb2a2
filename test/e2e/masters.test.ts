import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { dump } from 'js-yaml';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LabHost } from '../lab/host.ts';
import { members } from './etcd.ts';
import { type Found, find, kept } from './found.ts';
import { at, kit, on, ssh } from './kit.ts';
import { losingMasters } from './losing-masters.ts';

const k = kit('masters');
const { version } = k.lab;
const file = join(k.folder, 'cluster.yaml');
const manifest = join(import.meta.dirname, 'manifests', 'pod-network.yaml');
const masters = ['m1', 'm2', 'm3'] as const;
const names = [...masters, 'n1'] as const;
const kubeletType = { apiVersion: 'kubelet.config.k8s.io/v1beta1', kind: 'KubeletConfiguration' };
const admin = '--kubeconfig=/etc/kubernetes/admin.conf';
const podSubnet = '10.244.0.0/16';
/** As the preparation has the runtime, which kubeadm of that time has not. */
const kubelet = version.documents.length > 0 ? [] : [dump({ ...kubeletType, cgroupDriver: 'systemd' })];
const ignored = '--ignore-preflight-errors=all';
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
function writeFile(...controlPlanes: readonly Name[]): void {
  const { registry, repository, timeServer } = k.lab;
  const entry = (name: Name, role = '') => `- { name: ${name}, address: ${host(name).address}${role} }`;
  const entries = [...controlPlanes.map((name) => entry(name, ', role: control-plane')), entry('n1')];
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
${k.cluster({ podSubnet })}`;
  writeFileSync(file, text);
}

const kinit = (...argv: string[]) => k.kinit([...argv, '--config', file, ...ssh(k)], { timeout: 570 });

/** Where the kubeconfigs of a host lead. */
async function servers(name: Name): Promise<readonly string[]> {
  const lines = await on(host(name), 'sh', '-c', 'sed -n "s/^ *server: *//p" /etc/kubernetes/*.conf | sort -u');
  return lines.trim().split('\n');
}

describe('one file for control planes', () => {
  it('goes on with one that was made without an endpoint, and leaves it so', async () => {
    writeFile('m1');
    const prepared = await kinit('prepare');
    expect(prepared.code, prepared.stdout + prepared.stderr).toBe(0);
    const config = join(k.folder, 'init.yaml');
    writeFileSync(config, [k.cluster({ podSubnet, criSocket: version.criSocket }), ...kubelet].join('---\n'));
    const made = await k.kinit(['init', '--config', config, ...at(host('m1')), ignored, ...ssh(k)], { timeout: 300 });
    expect(made.code, made.stdout + made.stderr).toBe(0);
    const { code, stderr, stdout } = await kinit('up');
    expect(code, stdout + stderr).toBe(0);
    expect(await members(host('m1'))).toEqual(['m1']);
    expect(await servers('n1')).toEqual([`https://${host('m1').address}:6443`]);
  });

  it('makes three of it when the file is edited, with an endpoint that all nodes go by', async () => {
    writeFile(...masters);
    const planned = await kinit('plan');
    expect(planned.stdout).toMatch(/apiserver\.crt/);
    expect(planned.stdout + planned.stderr).not.toContain('PRIVATE KEY');
    expect(planned.stdout).toMatch(/\/etc\/kubernetes\/admin\.conf https:\/\/api\.kinit\.internal:6443/);
    const { code, stderr, stdout } = await kinit('up');
    expect(code, stdout + stderr).toBe(0);
    expect(await members(host('m1'))).toEqual(['m1', 'm2', 'm3']);
    for (const name of names) expect(await servers(name), name).toContain('https://api.kinit.internal:6443');
    expect(await servers('n1')).toEqual(['https://api.kinit.internal:6443']);
  });

  it('is as it was where the same command is run again', async () => {
    const { code, stdout, stderr } = await kinit('up', '--all', '-o', 'json');
    expect(code, stdout + stderr).toBe(0);
    const { hosts: told } = JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as { hosts: { changes: number }[] };
    expect(told.map(({ changes }) => changes)).toEqual([0, 0, 0, 0]);
  });

  it('has what the control planes share on each of them, and uploaded nothing of it', async () => {
    const shared = '/etc/kubernetes/pki/ca.key /etc/kubernetes/pki/sa.key /etc/kubernetes/pki/etcd/ca.key';
    const seen = await Promise.all(
      masters.map((name) => on(host(name), 'sh', '-c', `sha256sum ${shared}; stat -c %a%U ${shared}`)),
    );
    expect(new Set(seen).size).toBe(1);
    expect(seen[0]).toMatch(/600root\n600root\n600root\n$/);
    const secrets = await on(host('m2'), 'kubectl', admin, '-n', 'kube-system', 'get', 'secrets', '-o', 'name');
    expect(secrets).not.toContain('kubeadm-certs');
  });

  it('leads each of its hosts to an API server that is near', async () => {
    const way = async (name: Name) => (await on(host(name), 'getent', 'hosts', 'api.kinit.internal')).split(/\s+/)[0];
    for (const name of masters) expect(await way(name)).toBe(host(name).address);
    expect(await way('n1')).toBe('127.0.0.1');
  });
});

describe('of three control planes', () => {
  const given = { kit: k, masters: () => masters.map(host), worker: () => host('n1'), kinit };
  losingMasters(given, async (fresh) => {
    found = new Map([...found, [fresh.name, await find(fresh)]]);
  });
});

describe('down', () => {
  it('takes all of them off and leaves each host as it was found', async () => {
    const { code, stdout, stderr } = await kinit('down', '--yes');
    expect(code, stdout + stderr).toBe(0);
    for (const name of names) {
      const was = found.get(name);
      expect(kept(await find(host(name))), name).toEqual(was && kept(was));
    }
  });
});
