import { Command } from 'commander';
import { defined } from '../../defined.ts';
import { exitCodes, InputError, KinitError } from '../../errors.ts';
import type { FileWrite, Host } from '../../host/host.ts';
import { quote } from '../../host/shell/quote.ts';
import { controlPlanesOf } from '../../inventory/load-balancer.ts';
import type { Inventory } from '../../inventory/types.ts';
import type { FetchedKubeconfig } from '../../pki/fetched-kubeconfig.ts';
import { firstOf, printable } from '../../printable.ts';
import { adminConf } from '../../release/paths.ts';
import { Secret } from '../../secret.ts';
import { type InventoryFlags, inventoryDialer, readInventoryFile } from '../input/inventory-file.ts';
import { addTargetOptions, openTarget } from '../input/targets.ts';
import type { Io } from '../io.ts';
import { inQuietSession, type Session } from '../session.ts';
import { type KubeconfigPlace, kubeconfigPlace } from './place.ts';

interface FetchFlags extends InventoryFlags {
  readonly to?: string;
  readonly merge?: boolean;
  readonly force?: boolean;
}

/** `kinit kubeconfig fetch`: brings the administrator's access from a control plane to this machine, mode 0600. */
export function fetchCommand(io: Io): Command {
  const command = new Command('fetch')
    .description(
      'Fetch the administrator’s kubeconfig from a control plane to this machine: server, CA and credentials, nothing that would run or read something here. What a file held before is kept beside it.',
    )
    .option(
      '--config <file>',
      'file with the Inventory of the cluster: fetch from any of its control planes that is there',
    )
    .option('--to <file>', 'where to write it (default: as kubectl has it, $KUBECONFIG or ~/.kube/config)')
    .option(
      '--merge',
      'add it to the kubeconfig that is there, under names that are free, and make it the current context',
    )
    .option('-f, --force', 'replace a kubeconfig that is there');
  addTargetOptions(command);
  return command.action(async (flags: FetchFlags) => fetchKubeconfig(flags, io));
}

async function fetchKubeconfig(flags: FetchFlags, io: Io): Promise<void> {
  if ((flags.host === undefined) === (flags.config === undefined))
    throw new InputError(
      [{ place: '--host', message: 'name the control plane to fetch from, or with --config the file of its cluster' }],
      'kinit kubeconfig fetch --host root@MASTER --merge',
    );
  const { localHost } = await import('../../host/local-host.ts');
  const place = await kubeconfigPlace(flags.to, io);
  if (!flags.merge && !flags.force && isThere(place)) {
    throw new KinitError(`${place.path} is there already`, {
      exitCode: exitCodes.badInput,
      hint: 'add --merge to keep what is in it, or --to FILE',
    });
  }
  await inQuietSession(io, async (session) => {
    const { source, inventory } = await sourceOf(flags, io, session);
    const here = session.closing(localHost());
    const fetched = await fetchedFrom(source, inventory);
    if (fetched.leftOut.length > 0) session.warn(`not taken from ${adminConf}: ${named(fetched.leftOut)}`);
    const { content, says } = await contentFor(place, fetched, flags);
    const backup = isThere(place) && content !== place.text ? [backupOf(place, io.now())] : [];
    const owner = defined({ owner: place.owner });
    await here.write([...backup, { path: place.path, content: new Secret(content), mode: 0o600, ...owner }]);
    io.stderr.write(`${says}\n`);
    for (const { path } of backup) io.stderr.write(`What it held before is in ${path}\n`);
  });
}

const hostsFile = '/etc/hosts';

interface Source {
  readonly source: Host;
  readonly inventory: Inventory | undefined;
}

/** The control plane of --host, or the first of the file's that turns out to be one: who is dead or frozen holds up nobody. */
async function sourceOf(flags: FetchFlags, io: Io, session: Session): Promise<Source> {
  if (flags.config === undefined) return { source: session.closing(await openTarget(flags, io)), inventory: undefined };
  const { inventory } = await readInventoryFile(flags, io, session.warn);
  const dial = await inventoryDialer(inventory, flags, io);
  const dialled = await dial.each(controlPlanesOf(inventory));
  session.closing(...dialled.map(({ opening }) => opening));
  session.closing(dial);
  const found = dialled.map(async ({ opening }) => {
    const host = await opening;
    if (host instanceof KinitError) throw host;
    const { paths } = await host.observe({ paths: [adminConf] });
    if (paths.get(adminConf)?.type !== 'file') throw notThere(host);
    return host;
  });
  try {
    return { source: await Promise.any(found), inventory };
  } catch (error) {
    throw error instanceof AggregateError ? error.errors[0] : error;
  }
}

function notThere({ name: host }: Host): KinitError {
  return new KinitError(`${adminConf} is missing`, { host, hint: 'is it a control plane? `kinit init` makes one' });
}

async function fetchedFrom(source: Host, inventory: Inventory | undefined): Promise<FetchedKubeconfig> {
  const files = await source.read([adminConf, hostsFile]);
  const text = files.get(adminConf)?.toString('utf8');
  if (text === undefined) throw notThere(source);
  const { fetchedKubeconfig } = await import('../../pki/fetched-kubeconfig.ts');
  const { readKubeconfig } = await import('../../pki/kubeconfig.ts');
  const { withHostFiles } = await import('../../workflows/host-kubeconfig.ts');
  try {
    const { tokenFile: _, ...read } = readKubeconfig(text, adminConf, { otherLogins: 'pass over' });
    const { serverFromOutside } = await import('../../inventory/endpoint.ts');
    const whole = await withHostFiles(source, adminConf, read);
    const server = serverFromOutside(whole.server, files.get(hostsFile)?.toString('utf8') ?? '', inventory);
    return fetchedKubeconfig(text, adminConf, { ...whole, server });
  } catch (error) {
    if (!(error instanceof KinitError)) throw error;
    const { message, hint, exitCode } = error;
    throw new KinitError(message, {
      // It is not the user who wrote it.
      exitCode: error instanceof InputError ? exitCodes.phaseFailed : exitCode,
      host: source.name,
      hint: hint ?? `look at ${adminConf} there`,
    });
  }
}

async function contentFor(
  { path, text, others }: KubeconfigPlace,
  fetched: FetchedKubeconfig,
  { merge }: FetchFlags,
): Promise<{ readonly content: string; readonly says: string }> {
  const { toYaml } = await import('../../yaml.ts');
  const { kubeconfigOf } = await import('../../pki/fetched-kubeconfig.ts');
  if (!merge) return { content: toYaml(kubeconfigOf(fetched, fetched.names)), says: `Wrote ${path}` };
  const { mergeKubeconfig, readOwnKubeconfig } = await import('../../pki/merge-kubeconfig.ts');
  const own = readOwnKubeconfig(text ?? '', path);
  const beside = [...others].map(([file, content]) => readOwnKubeconfig(content, file));
  const { document, names, done, contextBefore } = mergeKubeconfig(own, fetched, beside);
  const content = done === 'unchanged' && own.fields['current-context'] === names.context ? text : undefined;
  const what = {
    added: `added the cluster ${names.cluster}, its user ${names.user} and the context ${names.context}`,
    renewed: `gave the user ${names.user} of the cluster ${names.cluster} new credentials`,
    unchanged: `knows the cluster ${names.cluster} already, as the context ${names.context}`,
  }[done];
  const current =
    contextBefore === undefined
      ? ''
      : `; the current context is ${names.context} now (kubectl config use-context ${quote(oneLine(contextBefore))} goes back)`;
  return { content: content ?? toYaml(document), says: `${path}: ${what}${current}` };
}

function isThere({ text }: KubeconfigPlace): boolean {
  return text !== undefined && text.trim() !== '';
}

/** Of equal contents one is enough, of others none is lost. */
function backupOf({ path, text = '', owner }: KubeconfigPlace, now: number): FileWrite {
  const stamp = new Date(now).toISOString().replaceAll(/[-:]/g, '');
  return { path: `${path}.before-${stamp}`, content: new Secret(text), mode: 0o600, ...defined({ owner }) };
}

function named(places: readonly string[]): string {
  return firstOf(places.map(oneLine));
}

/** What another machine calls something, for a line on a terminal. */
function oneLine(text: string): string {
  return printable(text).replaceAll(/\s/g, ' ').slice(0, 200);
}
