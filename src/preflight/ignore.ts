import { InputError } from '../errors.ts';

/**
 * The check names whose errors become warnings, in lower case, from flags (each may be a comma-separated list) and from
 * the configuration; `all` means every check. Throws InputError where `all` stands beside other names on the command
 * line or stands in the configuration (kubeadm's ValidateIgnorePreflightErrors).
 */
export function ignoredChecks(flags: readonly string[], configured: readonly string[] = []): ReadonlySet<string> {
  const lower = (names: readonly string[]) =>
    names.flatMap((name) => name.split(',')).flatMap((name) => name.trim().toLowerCase() || []);
  const fromFile = lower(configured);
  if (fromFile.includes('all')) {
    const message = "'all' cannot be used in configuration file";
    throw new InputError([{ place: 'nodeRegistration.ignorePreflightErrors', message }], 'name the checks to ignore');
  }
  const ignored = new Set([...fromFile, ...lower(flags)]);
  if (ignored.has('all') && ignored.size > 1) {
    const message = "don't specify individual checks if 'all' is used";
    throw new InputError([{ place: '--ignore-preflight-errors', message }]);
  }
  return ignored;
}

export function isIgnored(name: string, ignored: ReadonlySet<string>): boolean {
  return ignored.has('all') || ignored.has(name.toLowerCase());
}
