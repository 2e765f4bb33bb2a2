import { expect, it } from 'vitest';
import type { LabHost } from '../lab/host.ts';
import { age } from './aged.ts';
import { byKubeadm, type DayTwo, expectWell, figure, pki, underWrites } from './day-two.ts';
import { eventually, on } from './kit.ts';
import { holds, killedAtEach, type StepSeen } from './upgrade-faults.ts';

const days = (count: number) => count * 24 * 3600;

/** Certificates of three control planes and a worker become old, and then too old. */
export function renewing(given: DayTwo): void {
  const { kit, masters, worker } = given;
  const { kubernetes } = kit.lab.version;
  const all = () => [...masters(), worker()];
  const makeOld = async (count: number) => {
    for (const host of all()) await age(host, masters()[0]!, kubernetes, count);
  };
  const lasts = (host: LabHost, file: string) =>
    holds(host, `openssl x509 -in ${file} -noout -checkend ${days(300)} >/dev/null`);

  it('are renewed one control plane after the other, though kinit is killed between two', async () => {
    await makeOld(200);
    await expectWell(given);
    const renewed = (index: number): StepSeen => ({
      step: `the certificates of ${masters()[index]?.name} renewed`,
      isThere: () => lasts(masters()[index]!, `${pki}/apiserver.crt`),
    });
    const { seconds } = await underWrites(given, 'certificates are renewed', async () => {
      await killedAtEach(kit, [renewed(0), renewed(1)], 'certs', 'renew');
      const ended = await given.kinit('certs', 'renew');
      expect(ended.code, ended.told).toBe(0);
      return ended;
    });
    figure('the rest of a renewal that was killed twice', seconds);
    for (const host of all()) {
      expect(await lasts(host, '/var/lib/kubelet/pki/kubelet-client-current.pem'), host.name).toBe(true);
    }
    await expectWell(given);
  });

  it('are renewed in one run', async () => {
    await makeOld(200);
    await expectWell(given);
    const { code, told, seconds } = await given.kinit('certs', 'renew');
    figure('a renewal of three control planes and a worker', seconds);
    expect(code, told).toBe(0);
    await expectWell(given);
  });

  it('are brought back when all of them have expired and no API server answers', async () => {
    await makeOld(400);
    for (const host of masters()) {
      const asked = ['kubectl', '--kubeconfig=/etc/kubernetes/admin.conf', '--request-timeout=2s'];
      const own = [...asked, `--server=https://${host.address}:6443`, 'get', 'nodes'];
      await eventually(`${host.name} to be down`, 60_000, async () => (await host.run(own)).code !== 0 || undefined);
      expect((await byKubeadm(kit, host)).filter((line) => line.includes('<invalid>')).length).toBeGreaterThan(6);
    }
    const wrong = await given.kinit('certs', 'renew');
    expect([wrong.code, wrong.told]).toEqual([2, expect.stringContaining('kinit certs recover')]);
    const { code, told, seconds } = await given.kinit('certs', 'recover');
    figure('expired certificates of three control planes and a worker brought back', seconds);
    expect(code, told).toBe(0);
    await expectWell(given);
    expect(await on(masters()[1]!, 'kubectl', '--kubeconfig=/etc/kubernetes/admin.conf', 'get', 'nodes')).toContain(
      'n1',
    );
  });
}
