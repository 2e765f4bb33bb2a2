import { exitCodes, KinitError } from '../../errors.ts';
import type { Change, FileChange } from '../../execute/change.ts';
import { mergeReads, type Observed, type Reads } from '../../execute/observed.ts';
import type { InitContext } from '../../phases/context.ts';
import { controlPlane } from '../../phases/control-plane.ts';
import { etcd } from '../../phases/etcd.ts';
import { kubeletStart } from '../../phases/kubelet-start.ts';
import { manifestsDirectory } from '../../release/paths.ts';
import { unifiedDiff } from '../../report/unified-diff.ts';
import { reveal } from '../../secret.ts';

/** The phases whose files tell whose control plane a host carries. */
const telling = [etcd, controlPlane, kubeletStart];

/** What has to be seen to tell whose a host is. */
export function ownershipReads(context: InitContext): Reads {
  return mergeReads(telling.map((phase) => phase.reads(context)));
}

export type Ownership = 'bare' | 'ours';

/**
 * Whether the host is bare or already carries (a part of) this very control plane, so that a run goes on. Throws KinitError,
 * exit 2, with the difference where it carries another one: nothing on it may be touched then.
 */
export function ownership(context: InitContext, observed: Observed): Ownership {
  return ownershipOf(
    telling.flatMap((phase) => phase.desired(context, observed)),
    observed,
  );
}

/** The same by the changes whose files tell. */
export function ownershipOf(changes: readonly Change[], observed: Observed): Ownership {
  const wanted = changes.filter(isRendered);
  const there = wanted.filter(({ path }) => observed.files.get(path)?.type === 'file');
  const isControlPlane = there.some(({ path }) => path.startsWith(`${manifestsDirectory}/`));
  const other = there.filter(({ path, content }) => text(observed, path) !== reveal(content));
  if (other.length === 0) return there.length > 0 ? 'ours' : 'bare';
  if (!isControlPlane) return 'bare';
  const differences = other.map(({ path, content }) => unifiedDiff(path, text(observed, path) ?? '', reveal(content)));
  throw new KinitError(
    `this host carries a control plane of another configuration; nothing was touched. The difference:\n${differences.join('\n')}`,
    {
      exitCode: exitCodes.preflight,
      hint: 'run the command with the configuration that it was made with, or `kinit reset` to remove it from this host first',
    },
  );
}

function isRendered(change: Change): change is FileChange {
  return change.kind === 'file' && !change.keep;
}

function text(observed: Observed, path: string): string | undefined {
  return observed.files.get(path)?.content?.toString('utf8');
}
