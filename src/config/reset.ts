import { defined } from '../defined.ts';
import { releaseFor } from '../release/release.ts';
import { newestVersion } from '../release/served.ts';
import { parseVersion, type Version } from '../release/version.ts';
import { completeTimeouts, deepFreeze, defaults, given } from './defaults.ts';
import type { ConfigFile, ResetDocument } from './documents.ts';
import { type Findings, findings, placesOf, type Report } from './findings.ts';
import { flagPlaces, listFlag, refuseMixed } from './flags.ts';
import { anyNode, type NodeFacts } from './node-facts.ts';
import { checkIgnored, criSocket } from './node-registration.ts';
import { isAbsolutePath } from './rules.ts';
import type { ResetConfig, UnmountFlag } from './types.ts';

/** kubeadm's flags of `reset`, as commander names them; only what the user gave is there. */
export interface ResetFlags {
  readonly [name: string]: unknown;
  readonly certDir?: string | undefined;
  readonly cleanupTmpDir?: boolean | undefined;
  readonly criSocket?: string | undefined;
  readonly dryRun?: boolean | undefined;
  readonly force?: boolean | undefined;
  readonly ignorePreflightErrors?: readonly string[] | undefined;
  readonly skipPhases?: readonly string[] | undefined;
}

/** What the user asked `reset` for, before the host says the rest. */
export interface ResetRequest {
  readonly reset: ResetDocument;
  readonly placeOf: (path: readonly (string | number)[]) => string;
}

export interface ResetGiven {
  readonly facts: NodeFacts;
  /** Of the kubelet on the host, or of the cluster. */
  readonly version: Version;
  readonly warn?: (message: string) => void;
}

/** The field of ResetConfiguration that each flag sets. */
const resetFlagFields = {
  certDir: 'certificatesDir',
  cleanupTmpDir: 'cleanupTmpDir',
  criSocket: 'criSocket',
  dryRun: 'dryRun',
  force: 'force',
  ignorePreflightErrors: 'ignorePreflightErrors',
  skipPhases: 'skipPhases',
} as const;

/** The user's wishes for `reset`. Throws InputError with everything that is wrong. */
export function resetRequest({
  documents,
  flags,
}: {
  readonly documents?: ConfigFile | undefined;
  readonly flags: ResetFlags;
}): ResetRequest {
  const found = findings();
  if (documents) {
    refuseMixed(flags, resetFlagFields, besideConfig, found.report);
    if (!documents.reset) found.report(documents.file, 'holds no ResetConfiguration');
  }
  const document = documents?.reset?.value ?? {};
  const ignored = [...(document.ignorePreflightErrors ?? []), ...(listFlag(flags.ignorePreflightErrors) ?? [])];
  const reset: ResetDocument = {
    ...document,
    ...defined({
      certificatesDir: flags.certDir ?? document.certificatesDir,
      cleanupTmpDir: flags.cleanupTmpDir ?? document.cleanupTmpDir,
      criSocket: flags.criSocket ?? document.criSocket,
      dryRun: flags.dryRun ?? document.dryRun,
      force: flags.force ?? document.force,
      skipPhases: listFlag(flags.skipPhases) ?? document.skipPhases,
    }),
    ignorePreflightErrors: [...new Set(ignored)],
  };
  const request = { reset, placeOf: placesOf(documents?.reset, flagPlaces(flags, resetFlagFields)) };
  complete(request, { facts: anyNode, version: parseVersion(newestVersion) }, found);
  found.throwIfAny();
  return request;
}

/** The configuration with kubeadm's defaults, validated and frozen. Throws InputError with everything that is wrong. */
export function completeReset(request: ResetRequest, given: ResetGiven): ResetConfig {
  const found = findings();
  const config = complete(request, given, found);
  found.throwIfAny();
  return deepFreeze(config);
}

const besideConfig = ['ignore-preflight-errors', 'dry-run', 'skip-phases', 'force', 'cleanup-tmp-dir'];
const unmountFlags: readonly UnmountFlag[] = ['MNT_FORCE', 'MNT_DETACH', 'MNT_EXPIRE', 'UMOUNT_NOFOLLOW'];

function complete(
  { reset, placeOf }: ResetRequest,
  { facts, version, warn = () => undefined }: ResetGiven,
  found: Findings,
): ResetConfig {
  const report: Report = (path, message) => found.report(placeOf(path), message);
  const certificatesDir = given(reset.certificatesDir) ?? defaults.certificatesDir;
  if (!isAbsolutePath(certificatesDir)) report(['certificatesDir'], `"${certificatesDir}" is not an absolute path`);
  checkIgnored(reset.ignorePreflightErrors ?? [], ['ignorePreflightErrors'], report);
  for (const [index, flag] of (reset.unmountFlags ?? []).entries()) {
    if (!(unmountFlags as readonly string[]).includes(flag)) {
      report(['unmountFlags', index], `"${flag}" is not one of ${unmountFlags.join(', ')}`);
    }
  }
  return {
    certificatesDir,
    criSocket: criSocket(given(reset.criSocket), { release: releaseFor(version), facts, report, warn }, ['criSocket']),
    cleanupTmpDir: reset.cleanupTmpDir ?? false,
    dryRun: reset.dryRun ?? false,
    force: reset.force ?? false,
    ignorePreflightErrors: reset.ignorePreflightErrors ?? [],
    skipPhases: reset.skipPhases ?? [],
    unmountFlags: (reset.unmountFlags ?? []) as UnmountFlag[],
    timeouts: completeTimeouts(reset.timeouts),
  };
}
