import type { InitRequest } from '../../config/init.ts';
import { defined } from '../../defined.ts';
import type { Host } from '../../host/host.ts';
import type { OverlayKubeClient } from '../../kube/overlay-client.ts';
import type { KeyPool } from '../../pki/keys.ts';
import type { Version } from '../../release/version.ts';
import type { InitResult } from '../../workflows/node/init.ts';
import type { NetworkChoice } from '../../workflows/node/pod-network.ts';
import type { Selection } from '../../workflows/stage.ts';
import { readPatchFiles } from '../input/files.ts';
import type { TargetFlags } from '../input/targets.ts';
import type { Io } from '../io.ts';
import type { Story } from '../story.ts';

/** The flags of `kinit init` that are not configuration. */
export interface InitCommandFlags extends TargetFlags {
  readonly config?: string;
  readonly dryRun?: boolean;
  readonly outputDir?: string;
  /** Of single phases only. */
  readonly kubeconfig?: string;
  readonly kubeconfigDir?: string;
  readonly printManifest?: boolean;
  readonly skipTokenPrint?: boolean;
  readonly skipCertificateKeyPrint?: boolean;
  readonly uploadCerts?: boolean;
  readonly patches?: string;
  readonly lenient?: boolean;
  readonly network?: string;
  readonly output?: string;
  readonly ignorePreflightErrors?: readonly string[];
  readonly skipPhases?: readonly string[];
  readonly [flag: string]: unknown;
}

/** One run of `kinit init`. */
export interface InitRun {
  readonly flags: InitCommandFlags;
  readonly io: Io;
  readonly selection: Selection;
  readonly request: InitRequest;
  readonly version: Version | undefined;
  readonly story: Story;
  readonly network: NetworkChoice;
}

/** The workflow on a host, real or not; `rehearsalKube` stands in for the cluster where nothing is to be changed. */
export async function initOn(
  run: InitRun,
  host: Host,
  rehearsalKube?: OverlayKubeClient,
  keys?: KeyPool,
): Promise<InitResult> {
  const { init } = await import('../../workflows/node/init.ts');
  const { flags, io, request, version, selection, story, network } = run;
  return init({
    request,
    version,
    host,
    reporter: story.reporter,
    signal: io.signal,
    now: io.now(),
    selection,
    uploadCerts: flags.uploadCerts === true,
    ...(flags.kubeconfig === undefined ? {} : { kubeconfig: flags.kubeconfig }),
    ...(flags.kubeconfigDir === undefined ? {} : { kubeconfigDirectory: flags.kubeconfigDir }),
    network,
    patches: await readPatchFiles(request.patchesDirectory, io, story.warn),
    proxyEnvironment: host.local ? proxies(io) : new Map(),
    ...defined({ rehearsalKube, keys }),
  });
}

/** What kubeadm hands on to static pods: `*_proxy` of its own environment. */
function proxies({ env }: Io): ReadonlyMap<string, string> {
  return new Map(
    Object.entries(env).flatMap(([name, value]) => (/_proxy$/i.test(name) && value ? [[name, value] as const] : [])),
  );
}
