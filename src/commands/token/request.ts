import { completeTokens } from '../../config/bootstrap-tokens.ts';
import { parseDuration } from '../../config/duration.ts';
import { findings, placesOf } from '../../config/findings.ts';
import { refuseMixed } from '../../config/flags.ts';
import type { BootstrapToken } from '../../config/types.ts';
import { defined } from '../../defined.ts';
import { generateToken } from '../../kube/token.ts';
import { readText } from '../input/files.ts';
import type { Io } from '../io.ts';

/** The flags of `token create` that describe the token. */
export interface TokenFlags {
  readonly config?: string;
  readonly lenient?: boolean;
  readonly ttl?: string;
  readonly usages?: readonly string[];
  readonly groups?: readonly string[];
  readonly description?: string;
}

const flagFields = {
  ttl: 'bootstrapTokens[0].ttl',
  usages: 'bootstrapTokens[0].usages',
  groups: 'bootstrapTokens[0].groups',
  description: 'bootstrapTokens[0].description',
} as const;

const places = new Map([
  ['bootstrapTokens[0].token', 'token'],
  ...Object.entries(flagFields).map(([flag, field]) => [field, `--${flag}`] as const),
]);

/** The tokens that the flags or the configuration file describe. Throws InputError with everything that is wrong. */
export async function createdTokens(
  token: string | undefined,
  flags: TokenFlags,
  io: Io,
): Promise<readonly BootstrapToken[]> {
  const { report, throwIfAny } = findings();
  if (flags.config !== undefined) {
    refuseMixed({ ...flags }, flagFields, [], report);
    if (token !== undefined) report('--config', 'cannot be mixed with a token: write it into the file');
  }
  if (flags.ttl !== undefined && (parseDuration(flags.ttl) ?? -1) < 0) {
    report('--ttl', `"${flags.ttl}" is no duration such as 24h0m0s, 90m, or 0 for ever`);
  }
  throwIfAny();
  const file = flags.config === undefined ? undefined : await readInit(flags.config, flags, io);
  const placeOf = file === undefined ? placesOf(undefined, places) : placesOf(file);
  const described = file === undefined ? [fromFlags(token, flags)] : (file.value.bootstrapTokens ?? []);
  const tokens = completeTokens(described, generateToken, (path, message) => report(placeOf(path), message));
  throwIfAny();
  return tokens;
}

function fromFlags(token: string | undefined, { ttl, usages, groups, description }: TokenFlags) {
  return {
    ...defined({ token, ttl }),
    ...(usages === undefined ? {} : { usages: [...usages] }),
    ...(groups === undefined ? {} : { groups: [...groups] }),
    ...defined({ description }),
  };
}

async function readInit(path: string, { lenient = false }: TokenFlags, io: Io) {
  const { readConfigFile } = await import('../../config/read.ts');
  const warn = (text: string) => void io.stderr.write(`warning: ${text}\n`);
  const { init } = await readConfigFile(await readText(path, io), path, { lenient, warn });
  return init;
}
