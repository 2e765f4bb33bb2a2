import { releaseFor } from '../release/release.ts';
import { newestVersion } from '../release/served.ts';
import { parseVersion, type Version } from '../release/version.ts';
import type { YamlPath } from '../yaml-place.ts';
import { completeTimeouts, deepFreeze, defaults, given, maybe } from './defaults.ts';
import { completeDiscovery } from './discovery.ts';
import type { ConfigFile, JoinDocument } from './documents.ts';
import { findings, placesOf, type Report } from './findings.ts';
import { alwaysBesideConfig, flagPlaces, listFlag, refuseMixed, refuseMixedFor } from './flags.ts';
import { certificateKey } from './init.ts';
import { type JoinFlags, joinFlagFields, joinFromFlags } from './join-flags.ts';
import { completeEndpoint } from './local-endpoint.ts';
import { anyNode, type NodeFacts } from './node-facts.ts';
import { completeNodeRegistration } from './node-registration.ts';
import { isAbsolutePath } from './rules.ts';
import type { Discovery, JoinConfig } from './types.ts';

/** What the user asked `join` for, before the node and the cluster say the rest. */
export interface JoinRequest {
  readonly join: JoinDocument;
  readonly controlPlane: boolean;
  readonly dryRun: boolean;
  readonly flags: JoinFlags;
  readonly placeOf: (path: YamlPath) => string;
}

export interface JoinInput {
  readonly documents?: ConfigFile | undefined;
  /** Only what the user really gave. */
  readonly flags: JoinFlags;
  /** The positional `host:port`. */
  readonly endpoint?: string | undefined;
  /** How the cluster is found is told to `completeJoin`: somebody with an admin kubeconfig joins the nodes. */
  readonly discoveryFollows?: boolean;
}

export interface JoinGiven {
  readonly facts: NodeFacts;
  /** The cluster's version; before it is known, the one of the kubelet. */
  readonly version: Version;
  /** Used where the user named no way to find the cluster. */
  readonly discovery?: Discovery;
  readonly warn?: (message: string) => void;
}

/**
 * The user's wishes for `join`, checked as far as they can be without a node.
 * Throws InputError with everything that is wrong, each with its flag or its place in the file.
 */
export function joinRequest({ documents, flags, endpoint, discoveryFollows = false }: JoinInput): JoinRequest {
  const found = findings();
  if (documents) {
    refuseMixed(flags, joinFlagFields, [...alwaysBesideConfig, 'cri-socket', 'patches'], found.report);
    if (!documents.join) found.report(documents.file, 'holds no JoinConfiguration');
    if (endpoint !== undefined)
      found.report('--config', `cannot be mixed with the address ${endpoint}: write it into the file`);
  }
  const join = joinFromFlags(flags, endpoint, documents?.join?.value ?? {}, found.report);
  found.throwIfAny();
  const request: JoinRequest = {
    join,
    controlPlane: join.controlPlane !== undefined,
    dryRun: join.dryRun ?? false,
    flags,
    placeOf: placesOf(documents?.join, joinPlaces(flags, endpoint)),
  };
  const discovery: Discovery = { file: { kubeConfigPath: defaults.adminConf } };
  const version = parseVersion(newestVersion);
  completeJoin(
    request,
    { facts: anyNode, version, ...(discoveryFollows ? { discovery } : {}) },
    flags.config === undefined,
  );
  return request;
}

/**
 * The configuration with kubeadm's defaults for the version and the node, validated and frozen.
 * Throws InputError with everything that is wrong in it.
 */
export function completeJoin(
  request: JoinRequest,
  { facts, version, discovery, warn = () => undefined }: JoinGiven,
  checkMixed = true,
): JoinConfig {
  const release = releaseFor(version);
  const found = findings();
  const report: Report = (path, message) => found.report(request.placeOf(path), message);
  const { join } = request;
  if (checkMixed) refuseMixedFor(release, request.flags, found.report);
  const ignorePreflightErrors = listFlag(request.flags.ignorePreflightErrors) ?? [];
  const caCertPath = given(join.caCertPath) ?? `${defaults.certificatesDir}/ca.crt`;
  if (!isAbsolutePath(caCertPath) || !caCertPath.endsWith('.crt')) {
    report(['caCertPath'], `"${caCertPath}" is not the absolute path of a .crt file`);
  }
  const config: JoinConfig = {
    nodeRegistration: completeNodeRegistration(join.nodeRegistration ?? {}, {
      release,
      facts,
      ignorePreflightErrors,
      report,
      warn,
    }),
    caCertPath,
    discovery: completeDiscovery(join, request.controlPlane, discovery, report),
    ...maybe('controlPlane', completeControlPlane(join.controlPlane, facts, report)),
    skipPhases: join.skipPhases ?? [],
    ...maybe('patchesDirectory', given(join.patches?.directory)),
    timeouts: completeTimeouts(join.timeouts),
  };
  found.throwIfAny();
  return deepFreeze(config);
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
    ...maybe(
      'certificateKey',
      certificateKey(given(document.certificateKey), report, ['controlPlane', 'certificateKey']),
    ),
  };
}

function joinPlaces(flags: JoinFlags, endpoint: string | undefined): ReadonlyMap<string, string> {
  const places = new Map(flagPlaces(flags, joinFlagFields));
  if (flags.token !== undefined) {
    if (flags.discoveryToken === undefined) places.set('discovery.bootstrapToken.token', '--token');
    if (flags.tlsBootstrapToken === undefined) places.set('discovery.tlsBootstrapToken', '--token');
  }
  if (endpoint !== undefined) places.set('discovery.bootstrapToken.apiServerEndpoint', endpoint);
  return places;
}
