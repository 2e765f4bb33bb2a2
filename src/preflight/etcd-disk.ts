import { type Problem, warning } from './problem.ts';

/** Milliseconds: etcd wants 99 of 100 within this, so the mean must be (https://etcd.io/docs/latest/faq/, wal_fsync). */
const wanted = 10;

/** What a measured mean time of a synced write in etcd's data directory means for a control plane. */
export function etcdDisk(milliseconds: number | undefined): readonly Problem[] {
  if (milliseconds === undefined || milliseconds <= wanted) return [];
  const message = `a synced write takes ${milliseconds.toFixed(1)} ms; etcd loses its leader where it takes more than ${wanted} ms`;
  return [warning('EtcdDisk', message, { mend: "put etcd's data on an SSD: etcd.local.dataDir" })];
}
