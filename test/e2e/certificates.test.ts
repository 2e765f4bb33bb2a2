import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LabHost } from '../lab/host.ts';
import { age } from './aged.ts';
import { at, eventually, kit, on, ssh } from './kit.ts';

// What becomes of three control planes, and another CA with a kill in each period, is in day-two.faults.test.ts.
const names = ['m1', 'w1'];
const k = kit('certificates');
const { version } = k.lab;
const admin = '--kubeconfig=/etc/kubernetes/admin.conf';
let hosts: ReadonlyMap<string, LabHost>;
const host = (name: string): LabHost => hosts.get(name)!;

beforeAll(async () => {
  const all = await k.lab.up(names.map((name) => ({ name, kubeadm: name !== 'w1' })));
  hosts = new Map(all.map((one) => [one.name, one]));
});
afterAll(() => k.lab.down());

const file = () => join(k.folder, 'cluster.yaml');

function writeFile(): void {
  const entries = names.map(
    (name) => `- { name: ${name}, address: ${host(name).address}${name === 'w1' ? '' : ', role: control-plane'} }`,
  );
  const inventory = `apiVersion: kinit.dev/v1alpha1\nkind: Inventory\nssh: { user: root }\nhosts:\n${entries.join('\n')}\n`;
  writeFileSync(file(), `${inventory}---\n${k.cluster(wishes())}`);
}

const wishes = () => ({ podSubnet: '10.244.0.0/16', endpoint: `${host('m1').address}:6443` });
const certs = (...argv: string[]) => k.kinit(['certs', ...argv, '--config', file(), ...ssh(k)], { timeout: 570 });
const kubectl = (...argv: string[]) => on(host('m1'), 'kubectl', admin, ...argv);

/** What the real kubeadm says of a control plane; it reads ca.crt and all that it has signed. */
async function byKubeadm(name: string): Promise<readonly string[]> {
  const command = version.kubernetes.startsWith('v1.20') ? ['alpha', 'certs'] : ['certs'];
  const { stdout } = await host(name).run(['kubeadm', ...command, 'check-expiration']);
  return stdout.split('\n').filter((line) => /^\S+ +\w+ \d\d, \d{4}/.test(line));
}

async function expectWell(): Promise<void> {
  await kubectl('wait', '--for=condition=Ready', 'nodes', '--all', '--timeout=120s');
  const said = await byKubeadm('m1');
  expect(said.length).toBeGreaterThan(10);
  expect(said.join('\n')).not.toContain('<invalid>');
  // Through the API server to a kubelet, and from a pod to the API server.
  expect(await kubectl('logs', '-n', 'kube-system', 'kube-scheduler-m1', '--tail=1')).toBeDefined();
  const proxies = await kubectl(
    '-n',
    'kube-system',
    'get',
    'pods',
    '-l',
    'k8s-app=kube-proxy',
    '-o',
    'jsonpath={.items[*].status.phase}',
  );
  expect(proxies.trim().split(/\s+/)).toEqual(names.map(() => 'Running'));
}

describe('the certificates of a cluster', () => {
  it('has one that is made for it', async () => {
    writeFile();
    const made = await k.kinit(
      [...(await k.init(wishes())), ...at(host('m1')), '--ignore-preflight-errors=all', ...ssh(k)],
      { timeout: 300 },
    );
    expect(made.code, made.stderr).toBe(0);
    const through = ['--control-plane-host', `root@${host('m1').address}`, '--ignore-preflight-errors=all', ...ssh(k)];
    const { code, stderr } = await k.kinit(['join', ...at(host('w1')), ...through], { timeout: 300 });
    expect(code, stderr).toBe(0);
    await k.lab.layPodNetwork(host('m1'));
    await expectWell();
  });

  it('are told as the real kubeadm tells them', async () => {
    const { code, stdout } = await certs('check-expiration');
    expect(code).toBe(0);
    for (const line of await byKubeadm('m1')) {
      const [, name, date] = /^(\S+) +(\w+ \d\d, \d{4} \d\d:\d\d UTC)/.exec(line) ?? [];
      expect(stdout).toMatch(new RegExp(`^m1 +${name} +${date}`, 'm'));
    }
  });

  it('are brought back when all of them have expired and no API server answers', async () => {
    for (const name of names) await age(host(name), host('m1'), version.kubernetes);
    await eventually('an API server that is down', 60_000, async () =>
      (await host('m1').run(['kubectl', admin, '--request-timeout=2s', 'get', 'nodes'])).code === 0 ? undefined : true,
    );
    const seen = await certs('check-expiration');
    expect([seen.code, seen.stdout]).toEqual([1, expect.stringMatching(/^m1 +apiserver .*expired/m)]);
    const wrong = await certs('renew');
    expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining('kinit certs recover')]);
    const started = Date.now();
    const { code, stdout, stderr } = await certs('recover');
    expect(code, stdout + stderr).toBe(0);
    console.log(`recovered in ${(Date.now() - started) / 1000} s`);
    await expectWell();
  });
});
