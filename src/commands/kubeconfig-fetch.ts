import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { Command } from 'commander';
import { InputError, KinitError } from '../errors.ts';
import type { Host } from '../host/host.ts';
import { adminConf } from '../phases/paths.ts';
import { Secret } from '../secret.ts';
import type { Io } from './io.ts';
import { addTargetOptions, openTarget, type TargetFlags } from './targets.ts';

interface FetchFlags extends TargetFlags {
  readonly to?: string;
  readonly merge?: boolean;
  readonly force?: boolean;
}

/** `kinit kubeconfig fetch`: brings the administrator's kubeconfig from a control plane to this machine, mode 0600. */
export function fetchCommand(io: Io): Command {
  const command = new Command('fetch')
    .description('Fetch the administrator’s kubeconfig from a control plane to this machine')
    .option('--to <file>', 'where to write it (default: ~/.kube/config)')
    .option('--merge', 'add it to the kubeconfig that is there and make it the current context')
    .option('-f, --force', 'replace a kubeconfig that is there');
  addTargetOptions(command);
  return command.action(async (flags: FetchFlags) => fetchKubeconfig(flags, io));
}

async function fetchKubeconfig(flags: FetchFlags, io: Io): Promise<void> {
  if (flags.host === undefined)
    throw new InputError(
      [{ place: '--host', message: 'name the control plane to fetch from' }],
      'kinit kubeconfig fetch --host root@MASTER --merge',
    );
  const { localHost } = await import('../host/local-host.ts');
  const [source, here] = [await openTarget(flags, io), localHost()];
  try {
    const fetched = await textAt(source, adminConf);
    if (fetched === undefined) {
      throw new KinitError(`${adminConf} is missing`, {
        host: source.name,
        hint: 'is it a control plane? `kinit init` makes one',
      });
    }
    const { refuseForeignReach } = await import('../pki/foreign-kubeconfig.ts');
    refuseForeignReach(fetched, adminConf);
    const path =
      flags.to === undefined ? join(io.env['HOME'] ?? homedir(), '.kube', 'config') : resolve(io.cwd, flags.to);
    const content = await contentFor(path, await textAt(here, path), fetched, flags);
    await here.write([{ path, content: new Secret(content), mode: 0o600 }]);
    io.stderr.write(`Wrote ${path}\n`);
  } finally {
    await source.close();
    await here.close();
  }
}

async function contentFor(
  path: string,
  there: string | undefined,
  fetched: string,
  flags: FetchFlags,
): Promise<string> {
  if (there === undefined || flags.force || there.trim() === '') return fetched;
  if (!flags.merge) {
    throw new KinitError(`${path} is there already`, {
      exitCode: 3,
      hint: 'add --merge to keep what is in it, or --to FILE',
    });
  }
  const { parseYaml, toYaml } = await import('../yaml.ts');
  const { mergeKubeconfigs } = await import('../pki/merge-kubeconfig.ts');
  const read = (text: string, file: string) => (parseYaml(text, file)[0]?.value ?? {}) as Record<string, unknown>;
  return toYaml(mergeKubeconfigs(read(there, path), read(fetched, adminConf)));
}

async function textAt(host: Host, path: string): Promise<string | undefined> {
  return (await host.read([path])).get(path)?.toString('utf8');
}
