import { maybe } from './defaults.ts';
import type { ClusterDocument, InitDocument } from './documents.ts';
import { checkDuration, listFlag, parseArguments, parseGates, parsePort, type ReportFlag } from './flags.ts';

/** kubeadm's flags of `init` and its phases, as commander names them; only what the user gave is there. */
export interface InitFlags {
  readonly [name: string]: unknown;
  readonly config?: string | undefined;
  readonly apiserverAdvertiseAddress?: string | undefined;
  readonly apiserverBindPort?: string | undefined;
  readonly apiserverCertExtraSans?: readonly string[] | undefined;
  readonly apiserverExtraArgs?: string | undefined;
  readonly certDir?: string | undefined;
  readonly certificateKey?: string | undefined;
  readonly controllerManagerExtraArgs?: string | undefined;
  readonly controlPlaneEndpoint?: string | undefined;
  readonly criSocket?: string | undefined;
  readonly dryRun?: boolean | undefined;
  readonly featureGates?: string | undefined;
  readonly ignorePreflightErrors?: readonly string[] | undefined;
  readonly imageRepository?: string | undefined;
  readonly kubernetesVersion?: string | undefined;
  readonly nodeName?: string | undefined;
  readonly patches?: string | undefined;
  readonly podNetworkCidr?: string | undefined;
  readonly schedulerExtraArgs?: string | undefined;
  readonly serviceCidr?: string | undefined;
  readonly serviceDnsDomain?: string | undefined;
  readonly skipPhases?: readonly string[] | undefined;
  readonly token?: string | undefined;
  readonly tokenTtl?: string | undefined;
}

/** The field of InitConfiguration that each flag sets. */
export const initFlagFields = {
  apiserverAdvertiseAddress: 'localAPIEndpoint.advertiseAddress',
  apiserverBindPort: 'localAPIEndpoint.bindPort',
  certificateKey: 'certificateKey',
  criSocket: 'nodeRegistration.criSocket',
  dryRun: 'dryRun',
  ignorePreflightErrors: 'nodeRegistration.ignorePreflightErrors',
  nodeName: 'nodeRegistration.name',
  patches: 'patches.directory',
  skipPhases: 'skipPhases',
  token: 'bootstrapTokens[0].token',
  tokenTtl: 'bootstrapTokens[0].ttl',
} as const;

/** The field of ClusterConfiguration that each flag sets. */
export const clusterFlagFields = {
  apiserverCertExtraSans: 'apiServer.certSANs',
  apiserverExtraArgs: 'apiServer.extraArgs',
  certDir: 'certificatesDir',
  controllerManagerExtraArgs: 'controllerManager.extraArgs',
  controlPlaneEndpoint: 'controlPlaneEndpoint',
  featureGates: 'featureGates',
  imageRepository: 'imageRepository',
  kubernetesVersion: 'kubernetesVersion',
  podNetworkCidr: 'networking.podSubnet',
  schedulerExtraArgs: 'scheduler.extraArgs',
  serviceCidr: 'networking.serviceSubnet',
  serviceDnsDomain: 'networking.dnsDomain',
} as const;

/** InitConfiguration as the flags have it, over what the file says. */
export function initFromFlags(flags: InitFlags, document: InitDocument, report: ReportFlag): InitDocument {
  const { token, tokenTtl, apiserverBindPort: port } = flags;
  const ttl = tokenTtl === undefined ? undefined : checkDuration(tokenTtl, '--token-ttl', report);
  const tokens =
    token === undefined && ttl === undefined ? undefined : [{ ...maybe('token', token), ...maybe('ttl', ttl) }];
  return {
    ...document,
    ...maybe('bootstrapTokens', tokens ?? document.bootstrapTokens),
    ...maybe('certificateKey', flags.certificateKey ?? document.certificateKey),
    ...maybe('dryRun', flags.dryRun ?? document.dryRun),
    ...maybe('patches', flags.patches === undefined ? document.patches : { directory: flags.patches }),
    ...maybe('skipPhases', listFlag(flags.skipPhases) ?? document.skipPhases),
    localAPIEndpoint: {
      ...document.localAPIEndpoint,
      ...maybe('advertiseAddress', flags.apiserverAdvertiseAddress ?? document.localAPIEndpoint?.advertiseAddress),
      ...(port === undefined ? {} : { bindPort: parsePort(port, '--apiserver-bind-port', report) }),
    },
    nodeRegistration: nodeRegistrationFromFlags(flags, document.nodeRegistration),
  };
}

/** How the node is registered, as the flags have it, over what the file says. */
export function nodeRegistrationFromFlags(
  { nodeName, criSocket }: { readonly nodeName?: string | undefined; readonly criSocket?: string | undefined },
  document: InitDocument['nodeRegistration'] = {},
): NonNullable<InitDocument['nodeRegistration']> {
  return {
    ...document,
    ...maybe('name', nodeName ?? document.name),
    ...maybe('criSocket', criSocket ?? document.criSocket),
  };
}

/** ClusterConfiguration as the flags have it, over what the file says. */
export function clusterFromFlags(flags: InitFlags, document: ClusterDocument, report: ReportFlag): ClusterDocument {
  const args = (text: string | undefined, flag: string) =>
    text === undefined ? {} : { extraArgs: parseArguments(text, flag, report) };
  return {
    ...document,
    ...maybe('certificatesDir', flags.certDir ?? document.certificatesDir),
    ...maybe('controlPlaneEndpoint', flags.controlPlaneEndpoint ?? document.controlPlaneEndpoint),
    ...maybe('imageRepository', flags.imageRepository ?? document.imageRepository),
    ...maybe('kubernetesVersion', flags.kubernetesVersion ?? document.kubernetesVersion),
    ...(flags.featureGates === undefined
      ? {}
      : { featureGates: parseGates(flags.featureGates, '--feature-gates', report) }),
    networking: {
      ...document.networking,
      ...maybe('serviceSubnet', flags.serviceCidr ?? document.networking?.serviceSubnet),
      ...maybe('podSubnet', flags.podNetworkCidr ?? document.networking?.podSubnet),
      ...maybe('dnsDomain', flags.serviceDnsDomain ?? document.networking?.dnsDomain),
    },
    apiServer: {
      ...document.apiServer,
      ...args(flags.apiserverExtraArgs, '--apiserver-extra-args'),
      ...maybe('certSANs', listFlag(flags.apiserverCertExtraSans) ?? document.apiServer?.certSANs),
    },
    controllerManager: {
      ...document.controllerManager,
      ...args(flags.controllerManagerExtraArgs, '--controller-manager-extra-args'),
    },
    scheduler: { ...document.scheduler, ...args(flags.schedulerExtraArgs, '--scheduler-extra-args') },
  };
}
