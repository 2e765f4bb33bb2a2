import { KinitError } from '../errors.ts';
import type { Operation, OperationResult } from '../host/host.ts';
import type { AwaitedChange, Change, CommandChange } from './change.ts';
import type { Decided } from './decided.ts';
import { removeEtcdMember } from './etcd.ts';
import { throwIfInterrupted } from './interrupted.ts';
import { mint } from './mint.ts';
import { isHostChange, operationsFor } from './operations.ts';
import { performObjects } from './perform-objects.ts';
import { performPackages } from './perform-packages.ts';
import { performUploads } from './perform-uploads.ts';
import type { Target } from './target.ts';
import { expired, waitFor } from './wait.ts';

/**
 * Performs the changes in order: consecutive ones for the host in one round trip, consecutive objects together, waits for
 * the cluster one by one. The only place that acts. Throws KinitError at the first failure; what was done before it stays.
 */
export async function perform(decided: readonly Decided[], target: Target): Promise<void> {
  const minted = await mint(
    decided.map(({ change }) => change),
    target,
  );
  for (const batch of batches(decided)) {
    throwIfInterrupted(target.signal, target.host.name);
    const first = batch[0]?.change;
    if (first === undefined) continue;
    if (isHostChange(first)) await performOnHost(batch, minted, target);
    else if (first.kind === 'object' || first.kind === 'node') await performObjects(batch, target);
    else if (first.kind === 'upload') await performUploads(batch, target);
    else if (first.kind === 'packages') await installPackages(batch, target);
    else if (first.kind === 'etcd-member') await performEtcdMembers(batch, target);
    else if (first.kind === 'wait') await performWaits(batch, target);
    else for (const { phase, change } of batch) tell(phase, change, target);
  }
}

/** Runs of changes that go together; notes go along with whatever they stand among. */
function batches(decided: readonly Decided[]): readonly (readonly Decided[])[] {
  const all: Decided[][] = [];
  let kind = '';
  for (const item of decided) {
    const own = batchKind(item.change);
    const last = all.at(-1);
    const alone = own !== kind || own === 'long' || own === 'wait';
    if (last === undefined || alone || beginsToAwait(item, last)) all.push([item]);
    else last.push(item);
    kind = own;
  }
  return all;
}

/** What is awaited is told before the wait, and what was done before it too. */
function beginsToAwait({ change }: Decided, before: readonly Decided[]): boolean {
  return change.kind === 'awaited' && before.at(-1)?.change.kind !== 'awaited';
}

/** A command that may take minutes goes alone, so that its line is seen while it runs. */
function batchKind(change: Change): string {
  if (change.kind === 'command' && (change.deadline ?? 0) > 120) return 'long';
  if (isHostChange(change)) return 'host';
  if (change.kind === 'object' && change.ownedBy) return 'owned';
  if (change.kind === 'object' && change.wave !== undefined) return `wave ${change.wave}`;
  return change.kind === 'node' ? 'object' : change.kind;
}

async function performOnHost(
  batch: readonly Decided[],
  minted: Awaited<ReturnType<typeof mint>>,
  target: Target,
): Promise<void> {
  const operations: Operation[] = [];
  const owners: Decided[] = [];
  for (const item of batch) {
    for (const operation of operationsFor(item.change, minted.get(item.change))) {
      operations.push(operation);
      owners.push(item);
    }
  }
  const told = new Set<Decided>();
  const tellOnce = (item: Decided) => {
    if (!told.has(item)) tell(item.phase, item.change, target);
    told.add(item);
  };
  if (batch.length === 1 && batch[0]) tellOnce(batch[0]);
  for (const item of batch) {
    if (item.change.kind !== 'awaited') continue;
    tellOnce(item);
    if (!target.rehearsal) tellWaiting(item.change, target);
  }
  await performFrom(0, operations, owners, tellOnce, target);
}

/** Goes on behind the failure of a change that is optional. */
async function performFrom(
  start: number,
  operations: readonly Operation[],
  owners: readonly Decided[],
  tellOnce: (item: Decided) => void,
  target: Target,
): Promise<void> {
  const results = await target.host.perform(operations.slice(start), { signal: target.signal });
  for (const result of results) {
    const owner = owners[start + result.index];
    if (owner === undefined) continue;
    tellOnce(owner);
    if (result.code === 0) continue;
    if (owner.change.kind === 'awaited') throw await expired(owner.change, target);
    if (!owner.change.optional) throw failure(owner, result, target);
    target.reporter.report({ type: 'warning', host: target.host.name, text: failure(owner, result, target).message });
    return performFrom(start + result.index + 1, operations, owners, tellOnce, target);
  }
}

function failure({ phase, change }: Decided, result: OperationResult, target: Target): KinitError {
  const words = (result.stderr.trim() || result.stdout.trim()).split('\n').slice(-12).join('\n');
  const { causes = [], advice: otherwise } = change as CommandChange;
  const advice = causes.find(({ sign }) => sign.test(words))?.advice ?? otherwise;
  return new KinitError(`${phase}: ${describe(change)} failed with exit code ${result.code}${words && `:\n${words}`}`, {
    host: target.host.name,
    ...(advice === undefined ? {} : { hint: advice }),
  });
}

async function installPackages(batch: readonly Decided[], target: Target): Promise<void> {
  for (const { phase, change } of batch) {
    tell(phase, change, target);
    if (change.kind === 'packages') await performPackages(change, target);
  }
}

async function performEtcdMembers(batch: readonly Decided[], target: Target): Promise<void> {
  for (const { phase, change } of batch) {
    tell(phase, change, target);
    if (change.kind === 'etcd-member' && !target.rehearsal) await removeEtcdMember(change, target);
  }
}

async function performWaits(batch: readonly Decided[], target: Target): Promise<void> {
  for (const { phase, change } of batch) {
    tell(phase, change, target);
    if (change.kind === 'wait' && !target.rehearsal) await waitFor(change, target);
  }
}

function tell(phase: string, change: Change, target: Target): void {
  const host = target.host.name;
  if (change.kind === 'note' && change.warning) target.reporter.report({ type: 'warning', host, text: change.text });
  else if (change.kind === 'note') target.reporter.report({ type: 'line', host, phase, text: change.text });
  else if (change.says !== undefined) target.reporter.report({ type: 'line', host, phase, text: change.says });
}

function tellWaiting({ what, deadline }: AwaitedChange, { reporter, host }: Target): void {
  reporter.report({ type: 'waiting', host: host.name, what, deadline });
}

/** The change in a few words, without any secret. */
export function describe(change: Change): string {
  switch (change.kind) {
    case 'note':
      return change.text;
    case 'file':
    case 'kubeconfig':
      return `writing ${change.path}`;
    case 'upload':
      return `uploading ${change.path} (${Math.ceil(change.source.size / 1024 / 1024)} MiB)`;
    case 'directory':
      return `making ${change.path}`;
    case 'absent':
      return `removing ${change.path}`;
    case 'key-pair':
      return `making ${change.privatePath}`;
    case 'certificate':
      return `making ${change.directory}/${change.spec.path}.crt`;
    case 'command':
      if (change.what !== undefined) return change.what;
      return change.removes ? `removing ${some(change.removes)}` : `\`${change.argv.join(' ')}\``;
    case 'packages':
      return `installing ${change.names.join(', ')}`;
    case 'etcd-member':
      return `removing the etcd member ${change.peerUrl}`;
    case 'service':
      return `${change.state === 'running' ? 'starting' : 'stopping'} ${change.name}`;
    case 'object':
      return `${change.how === 'absent' ? 'deleting' : 'storing'} ${change.object.kind} ${change.object.metadata.name}`;
    case 'node':
      return `marking node ${change.name}`;
    case 'awaited':
      return `waiting for ${change.what}`;
    case 'wait':
      return `waiting for ${change.until.what}`;
  }
}

function some(names: readonly string[]): string {
  const more = names.length - 5;
  return more > 1 ? `${names.slice(0, 5).join(', ')} and ${more} more` : names.join(', ');
}
