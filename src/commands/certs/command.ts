import { Command, Option } from 'commander';
import { sharedFlags } from '../../config/shared-flags.ts';
import { defined } from '../../defined.ts';
import { exitCodes, KinitError } from '../../errors.ts';
import type { Host } from '../../host/host.ts';
import type { ExpirationInfo } from '../../pki/expiration.ts';
import { jsonText } from '../../printable.ts';
import { adminConf, kubernetesDirectory, pkiDirectory } from '../../release/paths.ts';
import { openCallersHost } from '../input/callers-host.ts';
import { addSshOptions, addTargetOptions } from '../input/targets.ts';
import type { Io } from '../io.ts';
import { addFlags } from '../options/flags.ts';
import { addOutputOption } from '../options/output.ts';
import { inQuietSession, inSession, type Session } from '../session.ts';
import { rotateCommand } from './rotate-command.ts';
import { type CertificateFlags, certificateSettings } from './settings.ts';

/** The `kinit certs` command tree. */
export function certsCommand(io: Io, exit: (code: number) => void): Command {
  return new Command('certs')
    .description('Check, renew and request the certificates of a control plane')
    .addCommand(certificateKeyCommand(io))
    .addCommand(checkExpirationCommand(io, exit))
    .addCommand(generateCsrCommand(io))
    .addCommand(recoverCommand(io, exit))
    .addCommand(renewCommand(io, exit))
    .addCommand(rotateCommand(io, exit));
}

function certificateKeyCommand(io: Io): Command {
  return new Command('certificate-key')
    .description('Print a random key that `init --upload-certs` can encrypt certificates with')
    .action(async () => {
      const { generateCertificateKey } = await import('../../manifests/upload-certs.ts');
      io.stdout.write(`${generateCertificateKey().reveal()}\n`);
    });
}

function checkExpirationCommand(io: Io, exit: (code: number) => void): Command {
  const output = new Option('-o, --output <format>', 'how to print it')
    .choices(['text', 'json', 'yaml'])
    .default('text');
  const command = new Command('check-expiration').description(
    'Show when the certificates of a control plane expire; with a file that holds an Inventory, those of all its machines',
  );
  return withCertificateFlags(command)
    .addOption(output)
    .action(async (flags: CertificateFlags & { readonly output: string }) => {
      const { checkAll, isAboutAll } = await import('./everywhere.ts');
      if (await isAboutAll(flags, io)) return checkAll(flags, io, exit);
      const { expiration } = await import('../../workflows/certificates/expiration.ts');
      const { expirationObject, expirationText } = await import('../../pki/expiration.ts');
      const info = await onCallersHost(flags, io, async (host, session) => {
        const settings = await certificateSettings(host, flags, { io, session, says: 'check-expiration' });
        const { config, release } = settings;
        return expiration(host, { cluster: config.cluster, release }, settings.kubernetesDirectory);
      });
      const object = () => expirationObject(info, io.now());
      if (flags.output === 'text') io.stdout.write(expirationText(info, io.now()));
      else if (flags.output === 'json') io.stdout.write(`${jsonText(object(), 4)}\n`);
      else io.stdout.write((await import('../../yaml.ts')).toYaml(object()));
      refuseBroken(info);
    });
}

/** After all that can be told is told. */
function refuseBroken({ certificates, authorities }: ExpirationInfo): void {
  const problems = [...certificates, ...authorities].flatMap(({ problem }) => (problem === undefined ? [] : [problem]));
  if (problems.length > 0) throw new KinitError(`not every certificate can be read:\n${problems.join('\n')}`);
}

function generateCsrCommand(io: Io): Command {
  const command = new Command('generate-csr').description(
    'Make keys and signing requests for an external CA: .key and .csr files, and kubeconfigs that wait for a certificate',
  );
  return withCertificateFlags(command).action(async (flags: CertificateFlags) => {
    const { requestCertificates } = await import('../../workflows/certificates/certificate-requests.ts');
    const written = await onCallersHost(flags, io, async (host, session) => {
      const { facts } = await host.observe({ facts: true });
      const settings = await certificateSettings(host, flags, { io, session, ...defined({ facts }) });
      return requestCertificates({ ...settings, host, run: session.run });
    });
    io.stdout.write(written.map((path) => `${path}\n`).join(''));
  });
}

function recoverCommand(io: Io, exit: (code: number) => void): Command {
  const command = new Command('recover').description(
    'Renew the certificates of a cluster of which they have expired, so that no API server answers: those of all control planes at once, then those of all nodes',
  );
  addFlags(command, { config: sharedFlags.inventory });
  addSshOptions(command);
  addOutputOption(command);
  return command.action(async (flags: CertificateFlags & { readonly output?: string }) => {
    const { renewAll } = await import('./everywhere.ts');
    await renewAll(flags, true, io, exit);
  });
}

function renewCommand(io: Io, exit: (code: number) => void): Command {
  const command = new Command('renew')
    .description(
      'Sign new certificates like those that are there, with new keys, by the CAs on the host; with a file that holds an Inventory, on all its machines, one control plane after the other',
    )
    .argument('[name]', 'a name that check-expiration shows (apiserver, admin.conf, ...), or all');
  addOutputOption(withCertificateFlags(command));
  return command.action(async (name: string | undefined, flags: CertificateFlags & { readonly output?: string }) => {
    const { isAboutAll, renewAll } = await import('./everywhere.ts');
    if (await isAboutAll(flags, io)) {
      if (name !== undefined && name !== 'all') throw onlyAll(name);
      return renewAll(flags, false, io, exit);
    }
    if (name === undefined) throw noName();
    if (flags.output === 'json') {
      return inSession({ flags, io, exit }, async (session) => {
        const host = session.closing(await openCallersHost(flags, io));
        const done = await renewOn(host, name, flags, io, session);
        io.result({ certificates: done.map(({ renewable, outcome }) => ({ name: renewable.name, outcome })) });
        return undefined;
      });
    }
    const done = await onCallersHost(flags, io, (host, session) => renewOn(host, name, flags, io, session));
    for (const { renewable, outcome } of done) io.stdout.write(`${sentences[outcome](renewable)}\n`);
    if (name === 'all') io.stdout.write(`\n${restartNotice}\n`);
  });
}

async function renewOn(host: Host, name: string, flags: CertificateFlags, io: Io, session: Session) {
  const { renewables } = await import('../../pki/renewal.ts');
  const { renew } = await import('../../workflows/certificates/renew.ts');
  const settings = await certificateSettings(host, flags, { io, session, says: 'renew' });
  const { cluster } = settings.config;
  const known = renewables(cluster.etcd.external === undefined ? 'local' : 'external', settings.release);
  const wanted = name === 'all' ? known : known.filter((one) => one.name === name);
  if (wanted.length === 0) throw unknownName(name, known);
  const { kubeletClientRights } = await import('./kubelet-client-rights.ts');
  const rights = kubeletClientRights(host, wanted, settings, flags, io);
  await rights.before();
  const renewed = await renew(wanted, { ...settings, host, cluster, run: session.run });
  await rights.after();
  return renewed;
}

/** What comes of the work, once all that it opened is closed. */
async function onCallersHost<T>(
  flags: CertificateFlags,
  io: Io,
  work: (host: Host, session: Session) => Promise<T>,
): Promise<T> {
  return inQuietSession(io, async (session) => work(session.closing(await openCallersHost(flags, io)), session));
}

const sentences = {
  renewed: ({ title }: { title: string }) => `${title} renewed`,
  missing: ({ title }: { title: string }) => `MISSING! ${title}`,
  external: ({ title, signer }: { title: string; signer: string }) =>
    `Detected external ${signer}, ${title} can't be renewed`,
};

const restartNotice =
  'Done renewing certificates. You must restart the kube-apiserver, kube-controller-manager, kube-scheduler and etcd, so that they can use the new certificates.';

function onlyAll(name: string): KinitError {
  return new KinitError(`certs renew: on all machines of a file it is all certificates, not "${name}" alone`, {
    exitCode: exitCodes.badInput,
    hint: 'leave the name out, or name one machine with --host',
  });
}

function noName(): KinitError {
  return new KinitError('certs renew: say which certificate, or all', {
    exitCode: exitCodes.badInput,
    hint: '`kinit certs check-expiration` shows their names; a file with an Inventory (--config) renews all of all machines',
  });
}

function unknownName(name: string, known: readonly { readonly name: string }[]): KinitError {
  return new KinitError(`certs renew: there is no certificate "${name}"`, {
    exitCode: exitCodes.badInput,
    hint: `it is one of: all ${known.map((one) => one.name).join(' ')}`,
  });
}

function withCertificateFlags(command: Command): Command {
  addFlags(command, { config: sharedFlags['config-or-cluster'] })
    .option('--cert-dir <path>', `where the certificates are (default: ${pkiDirectory})`)
    .option('--kubeconfig <file>', `kubeconfig on the host to ask the cluster with (default: ${adminConf})`)
    .option('--kubeconfig-dir <path>', `where the kubeconfigs are (default: ${kubernetesDirectory})`);
  addTargetOptions(command);
  return command;
}
