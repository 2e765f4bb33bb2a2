import { jsonText } from '../../printable.ts';
import { everywhereObject, everywhereText, renewalText } from '../../report/certificates-text.ts';
import type { RenewalPlace } from '../../workflows/certificates/everywhere/renew-everywhere.ts';
import { exitCodeOf } from '../../workflows/host-outcome.ts';
import { readDocuments } from '../input/files.ts';
import { inventoryDialer, patienceOfLooks, readInventoryFile } from '../input/inventory-file.ts';
import { type Io, tell } from '../io.ts';
import { inQuietSession, inSession, type Session } from '../session.ts';
import { type CertificateFlags, certificateSettings } from './settings.ts';

/** Whether a command is about all machines of a file: it names one with an Inventory, and no host. */
export async function isAboutAll(flags: CertificateFlags, io: Io): Promise<boolean> {
  const { config, host } = flags;
  if (config === undefined || config === '-' || host !== undefined) return false;
  return (await readDocuments({ config, lenient: true }, io, () => {}))?.inventory !== undefined;
}

/** `kinit certs renew|recover --config FILE`: all control planes and the kubelets of all nodes. Throws KinitError where nothing was touched. */
export async function renewAll(
  flags: CertificateFlags & { readonly output?: string },
  recover: boolean,
  io: Io,
  exit: (code: number) => void,
): Promise<void> {
  await inSession({ flags, io, exit, manyHosts: true }, async (session) => {
    const { renewEverywhere } = await import('../../workflows/certificates/everywhere/renew-everywhere.ts');
    const { allYoung } = await import('../../workflows/certificates/everywhere/renew-one.ts');
    const outcomes = await renewEverywhere({
      places: await dialledMachines(flags, io, session),
      settings: async (host) => {
        const { config, ...rest } = await certificateSettings(host, flags, { io, session });
        return { cluster: config.cluster, ...rest };
      },
      recover,
      parallel: 16,
      readyDeadline: 300,
      run: session.run,
    });
    await session.told();
    if (session.json)
      io.result({ hosts: outcomes.map(({ error, ...rest }) => ({ ...rest, error: error?.message ?? null })) });
    else {
      tell(io, renewalText(outcomes, io.stdout.columns));
      if (
        outcomes.some(({ role, result, what }) => role === 'control-plane' && result === 'renewed' && what !== allYoung)
      )
        io.stdout.write(
          `\nKubeconfigs elsewhere still hold the old certificates: kinit kubeconfig fetch --config ${flags.config} --merge\n`,
        );
    }
    return exitCodeOf(outcomes);
  });
}

/** `kinit certs check-expiration --config FILE`. Exit 1 where one has ended or cannot be read, 4 where a host is not reached. */
export async function checkAll(
  flags: CertificateFlags & { readonly output: string },
  io: Io,
  exit: (code: number) => void,
): Promise<void> {
  const { expirationEverywhere } = await import('../../workflows/certificates/everywhere/expiration-everywhere.ts');
  const seen = await inQuietSession(io, async (session) =>
    expirationEverywhere(await dialledMachines(flags, io, session, patienceOfLooks)),
  );
  if (flags.output === 'text') tell(io, everywhereText(seen, io.now(), io.stdout.columns));
  else if (flags.output === 'json') io.stdout.write(`${jsonText(everywhereObject(seen, io.now()), 4)}\n`);
  else io.stdout.write((await import('../../yaml.ts')).toYaml(everywhereObject(seen, io.now())));
  const ended = seen
    .flatMap(({ certificates }) => certificates)
    .some(({ notAfter, problem }) => problem !== undefined || (notAfter ?? Infinity) < io.now());
  const code = exitCodeOf(seen.map(({ node: host, error }) => ({ host, result: '', error })));
  if (ended || code !== 0) exit(ended ? 1 : code);
}

/** The machines of a file, being dialled. */
export async function dialledMachines(
  flags: CertificateFlags,
  io: Io,
  session: Session,
  usualConnectTimeout?: number,
): Promise<readonly RenewalPlace[]> {
  const { inventory } = await readInventoryFile(flags, io, session.warn);
  const dial = await inventoryDialer(
    inventory,
    flags,
    io,
    usualConnectTimeout === undefined ? {} : { usualConnectTimeout },
  );
  const dialled = await dial.each(inventory.hosts);
  session.closing(...dialled.map(({ opening }) => opening));
  return dialled.map(({ name, entry: { role }, opening }) => ({ name, role, opening }));
}
