import { exitCodes, KinitError } from '../../errors.ts';
import type { Run } from '../../execute/run.ts';
import { on } from '../../execute/target.ts';
import type { Host } from '../../host/host.ts';
import { caCertHash } from '../../kube/ca-pin.ts';
import { bringPki } from '../../phases/etcd-restore/bring-pki.ts';
import { residentFiles, residentOf } from '../../phases/reset/resident.ts';
import { pkiDirectory } from '../../release/paths.ts';
import { releaseFor } from '../../release/release.ts';
import { newestVersion } from '../../release/served.ts';
import { parseVersion } from '../../release/version.ts';
import { reveal } from '../../secret.ts';
import { runStage } from '../stage.ts';
import { type ClusterPki, type ControlPlanePki, pkiFor } from './pki-archive.ts';
import { refuseOtherCluster, type VerifiedSnapshot } from './verify-snapshot.ts';

/** A control plane that is to have its PKI of the archive, where that is gone. */
export interface PkiPlace {
  readonly host: Host;
  readonly certificatesDir: string;
  readonly files: ControlPlanePki;
}

/**
 * The control planes that lack something of their PKI, each with what the archive has of it. Throws KinitError (exit 2) where the
 * archive is of another cluster than the snapshot or than what is left on a host; nothing was touched.
 */
export async function findLostPki(
  hosts: readonly Host[],
  pki: ClusterPki,
  snapshot: VerifiedSnapshot,
): Promise<readonly PkiPlace[]> {
  const found = await Promise.all(
    hosts.map(async (host): Promise<readonly PkiPlace[]> => {
      const { files } = await host.observe({ files: residentFiles });
      const { etcd, certificatesDir = pkiDirectory } = residentOf(files);
      // One without a member of etcd is refused by the restore itself, which says more.
      if (etcd?.name === undefined) return [];
      const own = pkiFor(etcd.name, pki, host);
      const paths = [...own.keys()].map((name) => `${certificatesDir}/${name}`);
      const caFile = `${certificatesDir}/ca.crt`;
      const seen = await host.observe({ paths, files: [caFile] });
      if (paths.every((path) => seen.paths.get(path)?.type !== 'absent')) return [];
      const pin = caCertHash(reveal(own.get('ca.crt') ?? ''));
      refuseOtherCluster(snapshot, pin, host.name);
      const there = seen.files.get(caFile)?.content?.toString('utf8');
      if (there !== undefined && caCertHash(there) !== pin) throw foreign(host, caFile);
      return [{ host, certificatesDir, files: own }];
    }),
  );
  return found.flat();
}

function foreign(host: Host, caFile: string): KinitError {
  return new KinitError(`${caFile} is the CA of another cluster than the archive's; nothing was touched`, {
    host: host.name,
    exitCode: exitCodes.preflight,
    hint: 'what is there belongs to somebody: look whose it is, and put it away by hand',
  });
}

/** Brings back what is missing, keys with mode 0600; what is there stays. Throws KinitError. */
export async function bringBackPki({ host, ...lost }: PkiPlace, run: Run): Promise<void> {
  await runStage([bringPki], lost, on(run, { host, release: releaseFor(parseVersion(newestVersion)) }));
}
