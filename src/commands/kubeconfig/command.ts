import { Command } from 'commander';
import { parseDuration } from '../../config/duration.ts';
import { sharedFlags } from '../../config/shared-flags.ts';
import { defined } from '../../defined.ts';
import { InputError } from '../../errors.ts';
import { pkiDirectory } from '../../release/paths.ts';
import { Secret } from '../../secret.ts';
import { type CertificateFlags, certificateSettings } from '../certs/settings.ts';
import { openCallersHost } from '../input/callers-host.ts';
import { readText } from '../input/files.ts';
import { addTargetOptions } from '../input/targets.ts';
import type { Io } from '../io.ts';
import { addFlags } from '../options/flags.ts';
import { list } from '../options/list.ts';
import { inQuietSession } from '../session.ts';
import { fetchCommand } from './fetch.ts';

/** The `kinit kubeconfig` command tree. */
export function kubeconfigCommand(io: Io): Command {
  return new Command('kubeconfig')
    .description('Make and fetch kubeconfigs')
    .addCommand(userCommand(io))
    .addCommand(fetchCommand(io));
}

interface UserFlags extends CertificateFlags {
  readonly clientName: string;
  readonly org?: readonly string[];
  readonly token?: string;
  readonly validityPeriod: string;
}

/** A year, kubeadm's constants.CertificateValidityPeriod. */
const usualValidity = '8760h0m0s';

function userCommand(io: Io): Command {
  const command = new Command('user')
    .description('Print a kubeconfig for one more user, with a client certificate or a token')
    .requiredOption('--client-name <name>', 'name of the user; the common name of its certificate')
    .option('--cert-dir <path>', `where the CA is (default: ${pkiDirectory})`)
    .option('--org <names>', 'organisations of the certificate: the user’s groups', list)
    .option('--token <token>', 'token to use instead of a certificate; - reads it from stdin')
    .option('--validity-period <duration>', 'how long the certificate lasts', usualValidity);
  addFlags(command, { config: sharedFlags['config-or-cluster'] });
  addTargetOptions(command);
  return command.action(async (flags: UserFlags) => {
    const { userKubeconfig } = await import('../../workflows/certificates/user-kubeconfig.ts');
    await inQuietSession(io, async (session) => {
      const validitySeconds = validity(flags.validityPeriod, session.warn);
      const token = flags.token === '-' ? (await readText('-', io, '--token')).trim() : flags.token;
      const host = session.closing(await openCallersHost(flags, io));
      const { facts } = await host.observe({ facts: true });
      const settings = await certificateSettings(host, flags, { io, session, ...defined({ facts }) });
      const text = await userKubeconfig({
        ...settings,
        host,
        user: flags.clientName,
        ...(token === undefined ? {} : { token: new Secret(token) }),
        organizations: flags.org ?? [],
        validitySeconds,
        now: session.run.now,
      });
      io.stdout.write(text.reveal());
    });
  });
}

function validity(text: string, warn: (text: string) => void): number {
  const given = parseDuration(text);
  if (given === undefined || given <= 0) {
    const message = `"${text}" is not a positive duration such as ${usualValidity}`;
    throw new InputError([{ place: '--validity-period', message }]);
  }
  if (given > (parseDuration(usualValidity) ?? 0)) {
    warn(`--validity-period ${text} is longer than the usual ${usualValidity}`);
  }
  return given;
}
