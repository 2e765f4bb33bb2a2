import { completeTokens } from '../../config/bootstrap-tokens.ts';
import type { InitDocument } from '../../config/documents.ts';
import { findings, placesOf } from '../../config/findings.ts';
import { flagPlaces, refuseMixed, withFlags } from '../../config/flag-table.ts';
import type { BootstrapToken } from '../../config/types.ts';
import { defined } from '../../defined.ts';
import { generateToken } from '../../kube/token.ts';
import { readText } from '../input/files.ts';
import type { Io } from '../io.ts';
import { type TokenFlags, tokenFlags } from './flags.ts';

/** The tokens that the flags or the configuration file describe. Throws InputError with everything that is wrong. */
export async function createdTokens(
  token: string | undefined,
  flags: TokenFlags,
  io: Io,
): Promise<readonly BootstrapToken[]> {
  const { report, throwIfAny } = findings();
  const given = { ...flags, ...defined({ token }) };
  if (flags.config !== undefined) refuseMixed(given, tokenFlags, report);
  const fromFlags = withFlags<InitDocument>({ bootstrapTokens: [{}] }, given, tokenFlags, report);
  throwIfAny();
  const file = flags.config === undefined ? undefined : await readInit(flags.config, flags, io);
  const placeOf = file === undefined ? placesOf(undefined, flagPlaces(given, tokenFlags)) : placesOf(file);
  const described = file?.value ?? fromFlags;
  const tokens = completeTokens(described.bootstrapTokens ?? [], generateToken, (path, message) =>
    report(placeOf(path), message),
  );
  throwIfAny();
  return tokens;
}

async function readInit(path: string, { lenient = false }: TokenFlags, io: Io) {
  const { readConfigFile } = await import('../../config/read.ts');
  const warn = (text: string) => void io.stderr.write(`warning: ${text}\n`);
  const { init } = await readConfigFile(await readText(path, io), path, { lenient, warn });
  return init;
}
