import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { renumbered } from '../lab/artefacts.ts';
import type { LabHost } from '../lab/host.ts';
import { type Offered, offerVersion } from '../lab/offer.ts';
import type { Outcome } from '../lab/process.ts';
import { laterNumbers, renumberedVersion } from '../lab/versions.ts';
import { eventually, type Kit, kinitProgram, on, ssh } from './kit.ts';

export interface Upgraded {
  readonly kinit: (...argv: string[]) => Promise<Outcome>;
  /** A control plane, and two workers. */
  readonly hosts: () => readonly LabHost[];
  /** The file for a version, with the packages of it. */
  readonly write: (version: string, offered: Offered) => void;
}

/** A cluster that `up` has made goes to another version: the same programs under other numbers. */
export function upgrading(k: Kit, { kinit, hosts, write }: Upgraded): void {
  const from = k.lab.version.kubernetes;
  const to = laterNumbers(k.lab.version)?.minor ?? '';
  let offered: Offered;

  const snapshots = join(k.folder, 'etcd-snapshots');
  const upgrade = () => kinit('upgrade', '--snapshot-dir', snapshots);

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

    it('goes there, even if the first try is killed in the middle, and keeps etcd as it was', async () => {
      const argv = [process.execPath, kinitProgram, 'upgrade', '--config', join(k.folder, 'cluster.yaml'), ...ssh(k)];
      const [program = '', ...rest] = k.lab.atWorkstation(argv);
      const env = { ...process.env, HOME: k.folder, SSH_AUTH_SOCK: '', XDG_STATE_HOME: k.folder };
      const killed = spawn(program, rest, { stdio: 'ignore', cwd: k.folder, env });
      const ended = once(killed, 'exit');
      await eventually('the first worker cordoned', 300_000, async () => (await cordoned()) === 'n1' || undefined);
      killed.kill('SIGKILL');
      await ended;

      const { code, stdout, stderr } = await upgrade();
      expect(code, `${stdout}${stderr}`).toBe(0);
      expect(stdout).toMatch(new RegExp(`^n2 +kubelet +${to} +done`, 'm'));
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
      const { hosts: planned } = JSON.parse(stdout) as {
        hosts: { host: string; changes: { phase: string; what: string }[] }[];
      };
      const own = planned.filter(({ host }) => hosts().some(({ name }) => name === host));
      // Another host came and went since: only some have seen it. An image that no pod of the host runs may be asked for again.
      const passing = ['hosts-file', 'preflight'];
      const left = own.flatMap(({ changes }) => changes.filter(({ phase }) => !passing.includes(phase)));
      expect(left, stderr).toEqual([]);
    });
  });
}
