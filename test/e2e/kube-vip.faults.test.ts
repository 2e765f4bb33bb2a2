import { describe, expect, it } from 'vitest';
import type { LabHost } from '../lab/host.ts';
import { age } from './aged.ts';
import { expectWell, figure, underWrites } from './day-two.ts';
import { eventually, kit, on } from './kit.ts';
import { putKubeadm, threeMasters } from './three-masters.ts';

// The virtual address of kube-vip while what it knows its API server by is replaced. In the lab a script is in its place.
const k = kit('kube-vip');
let virtual = '';
const given = threeMasters(k, ['n1'], (network) => {
  virtual = `${network}200`;
  return `loadBalancer: { kind: kube-vip, address: ${virtual} }`;
});
const { masters } = given;

async function holders(): Promise<readonly string[]> {
  const shown = await Promise.all(masters().map((host) => on(host, 'ip', '-o', 'address', 'show', 'dev', 'eth0')));
  return masters().flatMap(({ name }, index) => (shown[index]?.includes(` ${virtual}/32 `) ? [name] : []));
}

/** Whether kube-vip began when the admin.conf of its host was there already. */
async function isOfNow(host: LabHost): Promise<boolean> {
  const ages =
    'echo $(($(date +%s) - $(stat -c %Y /etc/kubernetes/admin.conf))) $(ps -o etimes= -p $(pgrep -o -x kube-vip))';
  const [file = 0, process = 0] = (await on(host, 'sh', '-c', ages)).trim().split(/\s+/).map(Number);
  return process <= file;
}

/** One holds the address, by what its admin.conf says now, and so could each of the others. */
async function expectHeld(): Promise<void> {
  for (const host of masters())
    await eventually(`kube-vip of ${host.name} begun anew`, 60_000, async () => (await isOfNow(host)) || undefined);
  const one = async () => ((await holders()).length === 1 ? true : undefined);
  await eventually('one holder of the address', 30_000, one);
  const renewed = () =>
    k.kubectl('-n', 'kube-system', 'get', 'lease', 'plndr-cp-lock', '-o', 'jsonpath={.spec.renewTime}');
  const before = await renewed();
  await eventually('the Lease to be renewed', 20_000, async () => (await renewed()) !== before || undefined);
}

describe('three control planes whose address kube-vip holds', () => {
  it('are made of one file', async () => {
    given.write();
    const { code, told } = await given.kinit('up');
    expect(code, told).toBe(0);
    const fetched = await given.kinit('kubeconfig', 'fetch', '--to', k.kubeconfig);
    expect(fetched.code, fetched.told).toBe(0);
    await putKubeadm(given);
    expect(await on(given.worker(), 'getent', 'hosts', 'api.kinit.internal')).toContain(virtual);
    await expectHeld();
    const planned = await given.kinit('plan', '--all', '--exit-code');
    expect([planned.code, planned.stdout]).toEqual([0, 'Nothing to do: everything is as the file says.\n']);
  });

  it('hold it by their renewed certificates', async () => {
    for (const host of [...masters(), given.worker()]) await age(host, masters()[0]!, k.lab.version.kubernetes, 200);
    await expectWell(given);
    const { code, told, seconds } = await underWrites(given, 'kube-vip’s certificates are renewed', () =>
      given.kinit('certs', 'renew'),
    );
    figure('a renewal with kube-vip', seconds);
    expect(code, told).toBe(0);
    await expectHeld();
    await expectWell(given);
  });

  it('hold it by the next CA, when nobody trusts the old one any more', async () => {
    const rotation = ['certs', 'rotate-ca', '--workloads', 'restart'];
    await underWrites(given, 'the CA of kube-vip is replaced', async (writing) => {
      for (const period of ['trust', 'sign', 'forget']) {
        const { code, told, seconds } = await given.kinit(...rotation, '--until', period);
        expect(code, told).toBe(0);
        figure(`with kube-vip the period ${period}`, seconds);
        await writing.refresh();
      }
    });
    const fetched = await given.kinit('kubeconfig', 'fetch', '--force', '--to', k.kubeconfig);
    expect(fetched.code, fetched.told).toBe(0);
    await expectHeld();
    await expectWell(given);
  }, 1_800_000);
});
