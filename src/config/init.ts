import { defined } from '../defined.ts';
import type { Structure } from '../release/go-types.ts';
import { type Release, releaseFor } from '../release/release.ts';
import type { Version } from '../release/version.ts';
import type { TextOf, YamlPath } from '../yaml-place.ts';
import { refuseOldApiVersions, type WrittenIn, writtenIn } from './api-versions.ts';
import { completeTokens } from './bootstrap-tokens.ts';
import { checkCluster } from './check-cluster.ts';
import { completeCluster } from './cluster.ts';
import { knownComponentFields } from './component-fields.ts';
import { typeProblems } from './component-types.ts';
import { completeTimeouts, deepFreeze, given } from './defaults.ts';
import type { ClusterDocument, ConfigFile, InitDocument } from './documents.ts';
import { seconds } from './duration.ts';
import { checkComponentGates } from './extra-arguments.ts';
import { type Findings, findings, placesOf, type Report } from './findings.ts';
import { flagPlaces, refuseMixed, refuseMixedFor } from './flag-table.ts';
import { type InitFlags, initFlags, initFromFlags } from './init-flags.ts';
import { completeEndpoint, serviceFamily } from './local-endpoint.ts';
import { anyNode, type NodeFacts } from './node-facts.ts';
import { completeNodeRegistration } from './node-registration.ts';
import { refuseForeignManifests, warnOfKubeProxy, warnOfUnusualValues } from './recommended-values.ts';
import { isCertificateKey } from './rules.ts';
import type { ComponentConfig, InitConfig } from './types.ts';
import { type VersionWish, versionWish } from './version-wish.ts';

/** What the user asked `init` for, before the host and the version say the rest. */
export interface InitRequest {
  readonly init: InitDocument;
  readonly cluster: ClusterDocument;
  readonly kubelet: ComponentConfig;
  readonly kubeProxy: ComponentConfig;
  /** undefined: the kubelet's version, or the newest. */
  readonly version: VersionWish | undefined;
  /** A token of the user's; without one, a token that the cluster already has serves as well. */
  readonly namesToken: boolean;
  readonly dryRun: boolean;
  readonly skipPhases: readonly string[];
  readonly patchesDirectory: string | undefined;
  readonly flags: InitFlags;
  /** The API versions of kubeadm's documents; none where they are only to be written anew. */
  readonly writtenIn: readonly WrittenIn[];
  readonly placeOf: Readonly<Record<'init' | 'cluster' | 'kubelet' | 'kubeProxy', (path: YamlPath) => string>>;
  /** How numbers and words without quotes stand in the file. */
  readonly textOf: Readonly<Record<'kubelet' | 'kubeProxy', TextOf | undefined>>;
}

export interface InitCompletion {
  /** The documents of the configuration file, if there is one (`readConfigFile`). */
  readonly documents?: ConfigFile | undefined;
  /** Only what the user really gave. */
  readonly flags: InitFlags;
  /** The documents are only to be written in another API version: any that kinit reads will do. */
  readonly converts?: boolean;
}

/** What a request is completed with. */
export interface InitGiven {
  readonly facts: NodeFacts;
  readonly version: Version;
  readonly newToken: () => string;
  readonly warn?: (message: string) => void;
}

/**
 * The user's wishes for `init`, checked as far as they can be without a host.
 * Throws InputError with everything that is wrong, each with its flag or its place in the file.
 */
export function initRequest({ documents, flags, converts = false }: InitCompletion): InitRequest {
  const found = findings();
  if (documents) refuseMixed(flags, initFlags, found.report);
  if (documents && !documents.init && !documents.cluster) {
    found.report(documents.file, 'holds neither InitConfiguration nor ClusterConfiguration');
  }
  const file = documents && { ...defined({ init: documents.init?.value, cluster: documents.cluster?.value }) };
  const { init, cluster } = initFromFlags(flags, file, found.report);
  const placeOf = {
    init: placesOf(documents?.init, flagPlaces(flags, initFlags, 'init')),
    cluster: placesOf(documents?.cluster, flagPlaces(flags, initFlags, 'cluster')),
    kubelet: placesOf(documents?.kubelet),
    kubeProxy: placesOf(documents?.kubeProxy),
  };
  const versionPlace = placeOf.cluster(['kubernetesVersion']);
  const version = wishedVersion(given(cluster.kubernetesVersion), flags.allowUnverified === true, versionPlace, found);
  found.throwIfAny();
  const request: InitRequest = {
    init,
    cluster,
    kubelet: component(documents?.kubelet?.value),
    kubeProxy: component(documents?.kubeProxy?.value),
    version,
    namesToken: init.bootstrapTokens?.some(({ token }) => given(token) !== undefined) ?? false,
    dryRun: init.dryRun ?? false,
    skipPhases: init.skipPhases ?? [],
    patchesDirectory: given(init.patches?.directory),
    flags,
    writtenIn: converts ? [] : writtenIn(documents?.init, documents?.cluster),
    placeOf,
    textOf: { kubelet: documents?.kubelet?.textOf, kubeProxy: documents?.kubeProxy?.textOf },
  };
  if (version && 'exact' in version)
    completeInit(request, { facts: anyNode, version: version.exact, newToken: anyToken });
  return request;
}

/**
 * The configuration with kubeadm's defaults for the version and the host, validated and frozen.
 * Throws InputError with everything that is wrong in it.
 */
export function completeInit(
  request: InitRequest,
  { facts, version, newToken, warn = () => undefined }: InitGiven,
): InitConfig {
  const release = releaseFor(version, request.placeOf.cluster(['kubernetesVersion']));
  refuseOldApiVersions(request.writtenIn, release);
  const found = findings();
  const reportIn =
    (part: keyof InitRequest['placeOf']): Report =>
    (path, message) =>
      found.report(request.placeOf[part](path), message);
  const report = reportIn('init');
  const { init, cluster: document } = request;
  refuseMixedFor(release, request.flags, initFlags, found.report);
  const context = { release, facts, report, warn };
  const localAPIEndpoint = completeEndpoint(
    init.localAPIEndpoint ?? {},
    facts,
    (path, message) => report(['localAPIEndpoint', ...path], message),
    serviceFamily(document.networking?.serviceSubnet),
  );
  const skipPhases = init.skipPhases ?? [];
  const cluster = completeCluster(document, {
    release,
    bindPort: localAPIEndpoint.bindPort,
    controlPlaneTimeout: init.timeouts?.controlPlaneComponentHealthCheck,
    skipPhases,
  });
  checkCluster(cluster, { document, release, report: reportIn('cluster'), warn });
  const components = knownComponentFields(request, release, warn);
  checkTypes(components.kubelet, release.kubelet.fields, reportIn('kubelet'), request.textOf.kubelet);
  checkTypes(components.kubeProxy, release.addons.kubeProxy.fields, reportIn('kubeProxy'), request.textOf.kubeProxy);
  checkComponentGates(components.kubelet, release, reportIn('kubelet'));
  checkComponentGates(components.kubeProxy, release, reportIn('kubeProxy'));
  const nodeRegistration = completeNodeRegistration(init.nodeRegistration ?? {}, context);
  refuseForeignManifests(components.kubelet, nodeRegistration.kubeletExtraArgs, {
    kubelet: reportIn('kubelet'),
    init: report,
  });
  warnOfKubeProxy(components.kubeProxy, release, warn);
  warnOfUnusualValues(
    { cluster, localAPIEndpoint, ...components, systemdResolved: facts.systemdResolved ?? false },
    release,
    warn,
  );
  const { ipvsWarning } = release.addons.kubeProxy;
  if (ipvsWarning !== undefined && components.kubeProxy.object['mode'] === 'ipvs') warn(ipvsWarning);
  const config: InitConfig = {
    cluster,
    nodeRegistration,
    localAPIEndpoint,
    bootstrapTokens: completeTokens(init.bootstrapTokens ?? [], newToken, report),
    ...defined({ certificateKey: certificateKey(given(init.certificateKey), report) }),
    skipPhases: withDisabledAddons(skipPhases, cluster.dns.disabled, cluster.proxy.disabled),
    ...defined({ patchesDirectory: given(init.patches?.directory) }),
    timeouts: completeTimeouts(init.timeouts, {
      controlPlaneComponentHealthCheck: controlPlaneTimeout(document, release),
    }),
    ...components,
  };
  found.throwIfAny();
  return deepFreeze(config);
}

/**
 * What a file older than v1beta4 says of it. To a kubeadm that writes v1beta4, none at all is not said: v1.31's and
 * v1.36's apis/kubeadm/v1beta3/conversion.go.
 */
function controlPlaneTimeout(
  { timeoutForControlPlane: said }: ClusterDocument,
  { configApi }: Release,
): string | undefined {
  return said !== undefined && configApi.write === 'v1beta4' && seconds(said) === 0 ? undefined : said;
}

function wishedVersion(
  text: string | undefined,
  allowUnverified: boolean,
  place: string,
  found: Findings,
): VersionWish | undefined {
  if (text === undefined) return undefined;
  const wish = versionWish(text, allowUnverified);
  if (!('problem' in wish)) return wish;
  found.report(place, wish.problem);
  return undefined;
}

function anyToken(): string {
  return 'abcdef.0123456789abcdef';
}

function component(object: Readonly<Record<string, unknown>> | undefined): ComponentConfig {
  return { object: object ?? {}, userSupplied: object !== undefined };
}

function checkTypes({ object }: ComponentConfig, fields: Structure, report: Report, textOf: TextOf | undefined): void {
  for (const { path, message } of typeProblems(object, fields, textOf)) report(path, message);
}

/** The key itself never stands in a message. */
export function certificateKey(
  key: string | undefined,
  report: Report,
  path: YamlPath = ['certificateKey'],
): string | undefined {
  if (key !== undefined && !isCertificateKey(key))
    report(path, 'is not a key of 64 hexadecimal digits (kinit certs certificate-key makes one)');
  return key;
}

/** A disabled addon skips its phase, as skipping the phase disables the addon. */
function withDisabledAddons(skipPhases: readonly string[], dns: boolean, proxy: boolean): readonly string[] {
  if (skipPhases.includes('addon')) return skipPhases;
  const more = [...(dns ? ['addon/coredns'] : []), ...(proxy ? ['addon/kube-proxy'] : [])];
  return [...new Set([...skipPhases, ...more])];
}
