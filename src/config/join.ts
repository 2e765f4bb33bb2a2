import { defined } from '../defined.ts';
import { releaseFor } from '../release/release.ts';
import { oldestVersion } from '../release/served.ts';
import { parseVersion, type Version } from '../release/version.ts';
import type { YamlPath } from '../yaml-place.ts';
import { refuseOldApiVersions, type WrittenIn, writtenIn } from './api-versions.ts';
import { completeTimeouts, deepFreeze, defaults, given } from './defaults.ts';
import { completeDiscovery } from './discovery.ts';
import type { ConfigFile, JoinDocument } from './documents.ts';
import { type Findings, findings, placesOf, type Report } from './findings.ts';
import { flagPlaces, refuseMixed, refuseMixedFor } from './flag-table.ts';
import { certificateKey } from './init.ts';
import { type JoinFlags, joinFlags, joinFromFlags } from './join-flags.ts';
import { completeEndpoint } from './local-endpoint.ts';
import { anyNode, type NodeFacts } from './node-facts.ts';
import { completeNodeRegistration } from './node-registration.ts';
import { isAbsolutePath } from './rules.ts';
import type { Discovery, JoinConfig, Timeouts } from './types.ts';

/** What the user asked `join` for, before the node and the cluster say the rest. */
export interface JoinRequest {
  readonly join: JoinDocument;
  readonly discovery: Discovery;
  readonly controlPlane: JoinDocument['controlPlane'] | undefined;
  readonly timeouts: Timeouts;
  readonly dryRun: boolean;
  readonly skipPhases: readonly string[];
  readonly patchesDirectory: string | undefined;
  readonly flags: JoinFlags;
  /** The API version of the document; none where it is only to be written anew. */
  readonly writtenIn: readonly WrittenIn[];
  readonly placeOf: (path: YamlPath) => string;
}

export interface JoinCompletion {
  /** The documents of the configuration file, if there is one (`readConfigFile`). */
  readonly documents?: ConfigFile | undefined;
  /** Only what the user really gave. */
  readonly flags: JoinFlags;
  /** The positional HOST:PORT. */
  readonly endpoint?: string | undefined;
  /** Whoever joins nodes with an admin kubeconfig needs not be told how to find the cluster. */
  readonly discoveryFollows?: boolean;
  /** The document is only to be written in another API version: any that kinit reads will do. */
  readonly converts?: boolean;
}

export interface JoinGiven {
  readonly facts: NodeFacts;
  /** The cluster's version. */
  readonly version: Version;
  /** Taken where the user named no way to find the cluster. */
  readonly discovery?: Discovery;
  readonly warn?: (message: string) => void;
}

/**
 * The user's wishes for `join`, checked as far as they can be without a node.
 * Throws InputError with everything that is wrong, each with its flag or its place in the file.
 */
export function joinRequest(input: JoinCompletion): JoinRequest {
  const { documents, flags: named, endpoint, discoveryFollows = false, converts = false } = input;
  const flags = { ...named, ...defined({ endpoint }) };
  const found = findings();
  if (documents) {
    refuseMixed(flags, joinFlags, found.report);
    if (!documents.join) found.report(documents.file, 'holds no JoinConfiguration');
  }
  const join = joinFromFlags(flags, documents?.join?.value ?? {}, found.report);
  const placeOf = placesOf(documents?.join, flagPlaces(flags, joinFlags));
  const report: Report = (path, message) => found.report(placeOf(path), message);
  const request: JoinRequest = {
    join,
    discovery: completeDiscovery(join, { required: !discoveryFollows && !join.controlPlane, report }),
    controlPlane: join.controlPlane,
    timeouts: completeTimeouts(join.timeouts),
    dryRun: join.dryRun ?? false,
    skipPhases: join.skipPhases ?? [],
    patchesDirectory: given(join.patches?.directory),
    flags,
    writtenIn: converts ? [] : writtenIn(documents?.join),
    placeOf,
  };
  // The version is the cluster's; what depends on it is checked once it is known. The oldest one forbids the least.
  complete(request, { facts: anyNode, version: parseVersion(oldestVersion) }, found);
  found.throwIfAny();
  return request;
}

/**
 * The configuration with kubeadm's defaults for the version and the node, validated and frozen.
 * Throws InputError with everything that is wrong in it.
 */
export function completeJoin(request: JoinRequest, given: JoinGiven): JoinConfig {
  const found = findings();
  const release = releaseFor(given.version);
  refuseOldApiVersions(request.writtenIn, release);
  refuseMixedFor(release, request.flags, joinFlags, found.report);
  const config = complete(request, given, found);
  found.throwIfAny();
  return deepFreeze(config);
}

function complete(
  request: JoinRequest,
  { facts, version, discovery, warn = () => undefined }: JoinGiven,
  found: Findings,
): JoinConfig {
  const release = releaseFor(version);
  const report: Report = (path, message) => found.report(request.placeOf(path), message);
  const { join } = request;
  const caCertPath = given(join.caCertPath) ?? `${defaults.certificatesDir}/ca.crt`;
  if (!isAbsolutePath(caCertPath) || !caCertPath.endsWith('.crt')) {
    report(['caCertPath'], `"${caCertPath}" is not the absolute path of a .crt file`);
  }
  return {
    nodeRegistration: completeNodeRegistration(join.nodeRegistration ?? {}, { release, facts, report, warn }),
    caCertPath,
    discovery: join.discovery === undefined ? (discovery ?? request.discovery) : request.discovery,
    ...defined({ controlPlane: completeControlPlane(join.controlPlane, facts, report) }),
    skipPhases: request.skipPhases,
    ...defined({ patchesDirectory: request.patchesDirectory }),
    timeouts: request.timeouts,
  };
}

function completeControlPlane(
  document: JoinDocument['controlPlane'],
  facts: NodeFacts,
  report: Report,
): JoinConfig['controlPlane'] {
  if (!document) return undefined;
  const path = ['controlPlane', 'localAPIEndpoint'];
  return {
    localAPIEndpoint: completeEndpoint(document.localAPIEndpoint ?? {}, facts, (below, message) =>
      report([...path, ...below], message),
    ),
    ...defined({
      certificateKey: certificateKey(given(document.certificateKey), report, ['controlPlane', 'certificateKey']),
    }),
  };
}
