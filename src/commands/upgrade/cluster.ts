import { resolve } from 'node:path';
import { defined } from '../../defined.ts';
import { exitCodes, InputError } from '../../errors.ts';
import type { Run } from '../../execute/run.ts';
import { parseVersion } from '../../release/version.ts';
import type { ClusterUpgrade, NodeByNode } from '../../workflows/cluster/upgrade/upgrade-input.ts';
import { throughOf } from '../../workflows/cluster/upgrade/way/walk.ts';
import { exitCodeOf } from '../../workflows/host-outcome.ts';
import { positive } from '../each-host.ts';
import { type InventoryFile, readInventoryFile } from '../input/inventory-file.ts';
import { type Io, tell } from '../io.ts';
import { inSession, type Session } from '../session.ts';
import { type UpFlags, type UpParts, upParts } from '../up/input.ts';

export interface ClusterUpgradeFlags extends UpFlags {
  readonly to?: string;
  readonly through?: string;
  readonly maxUnavailable?: string;
  readonly drainTimeout?: string;
  readonly force?: boolean;
  readonly dryRun?: boolean;
  readonly snapshotDir?: string;
  /** False with --no-snapshot. */
  readonly snapshot?: boolean;
}

/** `kinit upgrade --config FILE`: the whole cluster of a file. Throws KinitError where nothing was touched. */
export async function runClusterUpgrade(
  flags: ClusterUpgradeFlags,
  io: Io,
  exit: (code: number) => void,
): Promise<void> {
  const started = io.now();
  await inSession({ flags, io, exit, manyHosts: true }, async (session) => {
    const file = await readInventoryFile(flags, io, session.warn);
    const parts = session.closing(await upParts(file, flags, io, session.run));
    const input = await clusterUpgradeInput(file, parts, flags, { session, io });
    const { planUpgrade, upgradeCluster } = await import('../../workflows/cluster/upgrade/upgrade.ts');
    const { upgradeObject, upgradeText, walkText } = await import('../../report/upgrade-text.ts');
    const result = await (flags.dryRun ? planUpgrade(input) : upgradeCluster(input));
    await session.told();
    if (session.json) io.result(upgradeObject(result));
    else if (flags.dryRun) tell(io, walkText(result, file.documents.file));
    else tell(io, upgradeText(result, io.now() - started, io.stdout.columns, io.words));
    if (flags.dryRun && result.risks.errors.length > 0) return exitCodes.preflight;
    return exitCodeOf(result.outcomes);
  });
}

/** What a file and flags ask of an upgrade. Throws InputError. */
export async function clusterUpgradeInput(
  file: InventoryFile,
  { input, bundles }: UpParts,
  flags: ClusterUpgradeFlags,
  { session: { run }, io }: { readonly session: Session; readonly io: Io },
): Promise<ClusterUpgrade> {
  const target = flags.to === undefined ? input.version : parseVersion(flags.to, '--to');
  if (target === undefined) {
    throw new InputError(
      [{ place: file.documents.file, message: 'names no kubernetesVersion' }],
      'write the new version into its ClusterConfiguration, or give --to vX.Y.Z',
    );
  }
  const through = throughOf((flags.through ?? '').split(',').filter(Boolean), '--through');
  const { snapshot = true, snapshotDir = 'etcd-snapshots' } = flags;
  return {
    ...input,
    ...nodeByNode({ input, bundles }, flags, run),
    wish: { target, through },
    ...defined({ snapshotFolder: snapshot ? resolve(io.cwd, snapshotDir) : undefined }),
    ignored: flags.ignorePreflightErrors ?? [],
  };
}

/** What a file and flags ask of nodes that go one after the other. Throws InputError. */
export function nodeByNode(
  { input, bundles }: Pick<UpParts, 'input' | 'bundles'>,
  flags: Pick<ClusterUpgradeFlags, 'maxUnavailable' | 'drainTimeout' | 'force'>,
  run: Run,
): NodeByNode {
  return {
    ...input,
    bundles,
    maxUnavailable: unavailable(flags.maxUnavailable ?? '1', input.workers.length),
    drainDeadline: positive('--drain-timeout', flags.drainTimeout ?? '300'),
    force: flags.force === true,
    run,
  };
}

/** `2`, or `30%` of the workers: at least one (Kubernetes rounds a maxUnavailable down). Throws InputError. */
function unavailable(text: string, workers: number): number {
  const share = /^(\d{1,3})%$/.exec(text)?.[1];
  if (share === undefined) return positive('--max-unavailable', text);
  const percent = positive('--max-unavailable', share);
  if (percent > 100) throw new InputError([{ place: '--max-unavailable', message: `${text} is more than all` }]);
  return Math.max(1, Math.floor((workers * percent) / 100));
}
