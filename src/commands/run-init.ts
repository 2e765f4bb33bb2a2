import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { InitRequest } from '../config/init.ts';
import type { Host } from '../host/host.ts';
import type { OverlayKubeClient } from '../kube/overlay-client.ts';
import type { KeyPool } from '../pki/keys.ts';
import type { Version } from '../release/version.ts';
import type { InitResult } from '../workflows/init.ts';
import type { NetworkChoice } from '../workflows/pod-network.ts';
import type { Selection } from '../workflows/stage.ts';
import { readDocuments, readPatchFiles } from './files.ts';
import { sayInitResult } from './init-result.ts';
import type { Io } from './io.ts';
import { networkChoice } from './network-choice.ts';
import { openStory, type Story } from './story.ts';
import { openTarget, type TargetFlags } from './targets.ts';
import { versionOf } from './version-label.ts';

/** The flags of `kinit init` that are not configuration. */
export interface InitFlags extends TargetFlags {
  readonly config?: string;
  readonly dryRun?: boolean;
  readonly outputDir?: string;
  readonly skipTokenPrint?: boolean;
  readonly skipCertificateKeyPrint?: boolean;
  readonly uploadCerts?: boolean;
  readonly patches?: string;
  readonly lenient?: boolean;
  readonly network?: string;
  readonly output?: string;
  readonly ignorePreflightErrors?: readonly string[];
  readonly skipPhases?: readonly string[];
  readonly [flag: string]: unknown;
}

/** One run of `kinit init`. */
export interface InitRun {
  readonly flags: InitFlags;
  readonly io: Io;
  readonly selection: Selection;
  readonly request: InitRequest;
  readonly version: Version | undefined;
  readonly story: Story;
  readonly network: NetworkChoice;
}

/** Does what `kinit init` was asked: on a host, as a dry run, or into a folder. Throws KinitError. */
export async function runInit(flags: InitFlags, io: Io, only?: string): Promise<void> {
  const { initRequest } = await import('../config/init.ts');
  const story = await openStory(flags, io);
  try {
    const request = initRequest({ documents: await readDocuments(flags, io, story.warn), flags });
    const version = await versionOf(request.version);
    const selection = { ...(only === undefined ? {} : { only }), skip: request.skipPhases };
    const network = await networkChoice({ wish: flags.network, place: '--network' }, io);
    const run: InitRun = { flags, io, selection, request, version, story, network };
    if (flags.outputDir === undefined) await onHost(run);
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
    const { withLock } = await import('../host/lock.ts');
    const result = await withLock(host, 'kinit init', () => initOn(run, host));
    await run.story.reporter.end();
    await sayInitResult(run, result);
  } finally {
    await host.close();
  }
}

/** Asks the host, touches nothing, shows what would be done. */
async function dryRun(run: InitRun, host: Host): Promise<void> {
  const { overlayHost } = await import('../host/overlay.ts');
  const { overlayKubeClient } = await import('../kube/overlay-client.ts');
  const { planText } = await import('../report/plan-text.ts');
  const { rehearsalKeys } = await import('../pki/keys.ts');
  const base = await runningCluster(host);
  const keys = rehearsalKeys();
  const { changed } = await initOn(run, overlayHost({ name: host.name, base: host }), overlayKubeClient(base), keys);
  await run.story.reporter.end();
  run.io.stdout.write(planText(changed));
}

async function runningCluster(host: Host) {
  const { clientFrom } = await import('../workflows/host-clients.ts');
  try {
    const client = await clientFrom(host, '/etc/kubernetes/admin.conf');
    await client.raw('/version');
    return client;
  } catch {
    return undefined;
  }
}

/** Renders everything for a bare host below a folder, with this machine's name and addresses where none are given. */
async function intoFolder(run: InitRun, folder: string): Promise<void> {
  const { localHost } = await import('../host/local-host.ts');
  const { overlayHost } = await import('../host/overlay.ts');
  const { overlayKubeClient } = await import('../kube/overlay-client.ts');
  const here = localHost();
  try {
    const { facts } = await here.observe({ facts: true });
    if (facts === undefined) throw new Error('this machine told no facts');
    const skip = [...(run.selection.skip ?? []), 'preflight'];
    const kube = overlayKubeClient();
    const host = overlayHost({ name: 'localhost', facts, folder });
    await initOn({ ...run, selection: { ...run.selection, skip } }, host, kube);
    await writeObjects(kube, folder);
    run.story.reporter.report({
      type: 'line',
      host: 'localhost',
      text: `[init] Rendered below ${folder}; nothing was changed elsewhere`,
    });
  } finally {
    await here.close();
  }
}

async function writeObjects(kube: OverlayKubeClient, folder: string): Promise<void> {
  const { toYaml } = await import('../yaml.ts');
  const text = kube
    .written()
    .map((object) => toYaml(object))
    .join('---\n');
  // Tokens are among the objects.
  await writeFile(join(folder, 'api-objects.yaml'), text, { mode: 0o600 });
}

async function initOn(
  run: InitRun,
  host: Host,
  rehearsalKube?: OverlayKubeClient,
  keys?: KeyPool,
): Promise<InitResult> {
  const { init } = await import('../workflows/init.ts');
  const { flags, io, request, version, selection, story, network } = run;
  return init({
    request,
    version,
    host,
    reporter: story.reporter,
    signal: io.signal,
    now: io.now(),
    selection,
    uploadCerts: flags.uploadCerts === true,
    network,
    patches: await readPatchFiles(request.patchesDirectory, io),
    proxyEnvironment: host.local ? proxies(io) : new Map(),
    ...(rehearsalKube === undefined ? {} : { rehearsalKube }),
    ...(keys === undefined ? {} : { keys }),
  });
}

/** What kubeadm hands on to static pods: `*_proxy` of its own environment. */
function proxies({ env }: Io): ReadonlyMap<string, string> {
  return new Map(
    Object.entries(env).flatMap(([name, value]) => (/_proxy$/i.test(name) && value ? [[name, value] as const] : [])),
  );
}
