import { resolve } from 'node:path';
import { defined } from '../../defined.ts';
import { exitCodes, InputError, KinitError } from '../../errors.ts';
import type { Run } from '../../execute/run.ts';
import { parseVersion } from '../../release/version.ts';
import type { ClusterUpgrade } from '../../workflows/cluster/upgrade/upgrade-input.ts';
import { throughOf } from '../../workflows/cluster/upgrade/walk.ts';
import { exitCodeOf } from '../../workflows/host-outcome.ts';
import { positive } from '../each-host.ts';
import { type InventoryFile, readInventoryFile } from '../input/inventory-file.ts';
import type { Io } from '../io.ts';
import { inSession, type Session } from '../session.ts';
import { type UpFlags, type UpParts, upParts } from '../up/input.ts';
import { prepareInput } from '../up/steps.ts';

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
    else if (flags.dryRun) io.stdout.write(walkText(result, file.documents.file));
    else io.stdout.write(upgradeText(result, io.now() - started, io.stdout.columns));
    if (flags.dryRun && result.risks.errors.length > 0) return exitCodes.preflight;
    return exitCodeOf(result.outcomes);
  });
}

/** What a file and flags ask of an upgrade. Throws InputError. */
export async function clusterUpgradeInput(
  file: InventoryFile,
  { input }: UpParts,
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
  const { prepareHost } = await import('../../workflows/node/prepare.ts');
  const { preparePhases } = await import('../../workflows/node/prepare-phases.ts');
  const others = preparePhases.map(({ name }) => name).filter((name) => !withTheNode.includes(name));
  const entries = new Map(file.inventory.hosts.map((entry) => [entry.name, entry]));
  return {
    controlPlanes: input.controlPlanes,
    workers: input.workers,
    wish: { target, through },
    dial: input.dial,
    packages: ({ host, entry }, release) => {
      const found = entries.get(entry.name);
      if (found === undefined) throw new KinitError(`no host ${entry.name} in the file`);
      const prepare = prepareInput(file, { input }, release, { skipPhases: others });
      return prepareHost(host, found, { ...prepare, upgrades: true });
    },
    ...defined({ snapshot: flags.snapshot === false ? undefined : kept(flags.snapshotDir, io, run) }),
    patches: input.patches,
    ignored: flags.ignorePreflightErrors ?? [],
    maxUnavailable: unavailable(flags.maxUnavailable ?? '1', input.workers.length),
    drainDeadline: positive('--drain-timeout', flags.drainTimeout ?? '300'),
    force: flags.force === true,
    readyDeadline: input.readyDeadline,
    run,
  };
}

/** Keeps etcd as it is in a folder of this machine. */
function kept(folder = defaultFolder, io: Io, run: Run): NonNullable<ClusterUpgrade['snapshot']> {
  return async (hosts) => {
    const { saveSnapshot } = await import('../../workflows/etcd/save-snapshot.ts');
    const { path, bytes, revision } = await saveSnapshot({ hosts, to: { folder: resolve(io.cwd, folder) }, run });
    return `${path} (${(bytes / 1000 / 1000).toFixed(1)} MB, revision ${revision})`;
  };
}

/** Phases of the preparation that go to the version with a drained node. */
const withTheNode: readonly string[] = ['repositories', 'packages', 'runtime'];

const defaultFolder = 'etcd-snapshots';

/** `2`, or `30%` of the workers: at least one (Kubernetes rounds a maxUnavailable down). Throws InputError. */
function unavailable(text: string, workers: number): number {
  const share = /^(\d{1,3})%$/.exec(text)?.[1];
  if (share === undefined) return positive('--max-unavailable', text);
  const percent = positive('--max-unavailable', share);
  if (percent > 100) throw new InputError([{ place: '--max-unavailable', message: `${text} is more than all` }]);
  return Math.max(1, Math.floor((workers * percent) / 100));
}
