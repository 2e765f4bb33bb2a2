import { expect, it } from 'vitest';
import { type DayTwo, figure, underWrites } from './day-two.ts';
import { on } from './kit.ts';

const manifest = '/etc/kubernetes/manifests/kube-apiserver.yaml';

/** Settings of a file that is edited come to three control planes one after the other, or to none. */
export function settling(given: DayTwo): void {
  const { masters, worker } = given;
  const manifests = () => Promise.all(masters().map((host) => on(host, 'cat', manifest)));
  /** When each kubelet began. */
  const began = () =>
    Promise.all(
      [...masters(), worker()].map((host) =>
        on(host, 'systemctl', 'show', '-p', 'ActiveEnterTimestampMonotonic', 'kubelet'),
      ),
    );

  it('with a flag that no API server knows are taken back where they came first, and nobody else is touched', async () => {
    const before = await Promise.all([manifests(), began()]);
    given.write(undefined, { flag: ['no-such-flag', '1'], maxPods: 109, patience: '2m' });
    const { code, told, stdout, seconds } = await underWrites(given, 'a flag is taken back', () => given.kinit('up'));
    figure('a flag that no API server knows, to its end', seconds);
    expect([1, 4], told).toContain(code);
    expect(stdout).toMatch(/^m1 +failed /m);
    expect(told).toContain('unknown flag: --no-such-flag');
    for (const name of ['m2', 'm3', 'n1']) expect(stdout).toMatch(new RegExp(`^${name} +failed .*stays as`, 'm'));
    expect(await Promise.all([manifests(), began()])).toEqual(before);
    const kept = await given.kit.kubectl('-n', 'kube-system', 'get', 'configmap', 'kubeadm-config', '-o', 'yaml');
    expect(kept).not.toContain('no-such-flag');
  });

  it('come to one control plane after the other', async () => {
    given.write(undefined, { flag: ['v', '3'], maxPods: 109 });
    const { code, told, seconds } = await underWrites(given, 'settings come', () => given.kinit('up'));
    figure('a flag of the API servers and maxPods, on three control planes and a worker', seconds);
    expect(code, told).toBe(0);
    for (const text of await manifests()) expect(text).toContain('- --v=3');
    for (const host of [...masters(), worker()])
      expect(await on(host, 'cat', '/var/lib/kubelet/config.yaml'), host.name).toContain('maxPods: 109');
    const again = await given.kinit('plan', '--all', '--exit-code');
    expect([again.code, again.stdout]).toEqual([0, 'Nothing to do: everything is as the file says.\n']);
  });
}
