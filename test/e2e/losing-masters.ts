import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { dump } from 'js-yaml';
import { describe, expect, it } from 'vitest';
import type { LabHost } from '../lab/host.ts';
import type { Outcome } from '../lab/process.ts';
import { lead, members } from './etcd.ts';
import { at, eventually, type Kit, kinitProgram, on, ssh } from './kit.ts';
import { longestPause, type Writer, writer } from './writer.ts';

/** A cluster of three control planes and a worker with its own load balancer, of one file. */
export interface Masters {
  readonly kit: Kit;
  /** In the order of the file. */
  readonly masters: () => readonly LabHost[];
  readonly worker: () => LabHost;
  /** kinit at the workstation with the file. */
  kinit(...argv: readonly string[]): Promise<Outcome>;
}

/** Of `kinit status -o json`. */
interface Seen {
  readonly apiServers: readonly { readonly problem?: string; readonly failing: readonly string[] }[];
  readonly etcd: { readonly members: readonly { readonly name: string; readonly role: string }[] };
}

const admin = '--kubeconfig=/etc/kubernetes/admin.conf';
const file = '/etc/kubernetes/manifests/etcd.yaml';
const joinType = { apiVersion: 'kubeadm.k8s.io/v1beta4', kind: 'JoinConfiguration' };
/** Where the lab's registry keeps the image of etcd. */
const etcdImage = '/var/lib/docker-registry/docker/registry/v2/repositories/etcd';

/**
 * One control plane after the other is lost and comes back, until the last one goes on alone; at the end all hosts run, and the
 * lost ones are none of the cluster's. `fresh` is told of a host that was made anew.
 */
export function losingMasters(given: Masters, fresh: (host: LabHost) => Promise<void>): void {
  const { kit } = given;
  const first = () => given.masters()[0]!;
  const second = () => given.masters()[1]!;
  const third = () => given.masters()[2]!;

  const outcome = async (...argv: readonly string[]) => {
    const started = Date.now();
    const { code, stdout, stderr } = await given.kinit(...argv);
    return { code, told: stdout + stderr, stdout, seconds: (Date.now() - started) / 1000 };
  };
  const seen = async (): Promise<Seen> => JSON.parse((await outcome('status', '-o', 'json')).stdout) as Seen;
  const readiness = async (): Promise<string> => {
    const ready = "{.status.conditions[?(@.type=='Ready')]}";
    const condition = await on(
      second(),
      'kubectl',
      admin,
      'get',
      'node',
      given.worker().name,
      '-o',
      `jsonpath=${ready}`,
    );
    const { status, lastTransitionTime } = JSON.parse(condition) as Record<string, string>;
    return `${status} since ${lastTransitionTime}`;
  };

  it('one that is frozen holds up nobody, though it is the first of the file', async () => {
    await lead(second());
    await first().freeze();
    try {
      const { code, stdout, seconds } = await outcome('status');
      figure('kinit status with a frozen control plane', seconds);
      expect(code).toBe(1);
      expect(stdout).toMatch(new RegExp(`^${first().name} +\\S+:2380 +does not answer`, 'm'));
      expect(stdout).toContain('the loss of one more member of etcd stops the cluster');
      const fetched = await outcome('kubeconfig', 'fetch', '--force', '--to', kit.kubeconfig);
      figure('kinit kubeconfig fetch with a frozen control plane', fetched.seconds);
      expect(fetched.code, fetched.told).toBe(0);
    } finally {
      first().thaw();
    }
    await eventually('all members of etcd to work again', 180_000, async () => {
      const { etcd } = await seen();
      return etcd.members.every(({ role }) => ['leader', 'follower'].includes(role)) || undefined;
    });
  });

  describe('under writers, through the load balancer and through an API server that is left,', () => {
    let writers: readonly Writer[];
    const ways = () => ({ 'the load balancer': 'api.kinit.internal', 'an API server that is left': second().address });

    it('an API server may stop while its etcd lives: writes go on, and the worker stays Ready', async () => {
      const names = Object.values(ways());
      writers = await Promise.all(names.map((name, index) => writer(given.worker(), second(), name, index)));
      await eventually('both to write', 30_000, async () => (await settled(writers, 10)) || undefined);
      const before = await readiness();
      await on(third(), 'pkill', '-STOP', 'kube-apiserver');
      const stopped = Date.now();
      await eventually('both to write again', 60_000, async () => (await settled(writers, 50, stopped)) || undefined);
      await on(third(), 'pkill', '-CONT', 'kube-apiserver');
      for (const [index, way] of Object.keys(ways()).entries()) {
        const pause = longestPause((await writers[index]?.times()) ?? [], stopped);
        figure(`writes stop for, through ${way}, when another API server stops`, pause);
      }
      expect(await readiness()).toBe(before);
    });

    it('the leader of etcd may die, though it is the first of the file: writes go on, and the worker stays Ready', async () => {
      await lead(first());
      await eventually('the first to lead', 30_000, async () => {
        const { etcd } = await seen();
        return etcd.members.some(({ name, role }) => name === first().name && role === 'leader') || undefined;
      });
      const before = await readiness();
      await first().kill();
      const killed = Date.now();
      await eventually('both to write again', 60_000, async () => (await settled(writers, 30, killed)) || undefined);
      for (const [index, way] of Object.keys(ways()).entries()) {
        const times = (await writers[index]?.stop()) ?? [];
        figure(`writes stop for, through ${way}, when the leader's host dies`, longestPause(times, killed));
      }
      expect(await readiness()).toBe(before);
    });
  });

  it('status tells who is dead, and what the cluster still outlives', async () => {
    const { code, stdout, seconds } = await outcome('status');
    figure('kinit status with a dead control plane', seconds);
    expect(code).toBe(1);
    expect(stdout).toMatch(new RegExp(`^${first().name} +does not answer`, 'm'));
    expect(stdout).toMatch(new RegExp(`^${first().name} +\\S+:2380 +does not answer`, 'm'));
    expect(stdout).toContain('the loss of one more member of etcd stops the cluster');
  });

  it('another one may not go now: that would cost the quorum', async () => {
    const { code, told } = await outcome('node', 'remove', third().name, '--yes');
    expect([code, told]).toEqual([2, expect.stringContaining(`without ${third().name} etcd loses its quorum`)]);
    expect(told).toContain(`kinit node remove ${first().name}`);
    expect(await members(third())).toHaveLength(3);
  });

  it('the dead one is left out by up, and the others go on by themselves', async () => {
    const etcd = () => on(second(), 'sha256sum', file);
    const before = await etcd();
    const { code, told, stdout, seconds } = await outcome('up', '--all');
    figure('kinit up --all with a dead control plane', seconds);
    expect(code, told).toBe(4);
    expect(stdout).toMatch(new RegExp(`^${first().name} +left out`, 'm'));
    for (const { name } of [second(), third(), given.worker()])
      expect(stdout).toMatch(new RegExp(`^${name} +(?:as wanted|up)`, 'm'));
    expect(await etcd()).toBe(before);
  });

  it('the dead one is taken out by its name, without being asked', async () => {
    const { code, told, seconds } = await outcome('node', 'remove', first().name, '--yes', '--force');
    figure('kinit node remove of a dead control plane', seconds);
    expect(code, told).toBe(0);
    expect(await members(second())).toEqual([second().name, third().name]);
    expect(await on(second(), 'kubectl', admin, 'get', 'nodes', '-o', 'name')).not.toContain(first().name);
  });

  it('a fresh machine in its place is left out while nobody has the image of etcd: the members are who they were', async () => {
    await first().recreate();
    await fresh(first());
    await on(kit.lab.host('mirror'), 'mv', etcdImage, `${etcdImage}-away`);
    const { code, told } = await outcome('up', '--accept-new-host-keys').finally(() =>
      on(kit.lab.host('mirror'), 'mv', `${etcdImage}-away`, etcdImage),
    );
    expect(code, told).toBe(4);
    expect(told).toMatch(/\/etcd:\S+/);
    expect(await members(second())).toEqual([second().name, third().name]);
  });

  it('it joins by the next run; one that begins beside that is told who is at work', async () => {
    const joining = outcome('up');
    await eventually(
      'the run to hold the host',
      60_000,
      async () => (await on(first(), 'cat', '/run/kinit/lock')) || undefined,
    );
    const beside = await outcome('up');
    expect([2, 4], beside.told).toContain(beside.code);
    expect(beside.told).toMatch(/another kinit is at work here: \S+, kinit up, since/);
    const { code, told } = await joining;
    expect(code, told).toBe(0);
    expect(await members(second())).toEqual(given.masters().map(({ name }) => name));
  });

  describe('one leaves, and joins again over SSH by what another one has,', () => {
    const argv = (...how: readonly string[]) => {
      const through = ['--control-plane-host', `root@${first().address}`];
      return ['join', ...how, ...at(third()), ...through, '--ignore-preflight-errors=all', ...ssh(kit)];
    };

    it('though the host of another dies meanwhile: that is told in time, and the same command finishes once it is back', async () => {
      const left = await outcome('node', 'remove', third().name, '--yes');
      expect(left.code, left.told).toBe(0);
      expect(await members(first())).toEqual([first().name, second().name]);
      const prepared = await outcome('prepare', '--host', third().name);
      expect(prepared.code, prepared.told).toBe(0);
      const config = join(kit.folder, 'impatient.yaml');
      writeFileSync(config, dump({ ...joinType, controlPlane: {}, timeouts: { etcdAPICall: '10s' } }));
      const joining = begin(argv('--config', config));
      await eventually('the member to be announced', 120_000, async () => {
        return (await members(first())).length === 3 || undefined;
      });
      // It may not get its vote before the other one is dead.
      joining.signal('SIGSTOP');
      await second().kill();
      joining.signal('SIGCONT');
      const ended = await joining.ended;
      const dead = `etcd has no quorum, since ${second().name} at https://${second().address}:2379 does not answer`;
      expect([ended.code, ended.told]).toEqual([1, expect.stringContaining(dead)]);
      await second().start();
      await eventually('its etcd to be well again', 180_000, async () => (await isWell(second())) || undefined);
      expect((await members(first())).length).toBe(3);
    });

    it('though kinit is killed when the member has started', async () => {
      const joining = begin(argv('--control-plane'));
      await eventually('the member to start', 120_000, async () => {
        return (await members(first())).some((member) => member.startsWith(third().name)) || undefined;
      });
      joining.signal('SIGKILL');
      await joining.ended;
      const { code, stdout, stderr } = await kit.kinit(argv('--control-plane'), { timeout: 300 });
      expect(code, stdout + stderr).toBe(0);
      expect(await members(first())).toEqual(given.masters().map(({ name }) => name));
    });
  });

  it('the last one goes on alone where the quorum is lost, though kinit is killed half way', async () => {
    const argv = ['etcd', 'force-new-cluster', ...at(third()), '--yes', ...ssh(kit)];
    const refused = await kit.kinit(argv);
    expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining('etcd has its quorum')]);
    await Promise.all([first().kill(), second().kill()]);
    const forcing = begin(argv);
    await eventually('the manifest to ask for a new cluster', 120_000, async () => {
      return (await on(third(), 'cat', file)).includes('--force-new-cluster') || undefined;
    });
    forcing.signal('SIGKILL');
    await forcing.ended;
    const { code, stdout, stderr } = await kit.kinit(argv, { timeout: 570 });
    expect(code, stdout + stderr).toBe(0);
    expect(stdout).toContain(`kinit node remove ${second().name} --config`);
    expect(await on(third(), 'cat', file)).not.toContain('force-new-cluster');
    expect(await members(third())).toEqual([third().name]);
    const again = await kit.kinit(argv);
    expect([again.code, again.stdout]).toEqual([0, expect.stringContaining('one member already')]);
    for (const { name } of [first(), second()]) {
      const removed = await outcome('node', 'remove', name, '--yes', '--force');
      expect(removed.code, removed.told).toBe(0);
    }
    const { told } = await outcome('status');
    expect(told).toContain('etcd has one member: the cluster does not outlive its loss');
  });

  it('the hosts that were lost come back as strangers, with their old data', async () => {
    await Promise.all([first().start(), second().start()]);
    expect(await members(third())).toEqual([third().name]);
  });

  /** kinit at the workstation, running. */
  function begin(argv: readonly string[]): Running {
    const [program = '', ...line] = kit.lab.atWorkstation([process.execPath, kinitProgram, ...argv]);
    const env = { ...process.env, HOME: kit.folder, SSH_AUTH_SOCK: '', XDG_STATE_HOME: kit.folder };
    const running = spawn(program, line, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    let told = '';
    for (const stream of [running.stdout, running.stderr]) stream.on('data', (piece) => (told += String(piece)));
    return {
      signal: (name) => expect(running.kill(name), `kinit runs no more: ${told}`).toBe(true),
      ended: new Promise((resolve) => running.once('close', (code) => resolve({ code, told }))),
    };
  }
}

/** As etcd itself says. */
async function isWell(host: LabHost): Promise<boolean> {
  const pki = '/etc/kubernetes/pki/etcd';
  const identity = ['--cert', `${pki}/healthcheck-client.crt`, '--key', `${pki}/healthcheck-client.key`];
  const asked = ['curl', '-sf', '-m', '5', '--cacert', `${pki}/ca.crt`, ...identity, 'https://127.0.0.1:2379/health'];
  const { code, stdout } = await host.run(asked);
  return code === 0 && stdout.includes('"true"');
}

interface Running {
  signal(name: NodeJS.Signals): void;
  readonly ended: Promise<{ readonly code: number | null; readonly told: string }>;
}

/** Whether each writer has done so many writes since then. */
async function settled(writers: readonly Writer[], count: number, since = 0): Promise<boolean> {
  const all = await Promise.all(writers.map((one) => one.times()));
  return all.every((times) => times.filter((time) => time > since).length >= count);
}

function figure(what: string, seconds: number): void {
  process.stdout.write(`${what}: ${seconds.toFixed(1)} s\n`);
}
