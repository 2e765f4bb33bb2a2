import type { JoinRequest } from '../../config/join.ts';
import { InputError, KinitError } from '../../errors.ts';
import type { Host } from '../../host/host.ts';
import type { JoinOutcome } from '../../workflows/cluster/join.ts';
import type { JoinedHost } from '../../workflows/node/join-host.ts';
import { reasonOf } from '../each-host.ts';
import { clusterFrom, type OpenedCluster } from '../input/cluster.ts';
import { readDocuments, readPatchFiles } from '../input/files.ts';
import { openEachTarget, openOther, openTarget, type TargetFlags } from '../input/targets.ts';
import type { Io } from '../io.ts';
import { openStory, type Story } from '../story.ts';

/** The flags of `kinit join` that are not configuration. */
export interface JoinCommandFlags extends TargetFlags {
  readonly allowUnverified?: boolean;
  readonly endpoint?: string;
  readonly config?: string;
  readonly controlPlane?: boolean;
  readonly controlPlaneHost?: string;
  readonly dryRun?: boolean;
  readonly kubeconfig?: string;
  readonly lenient?: boolean;
  readonly nodeName?: string;
  readonly parallel?: string;
  readonly patches?: string;
  readonly wait?: string | true;
  readonly output?: string;
  readonly [flag: string]: unknown;
}

interface Run {
  readonly flags: JoinCommandFlags;
  readonly io: Io;
  readonly request: JoinRequest;
  readonly story: Story;
  /** The one phase that was asked for. */
  readonly only?: string;
}

/** Does what `kinit join` was asked: this machine with a token, or many over SSH. Throws KinitError. */
export async function runJoin(
  flags: JoinCommandFlags,
  io: Io,
  exit: (code: number) => void,
  only?: string,
): Promise<void> {
  const overSsh = flags.host !== undefined;
  const story = await openStory(flags, io, { manyHosts: overSsh });
  try {
    const { joinRequest } = await import('../../config/join.ts');
    const request = joinRequest({
      documents: await readDocuments(flags, io, story.warn),
      flags,
      endpoint: flags.endpoint,
      discoveryFollows: overSsh,
    });
    refuse(flags, request);
    const run: Run = { flags, io, request, story, ...(only === undefined ? {} : { only }) };
    await (overSsh ? joinOverSsh(run, exit) : joinHere(run));
  } finally {
    await story.reporter.end();
  }
}

function refuse(flags: JoinCommandFlags, request: JoinRequest): void {
  if (request.controlPlane !== undefined) {
    throw new InputError(
      [{ place: '--control-plane', message: 'kinit cannot join further control planes yet' }],
      'join this one with kubeadm of the cluster’s version; workers join with kinit',
    );
  }
  if (flags.nodeName !== undefined && (flags.host?.flatMap((hosts) => hosts.split(',')).length ?? 0) > 1) {
    throw new InputError([{ place: '--node-name', message: 'one name for several hosts' }]);
  }
}

/** This machine, trusting only what the token and the pins vouch for. */
async function joinHere(run: Run): Promise<void> {
  const { io, request, story } = run;
  const { discoverCluster } = await import('../../workflows/node/discover.ts');
  const { joinAlone } = await import('../../workflows/cluster/join.ts');
  const settings = await common(run);
  const host = await openTarget(run.flags, io);
  try {
    // What is wrong with the host is told when the cluster is found.
    const facts = host.observe({ facts: true }).then(
      (seen) => seen.facts,
      () => undefined,
    );
    const found = await discoverCluster(host, request, io.signal);
    try {
      const { refuseUnverified, reportRemarks } = await import('../../workflows/release-remarks.ts');
      refuseUnverified(found.cluster.release, run.flags.allowUnverified === true);
      reportRemarks(found.cluster.release, 'kinit', story.reporter);
      await sayJoined(run, await joinAlone(host, { ...settings, ...found, facts }), settings.rehearsal);
    } finally {
      found.close();
    }
  } finally {
    await story.reporter.end();
    await host.close();
  }
}

async function sayJoined({ io, story, only }: Run, joined: JoinedHost, rehearsal: boolean): Promise<void> {
  const { joinClosingMessage } = await import('../../manifests/closing-message.ts');
  const { planEntries } = await import('../../report/plan-entry.ts');
  const { planText } = await import('../../report/plan-text.ts');
  await story.reporter.end();
  if (story.json) {
    const plan = rehearsal ? { plan: planEntries(joined.changed) } : {};
    io.result({ node: joined.node, changes: joined.changed.length, ...plan });
  } else if (rehearsal) io.stdout.write(planText(joined.changed));
  else if (only === undefined) io.stdout.write(joinClosingMessage({ controlPlane: false, etcdMember: false }));
}

/** Many machines over SSH, with an administrator's rights. */
async function joinOverSsh(run: Run, exit: (code: number) => void): Promise<void> {
  const { flags, io, story } = run;
  const { joinMany } = await import('../../workflows/cluster/join-many.ts');
  const { exitCodeOf } = await import('../../workflows/cluster/many-hosts.ts');
  const allowUnverified = flags.allowUnverified === true;
  const settings = { ...(await common(run)), parallel: parallelOf(flags), warn: story.warn, allowUnverified };
  const opening = await openEachTarget(flags, io);
  try {
    const cluster = await openCluster(flags, io);
    try {
      const outcomes = await joinMany(opening, { ...settings, kube: cluster.kube, controlPlane: cluster.through });
      await story.reporter.end();
      await sayOutcomes(run, outcomes, settings.rehearsal);
      exit(exitCodeOf(outcomes));
    } finally {
      await cluster.close();
    }
  } finally {
    await Promise.all(opening.map(async (host) => closeOpened(await host)));
  }
}

async function closeOpened(host: Host | KinitError): Promise<void> {
  if (!(host instanceof KinitError)) await host.close();
}

/** The cluster of an administrator's kubeconfig. Ctrl-C does not end its client: the run's token has to be revoked. */
async function openCluster(flags: JoinCommandFlags, io: Io): Promise<OpenedCluster> {
  const { controlPlaneHost } = flags;
  const through =
    controlPlaneHost === undefined ? undefined : await openOther(controlPlaneHost, flags, io, '--control-plane-host');
  return clusterFrom(flags.kubeconfig, io, through, new AbortController().signal);
}

async function common({ flags, io, request, story, only }: Run) {
  return {
    request,
    reporter: story.reporter,
    signal: io.signal,
    now: io.now(),
    selection: { skip: request.skipPhases, ...(only === undefined ? {} : { only }) },
    patches: await readPatchFiles(request.patchesDirectory, io, story.warn),
    waitReady: flags.wait === undefined ? 0 : flags.wait === true ? 300 : positive('--wait', flags.wait),
    rehearsal: flags.dryRun === true || request.dryRun,
  };
}

async function sayOutcomes({ io, story }: Run, outcomes: readonly JoinOutcome[], rehearsal: boolean): Promise<void> {
  if (story.json) {
    const { planEntries } = await import('../../report/plan-entry.ts');
    const hosts = outcomes.map(({ host, node, result, error, changed }) => {
      const plan = rehearsal ? { plan: planEntries(changed) } : {};
      return { host, node, result, changes: changed.length, ...plan, ...(error && reasonOf(error)) };
    });
    return io.result({ hosts });
  }
  const failed = outcomes.filter(({ error }) => error !== undefined);
  if (rehearsal) {
    const { plansText } = await import('../../report/plan-text.ts');
    const planned = outcomes.filter(({ error }) => error === undefined);
    io.stdout.write(plansText(planned.map(({ host, changed }) => ({ host, changes: changed }))));
  }
  await sayTable(rehearsal ? failed : outcomes, io);
}

async function sayTable(outcomes: readonly JoinOutcome[], io: Io): Promise<void> {
  if (outcomes.length === 0) return;
  const { outcomeTable } = await import('../../report/outcome-table.ts');
  const rows = outcomes.map(({ host, result, node, error }) => ({
    host,
    cells: [result],
    remark: `node ${node ?? ''}`,
    error,
  }));
  io.stdout.write(outcomeTable(['RESULT'], rows, io.stdout.columns));
}

function parallelOf({ parallel = '32' }: JoinCommandFlags): number {
  return positive('--parallel', parallel);
}

function positive(place: string, text: string): number {
  const number = Number(text);
  if (Number.isInteger(number) && number > 0) return number;
  throw new InputError([{ place, message: `"${text}" is not a positive number` }]);
}
