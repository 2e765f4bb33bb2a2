import type { InitRequest } from '../../config/init.ts';
import type { InitFlags } from '../../config/init-flags.ts';
import { defined } from '../../defined.ts';
import type { Run } from '../../execute/run.ts';
import type { Host } from '../../host/host.ts';
import type { Version } from '../../release/version.ts';
import type { HostClients } from '../../workflows/host-clients.ts';
import type { InitResult } from '../../workflows/node/init.ts';
import type { NetworkChoice } from '../../workflows/node/pod-network.ts';
import type { Selection } from '../../workflows/stage.ts';
import { readPatchFiles } from '../input/files.ts';
import { proxies } from '../input/proxies.ts';
import type { TargetFlags } from '../input/targets.ts';
import type { Io } from '../io.ts';
import type { Session } from '../session.ts';

/** The flags of `kinit init` and its phases. */
export interface InitCommandFlags extends InitFlags, TargetFlags {
  readonly output?: string;
}

/** One run of `kinit init`. */
export interface InitCommand {
  readonly flags: InitCommandFlags;
  readonly io: Io;
  readonly selection: Selection;
  readonly request: InitRequest;
  readonly version: Version | undefined;
  readonly run: Run;
  readonly session: Session;
  readonly network: NetworkChoice;
}

/** The workflow on a host, real or not; `clients` are of the cluster that stands in for it in a rehearsal. */
export async function initOn(command: InitCommand, host: Host, clients?: HostClients): Promise<InitResult> {
  const { init } = await import('../../workflows/node/init.ts');
  const { flags, io, request, version, selection, run, session, network } = command;
  return init({
    request,
    version,
    host,
    run,
    selection,
    uploadCerts: flags.uploadCerts === true,
    ...defined({ kubeconfig: flags.kubeconfig, kubeconfigDirectory: flags.kubeconfigDir }),
    network,
    patches: await readPatchFiles(request.patchesDirectory, io, session.warn),
    proxyEnvironment: host.local ? proxies(io) : new Map(),
    ...defined({ clients }),
  });
}
