import { expect, it } from 'vitest';
import type { LabHost } from '../lab/host.ts';
import { type DayTwo, expectWell, figure, pki, underWrites } from './day-two.ts';
import { on } from './kit.ts';
import { holds, killedAtEach, type StepSeen } from './upgrade-faults.ts';

const rotation = ['certs', 'rotate-ca', '--workloads', 'restart'];

/** The CAs of three control planes and a worker are replaced, under a writer, with a kill in each period. */
export function rotating(given: DayTwo): void {
  const { kit, masters, worker } = given;
  const all = () => [...masters(), worker()];
  const shaOfCa = (host: LabHost) => on(host, 'sha256sum', `${pki}/ca.crt`).then((line) => line.slice(0, 64));
  const inBundle = (index: number, count: number): StepSeen => ({
    step: `${count} CAs on ${masters()[index]?.name}`,
    isThere: () => holds(masters()[index]!, `test "$(grep -c 'BEGIN CERTIFICATE' ${pki}/ca.crt)" = ${count}`),
  });
  const signs = (index: number): StepSeen => ({
    step: `the new CA signs on ${masters()[index]?.name}`,
    isThere: () => holds(masters()[index]!, `cmp -s ${pki}/ca.key /var/lib/kinit/rotation/next-ca.key`),
  });
  const finish = async (...argv: readonly string[]) => {
    const { code, told, seconds } = await given.kinit(...rotation, ...argv);
    expect(code, told).toBe(0);
    return seconds;
  };
  const joins = async (host: LabHost) => {
    const removed = await given.kinit('node', 'remove', host.name, '--yes');
    expect(removed.code, removed.told).toBe(0);
    const joined = await given.kinit('up');
    expect(joined.code, joined.told).toBe(0);
  };

  it('is planned, and nothing is touched', async () => {
    const before = await shaOfCa(masters()[0]!);
    const { code, told, stdout } = await given.kinit('certs', 'rotate-ca', '--dry-run');
    expect(code, told).toBe(0);
    expect(stdout).toMatch(/^1 +trust .*m1/m);
    expect(stdout).toMatch(/^3 +forget /m);
    expect(await shaOfCa(masters()[0]!)).toBe(before);
  });

  it('comes in spite of a kill in each period, and the old one is trusted no more', async () => {
    const before = await shaOfCa(masters()[0]!);
    const old = await on(masters()[0]!, 'cat', `${pki}/ca.crt`);
    const seconds = await underWrites(given, 'a CA is replaced', async (writing) => {
      await killedAtEach(kit, [inBundle(0, 2), inBundle(1, 2)], ...rotation, '--until', 'trust');
      const trust = await finish('--until', 'trust');
      await writing.refresh();
      await killedAtEach(kit, [signs(0), signs(1)], ...rotation, '--until', 'sign');
      const sign = await finish('--until', 'sign');
      await writing.refresh();
      await killedAtEach(kit, [inBundle(0, 1)], ...rotation);
      return [trust, sign, await finish()];
    });
    for (const [index, period] of ['trust', 'sign', 'forget'].entries())
      figure(`the run that finished the period ${period}`, seconds[index] ?? 0);
    const after = await Promise.all(all().map(shaOfCa));
    expect(new Set(after).size).toBe(1);
    expect(after[0]).not.toBe(before);
    for (const host of masters()) {
      await on(host, 'sh', '-c', `cat >/root/old-ca.crt <<'END'\n${old}END`);
      const bySomebodyOfBefore = `curl -s -o /dev/null --cacert /root/old-ca.crt https://${host.address}:6443/livez`;
      expect((await host.run(['sh', '-c', bySomebodyOfBefore])).code, host.name).toBe(60);
    }
    await expectWell(given);
    expect((await given.kinit('certs', 'rotate-ca')).stdout).toContain('within the last hour');
    for (const host of masters()) {
      const left = `ls /var/lib/kinit/rotation ${pki} | grep -e next -e signing || echo nothing`;
      expect(await on(host, 'sh', '-c', left), host.name).toBe('nothing\n');
    }
  });

  it('is in the admin.conf that is fetched, and in what the load balancer knows the API servers by', async () => {
    const fetched = await given.kinit('kubeconfig', 'fetch', '--force', '--to', kit.kubeconfig);
    expect(fetched.code, fetched.told).toBe(0);
    expect(await kit.kubectl('get', 'nodes', '-o', 'name')).toContain('node/n1');
    const balancer = '/etc/kubernetes/kinit/haproxy/ca.crt';
    expect(await on(worker(), 'sha256sum', balancer).then((line) => line.slice(0, 64))).toBe(
      await shaOfCa(masters()[0]!),
    );
  });

  it('is known to a worker that joins, and to a control plane', async () => {
    await joins(worker());
    await joins(masters()[2]!);
    await expectWell(given);
  });

  it.each(['etcd-ca', 'front-proxy-ca'])('%s comes in spite of a kill, and nobody loses etcd', async (ca) => {
    const path = ca === 'etcd-ca' ? 'etcd/ca' : ca;
    const before = await on(masters()[0]!, 'cat', `${pki}/${path}.crt`);
    const trusted: StepSeen = {
      step: `two CAs in ${path}.crt`,
      isThere: () => holds(masters()[0]!, `test "$(grep -c 'BEGIN CERTIFICATE' ${pki}/${path}.crt)" = 2`),
    };
    await underWrites(given, `${ca} is replaced`, async () => {
      await killedAtEach(kit, [trusted], 'certs', 'rotate-ca', '--ca', ca);
      const { code, told, seconds } = await given.kinit('certs', 'rotate-ca', '--ca', ca);
      figure(`another ${ca}, killed once, the run that finished it`, seconds);
      expect(code, told).toBe(0);
    });
    const after = await Promise.all(masters().map((host) => on(host, 'cat', `${pki}/${path}.crt`)));
    expect(new Set(after).size).toBe(1);
    expect(after[0]).not.toContain(before.trim());
    await expectWell(given);
  });
}
