import { resolve } from 'node:path';
import { defined } from '../../defined.ts';
import type { Host } from '../../host/host.ts';
import { readDocuments } from '../input/files.ts';
import { networkChoice } from '../input/network-choice.ts';
import { openTarget } from '../input/targets.ts';
import { versionOf } from '../input/version-label.ts';
import type { Io } from '../io.ts';
import { inSession } from '../session.ts';
import { type InitCommand, type InitCommandFlags, initOn } from './on-host.ts';
import { intoFolder, printManifests } from './rendering.ts';
import { sayInitResult } from './result.ts';

/** Does what `kinit init` was asked: on a host, as a dry run, or into a folder. Throws KinitError. */
export async function runInit(flags: InitCommandFlags, io: Io, only?: string): Promise<void> {
  const { initRequest } = await import('../../config/init.ts');
  await inSession({ flags, io }, async (session) => {
    const request = initRequest({ documents: await readDocuments(flags, io, session.warn), flags });
    const version = await versionOf(request.version);
    const selection = { ...defined({ only }), skip: request.skipPhases };
    const network = await networkChoice({ wish: flags.network, place: '--network' }, io);
    const { run } = session;
    const command: InitCommand = { flags, io, selection, request, version, run, session, network };
    if (flags.printManifest) await printManifests(command);
    else if (flags.outputDir === undefined) await onHost(command);
    else await intoFolder(command, resolve(io.cwd, flags.outputDir));
  });
}

async function onHost(command: InitCommand): Promise<void> {
  const { flags, io, request, session } = command;
  const host = session.closing(await openTarget(flags, io));
  if (flags.dryRun || request.dryRun) return dryRun(command, host);
  const { withLock } = await import('../../host/lock/lock.ts');
  const result = await withLock(host, 'kinit init', () => initOn(command, host));
  await session.told();
  await sayInitResult(command, result);
}

/** Asks the host, touches nothing, shows what would be done. */
async function dryRun(command: InitCommand, host: Host): Promise<void> {
  const { overlayHost } = await import('../../host/overlay.ts');
  const { overlayKubeClient } = await import('../../kube/overlay-client.ts');
  const { planEntries } = await import('../../report/plan-entry.ts');
  const { planText } = await import('../../report/plan-text.ts');
  const { rehearsing } = await import('../../execute/run.ts');
  const { asClients } = await import('../../workflows/host-clients.ts');
  const { io, session } = command;
  const base = session.closing(await runningCluster(host));
  const overlay = overlayHost({ name: host.name, base: host });
  const rehearsed = { ...command, run: rehearsing(command.run) };
  const { changed } = await initOn(rehearsed, overlay, asClients(overlayKubeClient(base)));
  await session.told();
  if (session.json) io.result({ changes: changed.length, plan: planEntries(changed) });
  else io.stdout.write(planText(changed));
}

async function runningCluster(host: Host) {
  const { administratorClient } = await import('../../workflows/host-clients.ts');
  return administratorClient(host).catch(() => undefined);
}
