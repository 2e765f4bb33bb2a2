import { openLocalFile } from '../../archive/local-file.ts';
import { defined } from '../../defined.ts';
import { exitCodes, KinitError } from '../../errors.ts';
import { BoltError } from '../../etcd/bolt.ts';
import { snapshotContent } from '../../etcd/snapshot-content.ts';
import { readSnapshot, type SnapshotFile } from '../../etcd/snapshot-file.ts';
import { caCertHashes } from '../../kube/ca-pin.ts';

/** A snapshot that is whole. */
export interface VerifiedSnapshot extends SnapshotFile {
  readonly path: string;
  readonly revision: number;
  /** With all versions that lie there. */
  readonly keys: number;
  /** Pins of the CAs of the Kubernetes that it is of; none where it does not tell. */
  readonly clusters: readonly string[];
}

/**
 * Reads a snapshot from its first byte to its last: that it is whole, its digest right, its database readable, and of which
 * cluster it is. Throws KinitError, exit 3, where it is none, was cut short or is damaged.
 */
export async function verifySnapshot(path: string): Promise<VerifiedSnapshot> {
  const whole = await readSnapshot(path);
  const file = await openLocalFile(path);
  try {
    const { revision, keys, values } = await snapshotContent(file, Object.keys(tellingKeys));
    const clusters = Object.entries(tellingKeys).flatMap(([key, cas]) => pinsOf(values.get(key), cas));
    return { path, ...whole, revision, keys, clusters: [...new Set(clusters)] };
  } catch (error) {
    if (!(error instanceof BoltError)) throw error;
    throw new KinitError(`${path}: its database is damaged: ${error.message}`, {
      exitCode: exitCodes.badInput,
      hint: 'take another one: `kinit etcd snapshot list` shows which are whole',
      cause: error,
    });
  } finally {
    await file.close();
  }
}

/** Throws KinitError, exit 2, where a snapshot is not of the cluster with this CA, or does not tell of which it is. */
export function refuseOtherCluster({ path, clusters }: VerifiedSnapshot, pin: string, host?: string): void {
  if (clusters.includes(pin)) return;
  const of =
    clusters.length === 0 ? 'does not tell of which cluster it is' : `is of the cluster with the CA ${clusters[0]}`;
  throw new KinitError(`${path} ${of}, and the CA here is ${pin}; nothing was touched`, {
    exitCode: exitCodes.preflight,
    hint: 'take a snapshot of this cluster, or bring the PKI of that one first: kubeconfigs, nodes and tokens of another CA are worth nothing here',
    ...defined({ host }),
  });
}

/** What every cluster has of its CA in etcd: kubeadm's cluster-info, and from v1.20 on a ConfigMap in each namespace. */
const tellingKeys: Readonly<Record<string, (value: string) => readonly string[]>> = {
  '/registry/configmaps/kube-public/cluster-info': (value) =>
    [...value.matchAll(/certificate-authority-data: *([A-Za-z0-9+/=]+)/g)].map(([, data = '']) =>
      Buffer.from(data, 'base64').toString('latin1'),
    ),
  '/registry/configmaps/kube-system/kube-root-ca.crt': (value) => [value],
};

/** None where it is encrypted, or no certificate. */
function pinsOf(value: Buffer | undefined, cas: (value: string) => readonly string[]): readonly string[] {
  if (value === undefined) return [];
  try {
    return cas(value.toString('latin1')).flatMap(caCertHashes);
  } catch {
    return [];
  }
}
