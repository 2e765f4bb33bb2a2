import { exitCodes, KinitError } from '../../errors.ts';
import type { Host } from '../../host/host.ts';
import type { MadeCluster } from '../../inventory/endpoint.ts';
import type { KubeClient, KubeObject } from '../../kube/client.ts';
import { certificatesAlone } from '../../pki/certificate-file.ts';
import { readKubeconfig } from '../../pki/kubeconfig.ts';
import { adminConf } from '../../release/paths.ts';
import { administratorClient } from '../host-clients.ts';
import { type ClusterFacts, publishedEndpoint, readClusterFacts } from './cluster-info.ts';

/** A cluster that answers, as its control plane's administrator sees it. */
export interface LivingCluster {
  readonly kube: KubeClient;
  readonly facts: ClusterFacts;
  /** PEM. */
  readonly ca: string;
  readonly nodes: ReadonlyMap<string, KubeObject>;
}

/** Milliseconds that an API server is waited for: one that refuses, and one that takes the question and is silent. */
const patience = { retryForMs: 3000, timeoutMs: 15_000 };

/** What there is of a cluster before anything is done. */
export interface FoundCluster {
  /** undefined where it does not answer or is not finished: then everything is decided host by host. */
  readonly living: LivingCluster | undefined;
  /** undefined where there is none. */
  readonly made: MadeCluster | undefined;
  /** Why a cluster that was made does not tell of itself. */
  readonly silence?: unknown;
}

/** The cluster whose control plane is on the host. */
export async function clusterOn(host: Host): Promise<FoundCluster> {
  const seen = await host.observe({ paths: [adminConf] });
  if (seen.paths.get(adminConf)?.type !== 'file') return { living: undefined, made: undefined };
  try {
    const living = await livingCluster(host);
    return { living, made: { controlPlaneEndpoint: living.facts.cluster.controlPlaneEndpoint } };
  } catch (silence) {
    return { living: undefined, made: await madeBy(host), silence };
  }
}

/** What its administrator's kubeconfig leads to tells of a cluster that does not answer. */
async function madeBy(host: Host): Promise<MadeCluster | undefined> {
  const text = (await host.read([adminConf])).get(adminConf)?.toString('utf8');
  try {
    return text === undefined ? undefined : { controlPlaneEndpoint: readKubeconfig(text, adminConf).server };
  } catch {
    return undefined;
  }
}

async function livingCluster(host: Host): Promise<LivingCluster> {
  const kube = await administratorClient(host, undefined, patience);
  try {
    const [facts, { ca }, nodes] = await Promise.all([
      readClusterFacts(kube),
      publishedEndpoint(kube),
      kube.list({ apiVersion: 'v1', kind: 'Node' }),
    ]);
    return { kube, facts, ca, nodes: new Map(nodes.map((node) => [node.metadata.name, node])) };
  } catch (error) {
    kube.close();
    throw error;
  }
}

/** Throws KinitError, exit 2, where two control planes of one file carry two clusters. */
export function refuseForeign({ name: host }: Host, { ca }: LivingCluster, leading: LivingCluster): void {
  if (ca === leading.ca) return;
  throw new KinitError('this host carries a control plane of another cluster, and nothing was touched', {
    host,
    exitCode: exitCodes.preflight,
    hint: `leave the host out of the file, or take that cluster off it first: kinit reset --host ${host}`,
  });
}

/** Throws KinitError, exit 2, where the CA on the control plane is not the one that the cluster lives with. */
export async function refuseOtherCa(host: Host, directory: string, { ca }: LivingCluster): Promise<void> {
  const path = `${directory}/ca.crt`;
  const there = (await host.read([path])).get(path)?.toString('utf8');
  if (there === undefined || certificatesAlone(there) === certificatesAlone(ca)) return;
  throw new KinitError(`${path} is not the CA that the cluster lives with, and nothing was touched`, {
    host: host.name,
    exitCode: exitCodes.preflight,
    hint: 'a rotation that is under way is finished by kinit certs rotate-ca --config FILE; else put the old CA back (ConfigMap kube-public/cluster-info holds its certificate)',
  });
}
