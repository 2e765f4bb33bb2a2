import { KinitError } from '../../../errors.ts';
import type { Decided } from '../../../execute/decided.ts';
import { adding } from '../../../execute/done.ts';
import { cordonedBy } from '../../../execute/perform-drain.ts';
import { on } from '../../../execute/target.ts';
import type { Host } from '../../../host/host.ts';
import { kubeletForgotten, wayBackForgotten } from '../../../phases/rollback/forgotten.ts';
import { kubeletFilesBack } from '../../../phases/rollback/kubelet-files-back.ts';
import { componentsBack, etcdBack, imagesBack } from '../../../phases/rollback/static-pods-back.ts';
import { adminConf } from '../../../release/paths.ts';
import { releaseFor } from '../../../release/release.ts';
import { newestVersion } from '../../../release/served.ts';
import { parseVersion } from '../../../release/version.ts';
import { type HostClients, hostClients, throughRestarts } from '../../host-clients.ts';
import { localControlPlane } from '../../node/local-control-plane.ts';
import { runStage } from '../../stage.ts';
import { nodeStatus } from '../node-status.ts';
import { type KubeletSteps, throughKubelet } from '../upgrade/kubelet-leg.ts';
import { bringPackages } from '../upgrade/node-packages.ts';
import type { NodeByNode } from '../upgrade/upgrade-input.ts';
import { upgradeOwner } from '../upgrade/way/versions.ts';
import type { NodeBack } from './way.ts';

/**
 * Takes a node's kubelet back: drained, the packages of before, its files, the gate, given back. One that runs as before
 * only gets its files back. Throws KinitError.
 */
export async function kubeletBack(
  { machine, node, record, kubelet }: NodeBack,
  clients: HostClients,
  input: NodeByNode & Pick<KubeletSteps, 'undisturbed'>,
): Promise<readonly Decided[]> {
  const { host, entry } = machine;
  if (record.kubelet === null) {
    throw new KinitError(
      `its kubelet did not tell its version before ${record.to}, so nobody knows which to take back`,
      {
        host: host.name,
        hint: 'install the package of before by hand, then run the same command again',
      },
    );
  }
  const release = releaseFor(parseVersion(record.kubelet), 'what was kept of the kubelet');
  const target = on(input.run, { host, release, kube: () => clients.kube() });
  const files = () => runStage([kubeletFilesBack], { record }, target);
  const live = await (await clients.kube()).get({ apiVersion: 'v1', kind: 'Node', name: node });
  const isAsBefore =
    kubelet === record.kubelet &&
    live !== undefined &&
    nodeStatus(live).version === record.kubelet &&
    live.metadata.annotations?.[cordonedBy] !== upgradeOwner;
  const done: Decided[] = [];
  const steps: KubeletSteps = {
    undisturbed: input.undisturbed,
    changes: async (there) => {
      const changed: Decided[] = [];
      await adding(changed, bringPackages({ entry, host: there.host }, release, input));
      await adding(changed, files());
      return changed;
    },
  };
  await adding(done, isAsBefore ? files() : throughKubelet(machine, release, clients, input, steps));
  const isWorker = entry.role === 'worker';
  await runStage([isWorker ? wayBackForgotten : kubeletForgotten], { record }, target);
  return done;
}

/** Takes the static pods of a control plane back, etcd first. It is asked by its own API server alone. Throws KinitError. */
export async function controlPlaneBack(
  { machine: { host }, node, record }: NodeBack,
  { run }: NodeByNode,
): Promise<readonly Decided[]> {
  const clients = hostClients(host, (await localControlPlane(host))?.endpoint, adminConf, throughRestarts);
  const release = releaseFor(parseVersion(record.apiServer ?? record.to), 'what was kept of the API server');
  const target = on(run, { host, release, kube: () => clients.kube() });
  const done: Decided[] = [];
  try {
    for (const phase of [imagesBack, etcdBack, componentsBack]) {
      await adding(done, runStage([phase], { record, node }, target));
    }
    return done;
  } finally {
    clients.close();
  }
}

/** A host holds nothing any more that it could be taken back from. Throws KinitError. */
export async function forget(host: Host, { run }: NodeByNode): Promise<void> {
  const target = on(run, { host, release: releaseFor(parseVersion(newestVersion)) });
  await runStage([wayBackForgotten], {}, target);
}
