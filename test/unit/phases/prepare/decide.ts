import { distributionOf } from '../../../../src/distribution/distribution.ts';
import type { Change } from '../../../../src/execute/change.ts';
import { nothingObserved, type Observed } from '../../../../src/execute/observed.ts';
import type { Facts } from '../../../../src/host/facts/facts.ts';
import type { SeenFile } from '../../../../src/host/host.ts';
import { readInventory } from '../../../../src/inventory/read.ts';
import type { Phase } from '../../../../src/phases/phase.ts';
import type { PrepareContext } from '../../../../src/phases/prepare/context.ts';
import { initConfig, release } from '../../manifests/config.ts';
import { factsOf } from '../../preflight/hosts.ts';

export type Fixture = 'centos-7' | 'centos-8' | 'stream-9' | 'stream-10' | 'rocky-9' | 'debian-12';

export interface Situation {
  readonly version?: string;
  readonly facts?: Partial<Facts>;
  /** Of the Inventory, besides its hosts. */
  readonly wishes?: object;
  readonly role?: 'control-plane' | 'worker';
  readonly files?: Readonly<Record<string, string>>;
  /** First word of a command that is read -> what it says. */
  readonly answers?: Readonly<Record<string, string>>;
  readonly context?: Partial<PrepareContext>;
}

/** What a phase decides on: a host of this distribution, in a cluster of one control plane and one worker. */
export function contextOf(fixture: Fixture, situation: Situation = {}): PrepareContext {
  const { version = '1.28.15', facts: more = {}, wishes = {}, role = 'worker', context = {} } = situation;
  const facts = { ...factsOf(fixture), ...more };
  const value = {
    apiVersion: 'kinit.dev/v1alpha1',
    kind: 'Inventory',
    hosts: [
      { name: 'master', address: '10.0.0.11', role: 'control-plane' },
      { name: 'node1', address: '10.0.0.12' },
    ],
    ...wishes,
  };
  const inventory = readInventory({ apiVersion: '', value, rest: {}, placeOf: (path) => path.join('.') });
  return {
    inventory,
    host: inventory.hosts.find((host) => host.role === role)!,
    facts,
    distribution: distributionOf(facts)!,
    release: release(version),
    cluster: initConfig(version).cluster,
    bindPort: 6443,
    ...context,
  };
}

/** What the phase wants of the host; a file that it reads and nobody gave is absent. */
export function desired(phase: Phase<PrepareContext>, fixture: Fixture, situation: Situation = {}): readonly Change[] {
  const context = contextOf(fixture, situation);
  return phase.desired(context, observedBy(phase, context, situation));
}

function observedBy(phase: Phase<PrepareContext>, context: PrepareContext, situation: Situation): Observed {
  const { files = {}, answers = {} } = situation;
  const reads = phase.reads(context);
  return {
    ...nothingObserved,
    files: new Map((reads.files ?? []).map((path) => [path, seen(files[path])])),
    commands: new Map(
      (reads.commands ?? []).map((argv) => [
        argv.join('\0'),
        { code: 0, stdout: answers[argv[0] ?? ''] ?? '', stderr: '' },
      ]),
    ),
  };
}

function seen(text: string | undefined): SeenFile {
  if (text === undefined) return { type: 'absent', mode: 0, owner: '', modified: 0 };
  return { type: 'file', mode: 0o644, owner: 'root:root', modified: 1, content: Buffer.from(text) };
}

/** The content of a file among the changes. */
export function fileIn(changes: readonly Change[], path: string): string | undefined {
  const file = changes.find((change) => change.kind === 'file' && change.path === path);
  return file?.kind === 'file' ? String(file.content) : undefined;
}

/** Command lines among the changes. */
export function commandsIn(changes: readonly Change[]): readonly string[] {
  return changes.flatMap((change) => (change.kind === 'command' ? [change.argv.join(' ')] : []));
}
