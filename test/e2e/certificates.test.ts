import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LabHost } from '../lab/host.ts';
import { age } from './aged.ts';
import { at, eventually, kit, on, ssh } from './kit.ts';
import { begin, holds, killedAtEach, type StepSeen } from './upgrade-faults.ts';

// Three control planes, and another CA with a kill in each period, take twenty minutes more: $KINIT_LAB_FAULTS asks for them.
const faults = Boolean(process.env['KINIT_LAB_FAULTS']);
const masters = faults ? ['m1', 'm2', 'm3'] : ['m1'];
const names = [...masters, 'w1'];
const k = kit('certificates');
const { version } = k.lab;
const admin = '--kubeconfig=/etc/kubernetes/admin.conf';
const pki = '/etc/kubernetes/pki';
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
  for (const name of masters) {
    const said = await byKubeadm(name);
    expect(said.length, name).toBeGreaterThan(10);
    expect(
      said.filter((line) => line.includes('<invalid>')),
      name,
    ).toEqual([]);
  }
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

const shaOfCa = (name: string) => on(host(name), 'sha256sum', `${pki}/ca.crt`).then((line) => line.slice(0, 64));
const countOfCas = async (name: string) =>
  Number(await on(host(name), 'grep', '-c', 'BEGIN CERTIFICATE', `${pki}/ca.crt`));
const shows = async (name: string) => {
  const server = `echo | openssl s_client -connect ${host(name).address}:6443 -CAfile ${pki}/ca.crt 2>/dev/null | grep 'Verify return code'`;
  return (await on(host(name), 'sh', '-c', server)).trim();
};

describe('the certificates of a cluster', () => {
  it('has one that is made for it', async () => {
    writeFile();
    const made = await k.kinit(
      [...(await k.init(wishes())), ...at(host('m1')), '--ignore-preflight-errors=all', ...ssh(k)],
      { timeout: 300 },
    );
    expect(made.code, made.stderr).toBe(0);
    const through = ['--control-plane-host', `root@${host('m1').address}`, '--ignore-preflight-errors=all', ...ssh(k)];
    for (const name of masters.slice(1)) {
      const { code, stderr } = await k.kinit(['join', '--control-plane', ...at(host(name)), ...through], {
        timeout: 300,
      });
      expect(code, stderr).toBe(0);
    }
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

  it.runIf(faults)('are renewed one control plane after the other, though kinit is killed between two', async () => {
    for (const name of names) await age(host(name), host('m1'), version.kubernetes, 200);
    await expectWell();
    const renewed = (name: string): StepSeen => ({
      step: `the certificates of ${name} renewed`,
      isThere: () =>
        holds(
          host(name),
          `! openssl x509 -in ${pki}/apiserver.crt -noout -checkend ${300 * 24 * 3600} | grep -q will.expire`,
        ),
    });
    await killedAtEach(k, [renewed('m1'), renewed('m2')], 'certs', 'renew');
    const { code, stdout, stderr } = await certs('renew');
    expect(code, stdout + stderr).toBe(0);
    await expectWell();
  });
});

describe.runIf(faults)('another CA for the cluster', () => {
  const inBundle = (name: string, count: number): StepSeen => ({
    step: `${count} CAs on ${name}`,
    isThere: async () => (await countOfCas(name)) === count,
  });
  const signs = (name: string): StepSeen => ({
    step: `the new CA signs on ${name}`,
    isThere: () => holds(host(name), `cmp -s ${pki}/ca.key /var/lib/kinit/rotation/next-ca.key`),
  });

  it('is planned, and nothing is touched', async () => {
    const before = await shaOfCa('m1');
    const { code, stdout, stderr } = await certs('rotate-ca', '--dry-run');
    expect(code, stderr).toBe(0);
    expect(stdout).toMatch(/^1 +trust .*m1/m);
    expect(stdout).toMatch(/^3 +forget /m);
    expect(await shaOfCa('m1')).toBe(before);
  });

  it('comes in spite of a kill, and the old one is trusted no more', async () => {
    const before = await shaOfCa('m1');
    const started = Date.now();
    const rotation = ['certs', 'rotate-ca', '--workloads', 'restart'];
    await killedAtEach(k, [inBundle('m1', 2), inBundle('m2', 2), signs('m1'), signs('m2')], ...rotation);
    // In between the real kubeadm reads all that is signed; that of v1.20 wants one certificate of a CA, and ends there.
    expect((await byKubeadm('m1')).length).toBeGreaterThanOrEqual(10);
    await killedAtEach(k, [inBundle('m1', 1)], ...rotation);
    const { code, stdout, stderr } = await certs('rotate-ca', '--workloads', 'restart');
    expect(code, stdout + stderr).toBe(0);
    console.log(`another CA in ${(Date.now() - started) / 1000} s\n${stdout}`);
    const after = await Promise.all(names.map(shaOfCa));
    expect(new Set(after).size).toBe(1);
    expect(after[0]).not.toBe(before);
    for (const name of masters) expect(await shows(name), name).toBe('Verify return code: 0 (ok)');
    await expectWell();
    expect((await certs('rotate-ca')).stdout).toContain('within the last hour');
    expect(
      await on(host('m1'), 'sh', '-c', `ls /var/lib/kinit/rotation ${pki} | grep -e next -e signing || echo nothing`),
    ).toBe('nothing\n');
  });

  it('is known to nodes that join', async () => {
    const { code, stderr } = await k.kinit(['reset', '--force', ...at(host('w1')), ...ssh(k)], { timeout: 120 });
    expect(code, stderr).toBe(0);
    await kubectl('delete', 'node', 'w1');
    const join = await k.kinit(
      [
        'join',
        ...at(host('w1')),
        '--control-plane-host',
        `root@${host('m1').address}`,
        '--ignore-preflight-errors=all',
        ...ssh(k),
      ],
      { timeout: 240 },
    );
    expect(join.code, join.stderr).toBe(0);
    await expectWell();
  });
});

describe.runIf(faults)('another CA for etcd and for the front proxy', () => {
  it.each(['etcd-ca', 'front-proxy-ca'])('%s comes, and nobody loses etcd', async (ca) => {
    const run = begin(k, 'certs', 'rotate-ca', '--ca', ca);
    const { code, text } = await run.ended;
    expect(code, text).toBe(0);
    await expectWell();
  });
});
