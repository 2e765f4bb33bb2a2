import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { renumbered } from '../lab/artefacts.ts';
import type { LabHost } from '../lab/host.ts';
import { type Offered, offerVersion } from '../lab/offer.ts';
import type { Outcome } from '../lab/process.ts';
import { laterNumbers, renumberedVersion } from '../lab/versions.ts';
import { everyFault, fault } from './every-fault.ts';
import { eventually, type Kit, on } from './kit.ts';
import {
  begin,
  holds,
  killedAtEach,
  onFullDisk,
  runsWhatIsInstalled,
  type StepSeen,
  unevictable,
} from './upgrade-faults.ts';

export interface Upgraded {
  readonly kinit: (...argv: string[]) => Promise<Outcome>;
  /** A control plane, and two workers. */
  readonly hosts: () => readonly LabHost[];
  /** The file for a version, with the packages of it. */
  readonly write: (version: string, offered: Offered) => void;
}

interface Planned {
  readonly hosts: readonly { readonly host: string; readonly changes: readonly { readonly phase: string }[] }[];
}

/** Another host came and went since: only some have seen it. An image that no pod of the host runs may be asked for again. */
const passing: readonly string[] = ['hosts-file', 'preflight'];

const apiServerImage = '/var/lib/docker-registry/docker/registry/v2/repositories/kube-apiserver';

/** A cluster that `up` has made goes to another version: the same programs under other numbers. */
export function upgrading(k: Kit, { kinit, hosts, write }: Upgraded): void {
  const from = k.lab.version.kubernetes;
  const to = laterNumbers(k.lab.version)?.minor ?? '';
  let offered: Offered;

  const snapshots = join(k.folder, 'etcd-snapshots');
  const upgrade = (...argv: string[]) => kinit('upgrade', '--snapshot-dir', snapshots, ...argv);

  const versions = async () =>
    (await k.kubectl('get', 'nodes', '-o', 'jsonpath={range .items[*]}{.status.nodeInfo.kubeletVersion} {end}'))
      .trim()
      .split(' ');
  const images = async () => {
    const path = '{range .items[*]}{.spec.containers[0].image}{"\\n"}{end}';
    const pods = await k.kubectl(
      '-n',
      'kube-system',
      'get',
      'pods',
      '-l',
      'tier=control-plane',
      '-o',
      `jsonpath=${path}`,
    );
    return pods.split('\n').filter((image) => image.includes('/kube-'));
  };
  const cordoned = async () =>
    (await k.kubectl('get', 'nodes', '-o', 'jsonpath={.items[?(@.spec.unschedulable)].metadata.name}')).trim();

  /** What is left to do on hosts of the story. */
  const leftOf = (planned: Planned['hosts']) =>
    planned
      .filter(({ host }) => hosts().some(({ name }) => name === host))
      .flatMap(({ changes }) => changes.filter(({ phase }) => !passing.includes(phase)));

  describe.skipIf(to === '')('kinit upgrade', () => {
    beforeAll(async () => {
      const [layers = ''] = await renumbered(k.lab.version, [to]);
      offered = await offerVersion(k.lab, renumberedVersion(k.lab.version, to, layers));
    });

    it('shows the way to the version of the file; up leaves it alone and names it', async () => {
      write(to, offered);
      const planned = await kinit('plan');
      expect(planned.code, planned.stderr).toBe(0);
      expect(planned.stdout).toMatch(
        new RegExp(`^1 +${from} +${to} +control plane of m1; kubelet of m1, n1, n2$`, 'm'),
      );
      const up = await kinit('up');
      expect([up.code, up.stderr]).toEqual([2, expect.stringContaining('that is an upgrade, and nothing was touched')]);
      expect(await versions()).toEqual([from, from, from]);
    });

    it('does not begin where an image or a package is missing, or a master has no room for the way back', async () => {
      const absent = to.replace(/\d$/, (digit) => String(Number(digit) - 1));
      const unpacked = await upgrade('--to', absent);
      expect([unpacked.code, unpacked.stderr]).toEqual([
        2,
        expect.stringContaining(
          `no repository of n2 has kubelet ${absent.slice(1)}; the nearest are ${from.slice(1)}, `,
        ),
      ]);
      const mirror = k.lab.host('mirror');
      await on(mirror, 'mv', apiServerImage, `${apiServerImage}-away`);
      const missing = await upgrade().finally(() => on(mirror, 'mv', `${apiServerImage}-away`, apiServerImage));
      expect(missing.code).not.toBe(0);
      expect(`${missing.stdout}${missing.stderr}`).toMatch(new RegExp(`/kube-apiserver:${to}`));
      const full = await onFullDisk(hosts()[0]!, upgrade);
      expect(full.code).not.toBe(0);
      expect(`${full.stdout}${full.stderr}`).toMatch(/no room to keep how this node is before it is changed/);
      expect([await versions(), await images(), await cordoned()]).toEqual([
        [from, from, from],
        Array.from({ length: 3 }, () => expect.stringMatching(new RegExp(`:${from}$`))),
        '',
      ]);
    });

    fault('goes on from every step of a master at which it is killed', async () => {
      const [m1] = hosts();
      const manifest = (name: string) => holds(m1!, `grep -q :${to} /etc/kubernetes/manifests/${name}.yaml`);
      const steps: readonly StepSeen[] = [
        { step: 'the way back kept', isThere: () => holds(m1!, 'test -e /var/lib/kinit/journal/way-back.json') },
        { step: 'the API server changed', isThere: () => manifest('kube-apiserver') },
        { step: 'the scheduler changed', isThere: () => manifest('kube-scheduler') },
        { step: 'the master cordoned', isThere: async () => (await cordoned()) === 'm1' },
      ];
      await killedAtEach(k, steps, 'upgrade');
    });

    /** The worker whose turn came first, and the other one. */
    let [first, second] = ['', ''];
    const indexOf = (name: string) => hosts().findIndex((host) => host.name === name);

    fault('names the pod whose eviction a budget refuses, and goes on without it', async () => {
      const allowed = await unevictable(k);
      const { code, stdout, stderr } = await upgrade('--drain-timeout', '60');
      const left = [await cordoned(), await versions()];
      await allowed();
      expect(code, `${stdout}${stderr}`).toBe(4);
      expect(stdout).toMatch(/^m1 +kubelet +\S+ +done/m);
      expect(stdout).toMatch(/\d pods? did not leave within 60s: .*default\/stubborn-/);
      expect(left).toEqual([expect.stringMatching(/^n[12]$/), [to, from, from]]);
      [first, second] = left[0] === 'n1' ? ['n1', 'n2'] : ['n2', 'n1'];
    });

    fault('goes on from every step of a worker at which it is killed', async () => {
      const index = indexOf(first);
      const steps: readonly StepSeen[] = [
        { step: 'its package', isThere: () => holds(hosts()[index]!, `rpm -q kubelet-${to.slice(1)}`) },
        // It takes seconds to be Ready, before which its node is not given back.
        { step: 'its new kubelet', isThere: () => holds(hosts()[index]!, runsWhatIsInstalled) },
      ];
      await killedAtEach(k, steps, 'upgrade');
      expect(await cordoned()).toBe(first);
    });

    fault('names a node that loses its power while it is drained, and goes on when it is back', async () => {
      const run = begin(k, 'upgrade', '--drain-timeout', '20');
      await eventually('the second worker cordoned', 240_000, async () => (await cordoned()) === second || undefined);
      const host = hosts()[indexOf(second)]!;
      await host.stop();
      const { code, text } = await run.ended;
      await host.start();
      expect(code, text).toBe(4);
      expect(text).toMatch(new RegExp(`^${second} +kubelet +\\S+ +failed`, 'm'));
    });

    it('goes there though it is killed with a worker cordoned, and keeps etcd as it was', async () => {
      const isCordoned = async () => (await cordoned()) !== '' && (await cordoned()) !== 'm1';
      if (!everyFault) await killedAtEach(k, [{ step: 'a worker cordoned', isThere: isCordoned }], 'upgrade');
      const { code, stdout, stderr } = await upgrade();
      expect(code, `${stdout}${stderr}`).toBe(0);
      expect(stdout).toMatch(new RegExp(`^n[12] +kubelet +${to} +done`, 'm'));
      expect(await versions()).toEqual([to, to, to]);
      expect((await images()).every((image) => image.endsWith(`:${to}`))).toBe(true);
      expect(await cordoned()).toBe('');
      for (const kept of readdirSync(snapshots)) expect(statSync(join(snapshots, kept)).mode & 0o777).toBe(0o600);
      expect(readdirSync(snapshots)).not.toEqual([]);
      expect(await on(hosts()[1]!, 'rpm', '-q', 'kubelet', 'kubectl')).toContain(`kubelet-${to.slice(1)}`);
    });

    it('leaves a cluster of which nothing is left to do', async () => {
      const again = await upgrade();
      expect([again.code, again.stdout]).toEqual([0, `The cluster has ${to} everywhere: nothing to do.\n`]);
      const { stdout, stderr } = await kinit('plan', '--all', '-o', 'json');
      const { hosts: planned } = JSON.parse(stdout) as Planned;
      expect(leftOf(planned), stderr).toEqual([]);
    });

    fault('goes back to the version of before, even if that is killed, and leaves nothing to do', async () => {
      write(to, k.lab.repository);
      const refused = await kinit('upgrade', 'rollback');
      expect([refused.code, refused.stderr]).toEqual([3, expect.stringContaining('nobody said yes')]);
      const steps: readonly StepSeen[] = [
        { step: 'the first worker back', isThere: async () => (await versions())[1] === from },
      ];
      await killedAtEach(k, steps, 'upgrade', 'rollback', '--yes');
      const { code, stdout, stderr } = await kinit('upgrade', 'rollback', '--yes');
      expect(code, `${stdout}${stderr}`).toBe(0);
      expect(stdout).toMatch(new RegExp(`^m1 +control plane +${from} +done`, 'm'));
      expect([await versions(), await cordoned()]).toEqual([[from, from, from], '']);
      expect((await images()).every((image) => image.endsWith(`:${from}`))).toBe(true);
      for (const host of hosts()) expect(await on(host, 'rpm', '-q', 'kubelet')).toContain(`kubelet-${from.slice(1)}`);
      await k.kubectl('rollout', 'status', '-n', 'kube-system', 'daemonset/kube-proxy', '--timeout=120s');
      const again = await kinit('upgrade', 'rollback', '--yes');
      expect([again.code, again.stdout]).toEqual([0, expect.stringContaining('nothing to do')]);
      write(from, k.lab.repository);
      const { hosts: planned } = JSON.parse((await kinit('plan', '--all', '-o', 'json')).stdout) as Planned;
      // Nodes are marked with the file that they were made by, which is another one now: the next `up` does that.
      expect(leftOf(planned).filter(({ phase }) => phase !== 'node-marks')).toEqual([]);
    });
  });
}
