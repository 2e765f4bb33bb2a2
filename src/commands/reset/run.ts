import type { ResetRequest } from '../../config/reset.ts';
import type { ResetFlags } from '../../config/reset-flags.ts';
import { defined } from '../../defined.ts';
import { exitCodes, KinitError } from '../../errors.ts';
import type { Host } from '../../host/host.ts';
import { adminConf } from '../../release/paths.ts';
import type { ResetInput, ResetResult } from '../../workflows/node/reset.ts';
import { hasManyHosts, onEachHost } from '../each-host.ts';
import { confirmed } from '../input/ask.ts';
import { readDocuments } from '../input/files.ts';
import { readSudoPassword, type TargetFlags } from '../input/targets.ts';
import type { Io } from '../io.ts';
import { inSession } from '../session.ts';
import type { Story } from '../story.ts';

/** The flags of `kinit reset`. */
export interface ResetCommandFlags extends ResetFlags, TargetFlags {
  readonly output?: string;
}

/** Does what `kinit reset` was asked, on this machine or on many; exit 5 where something could not be removed. */
export async function runReset(
  flags: ResetCommandFlags,
  io: Io,
  exit: (code: number) => void,
  only?: string,
): Promise<void> {
  const { resetRequest } = await import('../../config/reset.ts');
  const { rehearsing } = await import('../../execute/run.ts');
  await inSession({ flags, io, exit, manyHosts: hasManyHosts(flags) }, async (session) => {
    const request = resetRequest({ documents: await readDocuments(flags, io, session.warn), flags });
    const run = request.reset.dryRun ? rehearsing(session.run) : session.run;
    await readSudoPassword(flags, io);
    if (!run.rehearsal && asks(request, only)) await confirm(flags, io);
    const named = defined({ only });
    const input: ResetInput = { request, kubeconfig: flags.kubeconfig ?? adminConf, run, ...named };
    let hasLeftovers = false;
    const code = await onEachHost(flags, io, session, async (host) => {
      if (run.rehearsal) return rehearsed(host, input, flags, io);
      const result = await removed(host, input);
      hasLeftovers ||= result.leftovers.length > 0;
      return said(result, host, flags, session, only);
    });
    return code === exitCodes.done && hasLeftovers ? exitCodes.differences : code;
  });
}

async function removed(host: Host, input: ResetInput): Promise<ResetResult> {
  const { withLastLock } = await import('../../host/lock/lock.ts');
  const { resetHost } = await import('../../workflows/node/reset.ts');
  return withLastLock(host, 'kinit reset', () => resetHost(host, input));
}

async function rehearsed(host: Host, input: ResetInput, flags: ResetCommandFlags, io: Io): Promise<string> {
  const { overlayHost } = await import('../../host/overlay.ts');
  const { planText, plansText } = await import('../../report/plan-text.ts');
  const { resetHost } = await import('../../workflows/node/reset.ts');
  const { changed } = await resetHost(overlayHost({ name: host.name, base: host }), input);
  if (flags.host === undefined || flags.output === 'json') return planText(changed).trimEnd();
  io.stdout.write(plansText([{ host: host.name, changes: changed }]));
  return 'would be reset';
}

/** kubeadm's question belongs to its preflight phase. */
function asks({ reset }: ResetRequest, only: string | undefined): boolean {
  const isPreflight = only === undefined || only === 'preflight';
  return isPreflight && reset.force !== true && !(reset.skipPhases ?? []).includes('preflight');
}

async function confirm(flags: ResetCommandFlags, io: Io): Promise<void> {
  const what = flags.host === undefined ? 'this host' : flags.host.join(', ');
  io.stderr.write(`[reset] WARNING: Changes made to ${what} by 'kinit init' or 'kinit join' will be reverted.\n`);
  if (await confirmed('[reset] Are you sure you want to proceed?', io, { piped: true })) return;
  throw new KinitError("won't proceed; the user didn't answer (Y|y) in order to continue", {
    hint: flags.sudoPasswordStdin
      ? 'give y on the line after the password, or --force where nobody can be asked'
      : 'answer y, or give --force where nobody can be asked',
  });
}

async function said(
  { leftovers, changed }: ResetResult,
  host: Host,
  flags: ResetCommandFlags,
  { reporter }: Story,
  only: string | undefined,
): Promise<string> {
  for (const name of leftovers) {
    reporter.report({ type: 'warning', host: host.name, text: `[reset] Could not be removed: ${name}` });
  }
  const done = changed.length === 0 && leftovers.length === 0 ? 'nothing was there' : 'reset';
  const short = leftovers.length === 0 ? done : `reset, but left behind: ${leftovers.join(', ')}`;
  if (flags.host !== undefined || only !== undefined) return short;
  const { resetClosingMessage } = await import('../../manifests/reset-closing.ts');
  return resetClosingMessage(leftovers);
}
