import { releaseFor } from '../release/release.ts';
import { newestVersion } from '../release/served.ts';
import { parseVersion, type Version } from '../release/version.ts';
import { completeTimeouts, deepFreeze, defaults, given } from './defaults.ts';
import type { ConfigFile, ResetDocument } from './documents.ts';
import { type Findings, findings, placesOf, type Report } from './findings.ts';
import { flagPlaces, refuseMixed, withFlags } from './flag-table.ts';
import { anyNode, type NodeFacts } from './node-facts.ts';
import { checkIgnored, criSocket } from './node-registration.ts';
import { type ResetFlags, resetFlags } from './reset-flags.ts';
import { isAbsolutePath } from './rules.ts';
import type { ResetConfig, UnmountFlag } from './types.ts';

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
    refuseMixed(flags, resetFlags, found.report);
    if (!documents.reset) found.report(documents.file, 'holds no ResetConfiguration');
  }
  const reset = withFlags(documents?.reset?.value ?? {}, flags, resetFlags, found.report);
  const request = { reset, placeOf: placesOf(documents?.reset, flagPlaces(flags, resetFlags)) };
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
    ignorePreflightErrors: [...new Set(reset.ignorePreflightErrors)],
    skipPhases: reset.skipPhases ?? [],
    unmountFlags: (reset.unmountFlags ?? []) as UnmountFlag[],
    timeouts: completeTimeouts(reset.timeouts),
  };
}
