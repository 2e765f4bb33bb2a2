import { defined } from '../defined.ts';
import type { JoinDocument } from './documents.ts';
import { listFlag, parsePort, type ReportFlag } from './flags.ts';
import { nodeRegistrationFromFlags } from './init-flags.ts';

/** kubeadm's flags of `join`, as commander names them; only what the user gave is there. */
export interface JoinFlags {
  readonly [name: string]: unknown;
  /** The positional HOST:PORT. */
  readonly endpoint?: string | undefined;
  readonly config?: string | undefined;
  readonly apiserverAdvertiseAddress?: string | undefined;
  readonly apiserverBindPort?: string | undefined;
  readonly certificateKey?: string | undefined;
  readonly controlPlane?: boolean | undefined;
  readonly criSocket?: string | undefined;
  readonly discoveryFile?: string | undefined;
  readonly discoveryToken?: string | undefined;
  readonly discoveryTokenCaCertHash?: readonly string[] | undefined;
  readonly discoveryTokenUnsafeSkipCaVerification?: boolean | undefined;
  readonly dryRun?: boolean | undefined;
  readonly ignorePreflightErrors?: readonly string[] | undefined;
  readonly nodeName?: string | undefined;
  readonly patches?: string | undefined;
  readonly skipPhases?: readonly string[] | undefined;
  readonly tlsBootstrapToken?: string | undefined;
  readonly token?: string | undefined;
}

/** The field of JoinConfiguration that each flag sets. */
export const joinFlagFields = {
  apiserverAdvertiseAddress: 'controlPlane.localAPIEndpoint.advertiseAddress',
  apiserverBindPort: 'controlPlane.localAPIEndpoint.bindPort',
  certificateKey: 'controlPlane.certificateKey',
  controlPlane: 'controlPlane',
  criSocket: 'nodeRegistration.criSocket',
  discoveryFile: 'discovery.file.kubeConfigPath',
  discoveryToken: 'discovery.bootstrapToken.token',
  discoveryTokenCaCertHash: 'discovery.bootstrapToken.caCertHashes',
  discoveryTokenUnsafeSkipCaVerification: 'discovery.bootstrapToken.unsafeSkipCAVerification',
  dryRun: 'dryRun',
  endpoint: 'discovery.bootstrapToken.apiServerEndpoint',
  ignorePreflightErrors: 'nodeRegistration.ignorePreflightErrors',
  nodeName: 'nodeRegistration.name',
  patches: 'patches.directory',
  skipPhases: 'skipPhases',
  tlsBootstrapToken: 'discovery.tlsBootstrapToken',
  token: 'discovery.bootstrapToken.token',
} as const;

/** JoinConfiguration as the flags have it, over what the file says. */
export function joinFromFlags(flags: JoinFlags, document: JoinDocument, report: ReportFlag): JoinDocument {
  return {
    ...document,
    ...defined({
      dryRun: flags.dryRun ?? document.dryRun,
      skipPhases: listFlag(flags.skipPhases) ?? document.skipPhases,
    }),
    ...defined({ patches: flags.patches === undefined ? document.patches : { directory: flags.patches } }),
    ...defined({
      discovery: document.discovery ?? discovery(flags),
      controlPlane: flags.controlPlane ? controlPlane(flags, report) : document.controlPlane,
    }),
    nodeRegistration: nodeRegistrationFromFlags(flags, document.nodeRegistration),
  };
}

/** `--token` stands for both tokens where they are not named. */
function discovery(flags: JoinFlags): JoinDocument['discovery'] {
  const { endpoint } = flags;
  const token = flags.discoveryToken ?? flags.token;
  const hashes = listFlag(flags.discoveryTokenCaCertHash);
  const unsafe = flags.discoveryTokenUnsafeSkipCaVerification;
  const tlsBootstrapToken = flags.tlsBootstrapToken ?? flags.token;
  if (flags.discoveryFile !== undefined) {
    return { file: { kubeConfigPath: flags.discoveryFile }, ...defined({ tlsBootstrapToken }) };
  }
  if ([token, hashes, unsafe, endpoint, tlsBootstrapToken].every((each) => each === undefined)) return undefined;
  return {
    bootstrapToken: {
      ...defined({ token, apiServerEndpoint: endpoint, caCertHashes: hashes, unsafeSkipCAVerification: unsafe }),
    },
    ...defined({ tlsBootstrapToken }),
  };
}

function controlPlane(flags: JoinFlags, report: ReportFlag): NonNullable<JoinDocument['controlPlane']> {
  const { apiserverAdvertiseAddress, apiserverBindPort: port, certificateKey } = flags;
  return {
    localAPIEndpoint: {
      ...defined({ advertiseAddress: apiserverAdvertiseAddress }),
      ...(port === undefined ? {} : { bindPort: parsePort(port, '--apiserver-bind-port', report) }),
    },
    ...defined({ certificateKey }),
  };
}
