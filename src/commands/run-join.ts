import type { JoinRequest } from '../config/join.ts';
import { InputError, KinitError } from '../errors.ts';
import type { Host } from '../host/host.ts';
import type { KubeClient } from '../kube/client.ts';
import { adminConf } from '../phases/paths.ts';
import type { HostOutcome } from '../workflows/join.ts';
import type { JoinInput } from '../workflows/join-host.ts';
import { clusterFrom, type OpenedCluster } from './cluster.ts';
import { readDocuments, readPatchFiles } from './files.ts';
import type { Io } from './io.ts';
import { openStory, type Story } from './story.ts';
import { openEachTarget, openOther, openTarget, type TargetFlags } from './targets.ts';

/** The flags of `kinit join` that are not configuration. */
export interface JoinFlags extends TargetFlags {
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
  readonly flags: JoinFlags;
  readonly io: Io;
  readonly request: JoinRequest;
  readonly story: Story;
  /** The one phase that was asked for. */
  readonly only?: string;
}

/** Does what `kinit join` was asked: this machine with a token, or many over SSH. Throws KinitError. */
export async function runJoin(flags: JoinFlags, io: Io, exit: (code: number) => void, only?: string): Promise<void> {
  const overSsh = flags.host !== undefined;
  const story = await openStory(flags, io, { manyHosts: overSsh });
  try {
    const { joinRequest } = await import('../config/join.ts');
    const request = joinRequest({
      documents: await readDocuments(flags, io, story.warn),
      flags,
      endpoint: flags.endpoint,
      discoveryFollows: overSsh,
    });
    refuse(flags, request);
    const run: Run = { flags, io, request, story, ...(only === undefined ? {} : { only }) };
    await (overSsh ? joinMany(run, exit) : joinHere(run));
  } finally {
    await story.reporter.end();
  }
}

function refuse(flags: JoinFlags, request: JoinRequest): void {
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
  const { discoverCluster } = await import('../workflows/discover.ts');
  const { withLock } = await import('../host/lock.ts');
  const { joinHost } = await import('../workflows/join-host.ts');
  const { joinClosingMessage } = await import('../manifests/closing-message.ts');
  const host = await openTarget(run.flags, io);
  try {
    const joined = await withLock(host, 'kinit join', async () => {
      const found = await discoverCluster(host, request, io.signal);
      try {
        return await joinHost(host, { ...(await common(run)), ...found });
      } finally {
        found.close();
      }
    });
    await story.reporter.end();
    if (story.json)
      io.stdout.write(`${JSON.stringify({ type: 'result', node: joined.node, changes: joined.changed.length })}\n`);
    else if (run.only === undefined) io.stdout.write(joinClosingMessage({ controlPlane: false, etcdMember: false }));
  } finally {
    await host.close();
  }
}

/** Many machines over SSH, with a token of the run's own that is revoked at the end, whatever happened. */
async function joinMany(run: Run, exit: (code: number) => void): Promise<void> {
  const { flags, io, story } = run;
  const { readClusterFacts, publishedEndpoint } = await import('../workflows/cluster-info.ts');
  const { runToken } = await import('../workflows/join-token.ts');
  const { joinHosts } = await import('../workflows/join.ts');
  const { exitCodeOf } = await import('../workflows/many-hosts.ts');
  const opening = await openEachTarget(flags, io);
  const cluster = await openCluster(flags, io);
  const kube = async (): Promise<KubeClient> => cluster.kube;
  const token = runToken(kube, io.now());
  try {
    const [facts, { server, ca }] = await Promise.all([
      readClusterFacts(cluster.kube),
      publishedEndpoint(cluster.kube),
    ]);
    const input: JoinInput = {
      ...(await common(run)),
      cluster: facts,
      discovery: { file: { kubeConfigPath: adminConf } },
      server,
      caPem: ca,
      token: () => token.get(),
      kube,
    };
    const outcomes = await joinHosts(opening, input, parallelOf(flags));
    await story.reporter.end();
    await sayOutcomes(run, outcomes);
    exit(exitCodeOf(outcomes));
  } finally {
    await token
      .revoke()
      .catch((error: unknown) =>
        story.warn(`the token of this run could not be revoked: ${String(error)}; it expires within 30 minutes`),
      );
    await Promise.all(opening.map(async (host) => closeOpened(await host)));
    await cluster.close();
  }
}

async function closeOpened(host: Host | KinitError): Promise<void> {
  if (!(host instanceof KinitError)) await host.close();
}

/** The cluster of an administrator's kubeconfig. Ctrl-C does not end its client: the run's token has to be revoked. */
async function openCluster(flags: JoinFlags, io: Io): Promise<OpenedCluster> {
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
    patches: await readPatchFiles(request.patchesDirectory, io),
    waitReady: flags.wait === undefined ? 0 : flags.wait === true ? 300 : positive('--wait', flags.wait),
    rehearsal: flags.dryRun === true || request.dryRun,
  };
}

async function sayOutcomes({ io, story }: Run, outcomes: readonly HostOutcome[]): Promise<void> {
  if (story.json) {
    const hosts = outcomes.map(({ host, node, result, error }) => ({ host, node, result, reason: error?.message }));
    io.stdout.write(`${JSON.stringify({ type: 'result', hosts })}\n`);
    return;
  }
  const { table } = await import('../report/host-table.ts');
  const reason = ({ node, error }: HostOutcome) =>
    error === undefined
      ? `node ${node ?? ''}`
      : [error.message, error.hint].filter(Boolean).join('; ').replaceAll('\n', ' ');
  io.stdout.write(
    table(
      ['HOST', 'RESULT', 'REASON'],
      outcomes.map((outcome) => [outcome.host, outcome.result, reason(outcome)]),
    ),
  );
}

function parallelOf({ parallel = '32' }: JoinFlags): number {
  return positive('--parallel', parallel);
}

function positive(place: string, text: string): number {
  const number = Number(text);
  if (Number.isInteger(number) && number > 0) return number;
  throw new InputError([{ place, message: `"${text}" is not a positive number` }]);
}
