import { resolve } from 'node:path';
import type { Host } from '../../host/host.ts';
import { readDocuments } from '../input/files.ts';
import { networkChoice } from '../input/network-choice.ts';
import { openTarget } from '../input/targets.ts';
import { versionOf } from '../input/version-label.ts';
import type { Io } from '../io.ts';
import { openStory } from '../story.ts';
import { type InitCommandFlags, type InitRun, initOn } from './on-host.ts';
import { intoFolder, printManifests } from './rendering.ts';
import { sayInitResult } from './result.ts';

/** Does what `kinit init` was asked: on a host, as a dry run, or into a folder. Throws KinitError. */
export async function runInit(flags: InitCommandFlags, io: Io, only?: string): Promise<void> {
  const { initRequest } = await import('../../config/init.ts');
  const story = await openStory(flags, io);
  try {
    const request = initRequest({ documents: await readDocuments(flags, io, story.warn), flags });
    const version = await versionOf(request.version);
    const selection = { ...(only === undefined ? {} : { only }), skip: request.skipPhases };
    const network = await networkChoice({ wish: flags.network, place: '--network' }, io);
    const run: InitRun = { flags, io, selection, request, version, story, network };
    if (flags.printManifest) await printManifests(run);
    else if (flags.outputDir === undefined) await onHost(run);
    else await intoFolder(run, resolve(io.cwd, flags.outputDir));
  } finally {
    await story.reporter.end();
  }
}

async function onHost(run: InitRun): Promise<void> {
  const { flags, io, request } = run;
  const host = await openTarget(flags, io);
  try {
    if (flags.dryRun || request.dryRun) return await dryRun(run, host);
    const { withLock } = await import('../../host/lock/lock.ts');
    const result = await withLock(host, 'kinit init', () => initOn(run, host));
    await run.story.reporter.end();
    await sayInitResult(run, result);
  } finally {
    await host.close();
  }
}

/** Asks the host, touches nothing, shows what would be done. */
async function dryRun(run: InitRun, host: Host): Promise<void> {
  const { overlayHost } = await import('../../host/overlay.ts');
  const { overlayKubeClient } = await import('../../kube/overlay-client.ts');
  const { planEntries } = await import('../../report/plan-entry.ts');
  const { planText } = await import('../../report/plan-text.ts');
  const { rehearsalKeys } = await import('../../pki/keys.ts');
  const base = await runningCluster(host);
  try {
    const overlay = overlayHost({ name: host.name, base: host });
    const { changed } = await initOn(run, overlay, overlayKubeClient(base), rehearsalKeys());
    await run.story.reporter.end();
    if (run.story.json) run.io.result({ changes: changed.length, plan: planEntries(changed) });
    else run.io.stdout.write(planText(changed));
  } finally {
    base?.close();
  }
}

async function runningCluster(host: Host) {
  const { administratorClient } = await import('../../workflows/host-clients.ts');
  return administratorClient(host).catch(() => undefined);
}
