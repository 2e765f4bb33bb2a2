import { fsyncScript, parseFsync } from '../host/facts/facts-fsync.ts';
import type { Seen } from '../host/host.ts';
import { type Problem, warning } from './problem.ts';
import { isControlPlane, type Subject } from './subject.ts';

/** Milliseconds: etcd wants 99 of 100 within this, so the mean must be (https://etcd.io/docs/latest/faq/, wal_fsync). */
const wanted = 10;

/** The command that measures the disk below a control plane's own etcd; none for other hosts. It writes. */
export function etcdDiskCommand(subject: Subject): readonly (readonly string[])[] {
  const dataDir = isControlPlane(subject) ? subject.cluster.etcd.local?.dataDir : undefined;
  return dataDir === undefined ? [] : [['sh', '-c', fsyncScript(dataDir)]];
}

/** What the mean time of a synced write means for etcd; nothing where it was not asked for. */
export function etcdDisk(subject: Subject, { commands }: Pick<Seen, 'commands'>): readonly Problem[] {
  return etcdDiskCommand(subject).flatMap((argv) => {
    const answer = commands.get(argv.join('\0'));
    if (answer === undefined) return [];
    const milliseconds = parseFsync(answer.stdout);
    if (milliseconds === undefined) {
      const reason = answer.stdout.trim().split('\n').at(-1) || 'it took too long';
      return warning('EtcdDisk', `etcd's disk could not be measured: ${reason}`);
    }
    if (milliseconds <= wanted) return [];
    const message = `a synced write takes ${milliseconds.toFixed(1)} ms; etcd loses its leader where it takes more than ${wanted} ms`;
    return warning('EtcdDisk', message, { mend: "put etcd's data on an SSD: etcd.local.dataDir" });
  });
}
