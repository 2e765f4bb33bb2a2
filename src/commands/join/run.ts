import type { JoinRequest } from '../../config/join.ts';
import type { JoinFlags } from '../../config/join-flags.ts';
import { defined } from '../../defined.ts';
import { exitCodes, InputError } from '../../errors.ts';
import type { Run } from '../../execute/run.ts';
import type { JoinClosing } from '../../manifests/closing-message.ts';
import type { SharedSource } from '../../phases/join-context.ts';
import { Secret } from '../../secret.ts';
import type { JoinOutcome } from '../../workflows/cluster/join.ts';
import type { JoinedHost } from '../../workflows/node/join-host.ts';
import { positive, reasonOf } from '../each-host.ts';
import { clusterFrom, type OpenedCluster } from '../input/cluster.ts';
import { readDocuments, readPatchFiles } from '../input/files.ts';
import { proxies } from '../input/proxies.ts';
import { openEachTarget, openOther, openTarget, type TargetFlags } from '../input/targets.ts';
import { type Io, tell } from '../io.ts';
import { inSession, type Session } from '../session.ts';

/** The flags of `kinit join`. */
export interface JoinCommandFlags extends JoinFlags, TargetFlags {
  readonly output?: string;
}

interface JoinCommand {
  readonly flags: JoinCommandFlags;
  readonly io: Io;
  readonly request: JoinRequest;
  readonly session: Session;
  readonly run: Run;
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
  await inSession({ flags, io, exit, manyHosts: overSsh }, async (session) => {
    const { joinRequest } = await import('../../config/join.ts');
    const { rehearsing } = await import('../../execute/run.ts');
    const request = joinRequest({
      documents: await readDocuments(flags, io, session.warn),
      flags,
      endpoint: flags.endpoint,
      discoveryFollows: overSsh,
    });
    refuse(flags, request);
    const run = flags.dryRun || request.dryRun ? rehearsing(session.run) : session.run;
    const command = { flags, io, request, session, run, ...defined({ only }) };
    if (overSsh) return joinOverSsh(command);
    await joinHere(command);
    return exitCodes.done;
  });
}

function refuse(flags: JoinCommandFlags, request: JoinRequest): void {
  if ((flags.host?.flatMap((hosts) => hosts.split(',')).length ?? 0) < 2) return;
  const address = request.controlPlane?.localAPIEndpoint?.advertiseAddress;
  const problems = [
    ...(flags.nodeName === undefined ? [] : [{ place: '--node-name', message: 'one name for several hosts' }]),
    ...(address
      ? [
          {
            place: request.placeOf(['controlPlane', 'localAPIEndpoint', 'advertiseAddress']),
            message: `"${address}" is one address for several hosts: left out, each has its own`,
          },
        ]
      : []),
  ];
  if (problems.length > 0) throw new InputError(problems);
}

/** This machine, trusting only what the token and the pins vouch for. */
async function joinHere(command: JoinCommand): Promise<void> {
  const { flags, io, request, session, run } = command;
  const { discoverCluster } = await import('../../workflows/node/discover.ts');
  const { joinAlone } = await import('../../workflows/cluster/join.ts');
  const settings = await common(command);
  const host = session.closing(await openTarget(flags, io));
  // What is wrong with the host is told when the cluster is found.
  const facts = host.observe({ facts: true }).then(
    (seen) => seen.facts,
    () => undefined,
  );
  const found = session.closing(await discoverCluster(host, request, io.signal));
  const { refuseUnverified, reportRemarks } = await import('../../workflows/release-remarks.ts');
  refuseUnverified(found.cluster.release, flags.allowUnverified === true);
  reportRemarks(found.cluster.release, 'kinit', run.reporter);
  const controlPlanes = request.controlPlane && {
    shared: sharedSource(request.controlPlane.certificateKey),
    proxyEnvironment: proxies(io),
  };
  const joined = await joinAlone(host, { ...settings, ...found, facts, ...defined({ controlPlanes }) });
  await sayJoined(command, joined, {
    controlPlane: controlPlanes !== undefined,
    etcdMember: found.cluster.cluster.etcd.local !== undefined,
  });
}

/** Without a key the user has put the shared certificates on the host. */
function sharedSource(certificateKey: string | undefined): SharedSource {
  if (certificateKey === undefined || certificateKey === '') return { from: 'host' };
  return { from: 'secret', certificateKey: new Secret(certificateKey) };
}

async function sayJoined(
  { io, session, run, only }: JoinCommand,
  joined: JoinedHost,
  closing: JoinClosing,
): Promise<void> {
  const { joinClosingMessage } = await import('../../manifests/closing-message.ts');
  const { planEntries } = await import('../../report/plan-entry.ts');
  const { planText } = await import('../../report/plan-text.ts');
  await session.told();
  if (session.json) {
    const plan = run.rehearsal ? { plan: planEntries(joined.changed) } : {};
    io.result({ node: joined.node, changes: joined.changed.length, ...plan });
  } else if (run.rehearsal) io.stdout.write(planText(joined.changed));
  else if (only === undefined) io.stdout.write(joinClosingMessage(closing));
}

/** Milliseconds: an API server that is just beginning anew is waited for (kubeadm's timeouts.discovery is five minutes). */
const retryForMs = 30_000;

/** Many machines over SSH, with an administrator's rights. Returns the exit code. */
async function joinOverSsh(command: JoinCommand): Promise<number> {
  const { flags, io, session } = command;
  const { joinMany } = await import('../../workflows/cluster/join-many.ts');
  const { exitCodeOf } = await import('../../workflows/host-outcome.ts');
  const allowUnverified = flags.allowUnverified === true;
  const settings = { ...(await common(command)), parallel: parallelOf(flags), allowUnverified };
  const places = await openEachTarget(flags, io);
  session.closing(...places.map(({ opening }) => opening));
  const cluster = session.closing(await openCluster(flags, io));
  const asControlPlanes = await controlPlaneSource(command, cluster);
  const reached = { kube: cluster.kube, controlPlane: cluster.through };
  const outcomes = await joinMany(places, { ...settings, ...reached, asControlPlanes });
  await session.told();
  await sayOutcomes(command, outcomes);
  return exitCodeOf(outcomes);
}

/** Where control planes get what all of them share: by the key, else from the one that the cluster is reached by, else from here. */
async function controlPlaneSource({ flags, io, request, session }: JoinCommand, { through }: OpenedCluster) {
  if (request.controlPlane === undefined) return undefined;
  const { certificateKey } = request.controlPlane;
  if (certificateKey) return { certificateKey: new Secret(certificateKey) };
  const { host: _, ...here } = flags;
  return { from: through ?? session.closing(await openTarget(here, io)) };
}

/** The cluster of an administrator's kubeconfig. Ctrl-C does not end its client: the run's token has to be revoked. */
async function openCluster(flags: JoinCommandFlags, io: Io): Promise<OpenedCluster> {
  const { controlPlaneHost } = flags;
  const through =
    controlPlaneHost === undefined ? undefined : await openOther(controlPlaneHost, flags, io, '--control-plane-host');
  return clusterFrom(flags.kubeconfig, io, through, { signal: new AbortController().signal, retryForMs });
}

async function common({ flags, io, request, session, run, only }: JoinCommand) {
  return {
    request,
    run,
    selection: { skip: request.skipPhases, ...defined({ only }) },
    patches: await readPatchFiles(request.patchesDirectory, io, session.warn),
    waitReady: flags.wait === undefined ? 0 : flags.wait === true ? 300 : positive('--wait', flags.wait),
  };
}

async function sayOutcomes({ io, session, run }: JoinCommand, outcomes: readonly JoinOutcome[]): Promise<void> {
  const { rehearsal } = run;
  if (session.json) {
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
  tell(io, outcomeTable(['RESULT'], rows, io.stdout.columns, io.words));
}

function parallelOf({ parallel = '32' }: JoinCommandFlags): number {
  return positive('--parallel', parallel);
}
