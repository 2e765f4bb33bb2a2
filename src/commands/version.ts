import { Command, Option } from 'commander';
import { packageText } from '../package-files.ts';
import { jsonText } from '../printable.ts';
import { newestVersion, oldestVersion } from '../release/served.ts';
import type { ServedRow } from '../release/served-table.ts';
import type { Io } from './io.ts';

interface VersionFlags {
  readonly output?: string;
  readonly served?: boolean;
}

/** `kinit version`: the program's version and the Kubernetes versions that it serves. */
export function versionCommand(io: Io): Command {
  return new Command('version')
    .description('Show the version of kinit and the Kubernetes versions that it serves')
    .addOption(new Option('-o, --output <format>', 'how to print it').choices(['json', 'yaml', 'short']))
    .option('--served', 'a table of every minor: its newest patch, images, end of support, and what really ran')
    .action(async ({ output, served }: VersionFlags) => {
      const { version } = JSON.parse(await packageText('package.json')) as { version: string };
      const facts = {
        kinitVersion: `v${version}`,
        kubernetes: { oldest: oldestVersion, newest: newestVersion },
        ...(served === true ? { served: (await import('../release/served-table.ts')).servedTable() } : {}),
      };
      io.stdout.write(await printed(facts, output));
    });
}

interface Facts {
  readonly kinitVersion: string;
  readonly kubernetes: { readonly oldest: string; readonly newest: string };
  readonly served?: readonly ServedRow[];
}

async function printed(facts: Facts, output: string | undefined): Promise<string> {
  if (output === 'short') return `${facts.kinitVersion}\n`;
  if (output === 'json') return `${jsonText(facts, 2)}\n`;
  if (output === 'yaml') return (await import('../yaml.ts')).toYaml(facts);
  if (facts.served !== undefined) return (await import('../report/served-text.ts')).servedText(facts.served);
  const { oldest, newest } = facts.kubernetes;
  return `kinit ${facts.kinitVersion}, for Kubernetes ${oldest} to ${newest}\n`;
}
