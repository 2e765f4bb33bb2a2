import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { on } from '../../src/execute/target.ts';
import { localHost } from '../../src/host/local-host.ts';
import { releaseFor } from '../../src/release/release.ts';
import { parseVersion } from '../../src/release/version.ts';
import { endLeadership, leadershipOf } from '../../src/workflows/node/upgrade/leader-lease.ts';
import { FakeKube } from '../fakes/kube.ts';
import { quietRun } from '../run.ts';

// What is asked of a host, on processes that bear a component's name; others of that name may run on this machine.
const component = 'kube-scheduler';
let folder: string;
let running: ReturnType<typeof spawn>[];
let kube: FakeKube;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kinit-leader-'));
  writeFileSync(join(folder, component), '#!/bin/sh\necho ready\nwhile :; do sleep 0.05; done\n', { mode: 0o755 });
  running = [];
  const metadata = { name: component, namespace: 'kube-system' };
  const spec = { holderIdentity: 'm1_6a1d', leaseDurationSeconds: 15 };
  kube = new FakeKube({ apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata, spec });
});
afterEach(() => {
  for (const child of running) child.kill('SIGKILL');
  rmSync(folder, { recursive: true });
});

async function started() {
  const child = spawn(join(folder, component), { stdio: ['ignore', 'pipe', 'ignore'] });
  running.push(child);
  await once(child.stdout, 'data');
  return child;
}

const place = () =>
  on(quietRun(), { host: localHost(), release: releaseFor(parseVersion('v1.21.14')), kube: async () => kube });

/** What the host tells of one that leads: those of its processes that the test has started. */
async function led() {
  const seen = await leadershipOf(component, { from: parseVersion('v1.20.2'), hostname: 'm1' }, place());
  if (seen === undefined) throw new Error('it does not lead');
  const own = new Set(running.map(({ pid }) => String(pid)));
  return { ...seen, processes: seen.processes.filter((one) => own.has(one.split(':')[0] ?? '')) };
}

const holder = () => kube.objects('Lease').map(({ spec }) => (spec as { holderIdentity: string }).holderIdentity);

describe('the Lease of a component that is begun anew', () => {
  test('is free once the process that led has ended, and though the next one runs', async () => {
    const first = await started();
    const before = await led();
    expect(before.processes).toEqual([expect.stringMatching(new RegExp(`^${first.pid}:\\d+$`))]);
    await started();
    first.kill('SIGKILL');
    await once(first, 'exit');
    await endLeadership(before, place());
    expect(holder()).toEqual(['']);
  });

  test('is free where that process had ended before, once the next one runs', async () => {
    await started();
    await endLeadership({ component, identity: 'm1_6a1d', processes: [] }, place());
    expect(holder()).toEqual(['']);
  });

  test('stays while that process runs, whatever else has begun or ended', async () => {
    await started();
    const before = await led();
    const other = await started();
    other.kill('SIGKILL');
    await once(other, 'exit');
    await endLeadership(before, place());
    expect(holder()).toEqual(['m1_6a1d']);
  });
});
