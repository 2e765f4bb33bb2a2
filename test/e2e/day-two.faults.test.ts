import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LabHost } from '../lab/host.ts';
import { type DayTwo, theSettings } from './day-two.ts';
import { members } from './etcd.ts';
import { kit, on, ssh } from './kit.ts';
import { losingAll } from './losing-all.ts';
import { renewing } from './renewing.ts';
import { rotating } from './rotating.ts';
import { settling } from './settling.ts';
import { snapshotFaults } from './snapshot-faults.ts';

// What happens to a cluster of three control planes after its first day, one story on the same hosts.
const k = kit('day-two');
const { version } = k.lab;
const manifest = join(import.meta.dirname, 'manifests', 'pod-network.yaml');
const names = ['m1', 'm2', 'm3', 'n1'] as const;
let hosts: ReadonlyMap<string, LabHost>;

beforeAll(async () => {
  const all = await k.lab.up(names.map((name) => ({ name, flavour: 'centos-stream-9' as const })));
  hosts = new Map(all.map((host) => [host.name, host]));
});
afterAll(() => k.lab.down());

const host = (name: string) => hosts.get(name)!;

function write(masters: readonly string[] = names.slice(0, 3), settings = {}): void {
  const { registry, repository, timeServer } = k.lab;
  const entries = [...masters, 'n1'].map(
    (name) => `- { name: ${name}, address: ${host(name).address}${name === 'n1' ? '' : ', role: control-plane'} }`,
  );
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
${theSettings(k.cluster({ podSubnet: '10.244.0.0/16' }), version.configApi, settings)}`;
  writeFileSync(join(k.folder, 'cluster.yaml'), text);
}

const given: DayTwo = {
  kit: k,
  masters: () => names.slice(0, 3).map(host),
  worker: () => host('n1'),
  write,
  async kinit(...argv) {
    const started = Date.now();
    const file = ['--config', join(k.folder, 'cluster.yaml'), ...ssh(k)];
    const { code, stdout, stderr } = await k.kinit([...argv, ...file], { timeout: 870 });
    return { code, stdout, told: stdout + stderr, seconds: (Date.now() - started) / 1000 };
  },
};

/** The real kubeadm, beside which nothing of its package is on the host. */
async function putKubeadm(): Promise<void> {
  const { kubernetes } = await k.lab.artefacts();
  const program = readFileSync(join(kubernetes, 'kubeadm', 'usr', 'bin', 'kubeadm')).toString('base64');
  const script = 'base64 -d >/root/kubeadm && chmod 755 /root/kubeadm';
  for (const one of given.masters()) await one.run(['sh', '-c', script], { stdin: program });
}

describe('three control planes and a worker', () => {
  it('are made of one file', async () => {
    write();
    const { code, told, seconds } = await given.kinit('up');
    expect(code, told).toBe(0);
    const fetched = await given.kinit('kubeconfig', 'fetch', '--to', k.kubeconfig);
    expect(fetched.code, fetched.told).toBe(0);
    process.stdout.write(`bare to Ready: ${seconds.toFixed(0)} s\n`);
    await putKubeadm();
    expect(await members(host('m1'))).toEqual(['m1', 'm2', 'm3']);
    expect(await on(host('n1'), 'getent', 'hosts', 'api.kinit.internal')).toMatch(/^127\.0\.0\.1 /);
  });
});

describe('snapshots', () => snapshotFaults(given));
describe('the settings of three control planes, edited,', () => settling(given));
describe('the certificates of three control planes', () => renewing(given));
describe('another CA for three control planes', () => rotating(given));
describe('a cluster whose machines are all lost', () => losingAll(given, putKubeadm));
