import { completeInit, type InitRequest } from '../../config/init.ts';
import type { InitConfig } from '../../config/types.ts';
import { defined } from '../../defined.ts';
import { KinitError } from '../../errors.ts';
import type { Decided } from '../../execute/decided.ts';
import { adding } from '../../execute/done.ts';
import { listKey } from '../../execute/observed.ts';
import type { Run } from '../../execute/run.ts';
import { on } from '../../execute/target.ts';
import type { Facts } from '../../host/facts/facts.ts';
import type { Host } from '../../host/host.ts';
import type { KubeClient } from '../../kube/client.ts';
import { generateToken, tokenSecretsQuery } from '../../kube/token.ts';
import { kubeletHost } from '../../manifests/kubelet-host.ts';
import { type Patch, patchesFor } from '../../manifests/patches.ts';
import { generateCertificateKey } from '../../manifests/upload-certs.ts';
import { joinTokens } from '../../phases/bootstrap-token.ts';
import type { CertificateUpload, InitContext } from '../../phases/context.ts';
import { network } from '../../phases/network.ts';
import { inStartOrder } from '../../phases/start-order.ts';
import { type Release, releaseFor } from '../../release/release.ts';
import { newestVersion } from '../../release/served.ts';
import { parseVersion, type Version } from '../../release/version.ts';
import { Secret } from '../../secret.ts';
import { type HostClients, hostClients } from '../host-clients.ts';
import { reportRemarks } from '../release-remarks.ts';
import { isSelected, lookFor, runStage, type Selection, type StageOptions } from '../stage.ts';
import { initPhases, initStages } from './init-stages.ts';
import { ownership, ownershipReads } from './ownership.ts';
import { phaseSelection } from './phase-selection.ts';
import { type NetworkChoice, networkContext } from './pod-network.ts';
import { prefetchKeys } from './prefetch-keys.ts';

export interface InitInput {
  readonly request: InitRequest;
  /** What it is once the facts of the host are known. */
  readonly requestFor?: (facts: Facts) => InitRequest;
  /** The version asked for, labels looked up. */
  readonly version: Version | undefined;
  readonly host: Host;
  readonly run: Run;
  readonly selection: Selection;
  readonly patches: readonly Patch[];
  readonly proxyEnvironment: ReadonlyMap<string, string>;
  readonly uploadCerts: boolean;
  /** The administrator's kubeconfig on the host, where it is not kubeadm's. */
  readonly kubeconfig?: string;
  /** Where that leads, as long as it is only rehearsed: `https://host:port`. */
  readonly leadsTo?: string;
  /** Where kubeconfigs are written, where it is not kubeadm's. */
  readonly kubeconfigDirectory?: string;
  /** Without one the cluster gets no pod network. */
  readonly network?: NetworkChoice;
  /** The run joins nodes with a token of its own: none is made for others. */
  readonly noToken?: boolean;
  /** Somebody has made sure that the control plane there is this one, so that its files may be brought up to date. */
  readonly adopts?: boolean;
  /** How the cluster is reached: through the host, unless it is known better. */
  readonly clients?: HostClients;
}

export interface InitResult {
  readonly context: InitContext;
  /** By the names of the phases that there are. */
  readonly selection: Selection;
  /** What was changed, or would be. */
  readonly changed: readonly Decided[];
  /** The token that joining nodes use. */
  readonly token: string | undefined;
  /** The cluster's CA, PEM. */
  readonly caPem: string | undefined;
}

/** Brings up a control plane on the host, or finishes one that an earlier run began. Throws KinitError. */
export async function init(input: InitInput): Promise<InitResult> {
  const { host, run } = input;
  const { reporter } = run;
  const [facts] = await Promise.all([factsOf(host), prefetchKeys(input, run.keys)]);
  const release = releaseFor(targetVersion(input, facts));
  reportRemarks(release, host.name, reporter);
  const selection = phaseSelection(input.selection, { name: 'init', release, phases: [...initPhases, network] });
  refuseDependent(selection);
  const context = contextOf(input, facts, release);
  reporter.report({ type: 'line', host: host.name, text: `[init] Using Kubernetes version: ${release.version.text}` });

  const { cluster } = context.config;
  const pods = input.network && (await networkContext(input.network, cluster, release));

  const clients = input.clients ?? clientsOf(input, context);
  const kube = clients.kube;
  try {
    const target = on(run, { host, kube, facts, release });
    const stages = initStages(release);
    // The checks change nothing that the files go by, so that one look serves both, and tells whose the host is.
    const first = stages.slice(0, 2);
    const whose = asksWhose(input) ? ownershipReads(context) : {};
    const observed = await lookFor(first.flat(), context, target, selection, whose);
    const owned = asksWhose(input) ? ownership(context, observed) : 'ours';
    const changed: Decided[] = [];
    for (const stage of stages) {
      const seen = first.includes(stage) ? { observed } : {};
      const how: StageOptions = { inOrder: inStartOrder, ...seen };
      await adding(changed, runStage(stage, { ...context, owned }, target, selection, how));
    }
    if (pods !== undefined) await adding(changed, runStage([network], pods, target, selection));
    const [token, caPem] = await Promise.all([tokenToShow(context, kube, selection), caOf(context, host)]);
    return { context, selection, changed, token, caPem };
  } finally {
    clients.close();
    run.keys.discard();
  }
}

/** kubeadm's own kubeconfig leads to this host's API server; what another one leads to is its business. */
function clientsOf(input: InitInput, { config }: InitContext): HostClients {
  const { host, kubeconfig } = input;
  if (kubeconfig === undefined) return hostClients(host, config.localAPIEndpoint);
  return hostClients(host, undefined, kubeconfig);
}

/** As in kubeadm, this phase needs what others of the same run have made. */
function refuseDependent({ only }: Selection): void {
  if (only !== 'show-join-command') return;
  throw new KinitError('phase show-join-command needs the token and the certificate key of a whole init', {
    hint: '`kinit token create --print-join-command` prints a join command at any time',
  });
}

/** A phase alone goes on with whatever is there; but to look at what stands in the way is all that preflight is for. */
function asksWhose({ selection: { only }, adopts }: InitInput): boolean {
  return (only === undefined || only === 'preflight') && !adopts;
}

async function factsOf(host: Host): Promise<Facts> {
  const { facts } = await host.observe({ facts: true });
  if (facts === undefined) throw new Error(`${host.name} told no facts`);
  return facts;
}

/** The version asked for; else the kubelet's on the host where it is served; else the newest in the table. */
function targetVersion({ version }: InitInput, facts: Facts): Version {
  if (version !== undefined) return version;
  const installed = facts.kubeletVersion === undefined ? undefined : tryServed(facts.kubeletVersion);
  return installed ?? parseVersion(newestVersion);
}

function tryServed(text: string): Version | undefined {
  try {
    return releaseFor(parseVersion(text)).version;
  } catch {
    return undefined;
  }
}

function contextOf(input: InitInput, facts: Facts, release: Release): InitContext {
  const request = input.requestFor?.(facts) ?? input.request;
  const warn = (text: string) => input.run.reporter.report({ type: 'warning', host: input.host.name, text });
  const config = completeInit(request, { facts, version: release.version, newToken: generateToken, warn });
  return {
    config,
    release,
    hostname: facts.hostname,
    proxyEnvironment: input.proxyEnvironment,
    caDirectories: facts.caDirectories,
    ...kubeletHost(facts),
    now: input.run.now,
    patches: patchesFor(input.patches, release, warn),
    tokenIsOurs: !request.namesToken,
    ...(input.noToken ? { noToken: true } : {}),
    owned: 'bare',
    ...defined({
      kubeconfig: input.kubeconfig,
      leadsTo: input.leadsTo,
      kubeconfigDirectory: input.kubeconfigDirectory,
    }),
    ...(input.uploadCerts ? { upload: certificateUpload(config) } : {}),
  };
}

function certificateUpload({ certificateKey }: InitConfig): CertificateUpload {
  return {
    certificateKey: certificateKey === undefined ? generateCertificateKey() : new Secret(certificateKey),
    keyIsOurs: certificateKey === undefined,
    lifetimeToken: generateToken(),
  };
}

async function tokenToShow(
  context: InitContext,
  kube: () => Promise<KubeClient>,
  selection: Selection,
): Promise<string | undefined> {
  if (!isSelected('bootstrap-token', selection)) return undefined;
  const live = await (await kube()).list(tokenSecretsQuery);
  return joinTokens(context, { lists: new Map([[listKey(tokenSecretsQuery), live]]) })[0]?.token.token;
}

async function caOf({ config }: InitContext, host: Host): Promise<string | undefined> {
  const path = `${config.cluster.certificatesDir}/ca.crt`;
  return (await host.read([path])).get(path)?.toString('utf8');
}
