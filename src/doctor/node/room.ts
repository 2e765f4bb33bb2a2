import { kubeletDirectory } from '../../release/paths.ts';
import { type Finding, trouble } from '../finding.ts';
import type { Patient } from '../patient.ts';
import type { Rule } from '../rule.ts';
import { imageFolders, type Left } from '../sights/room.ts';

/** The kubelet's own, where its configuration names none (k8s.io/kubelet/config/v1beta1, evictionHard). */
const usualThresholds: Readonly<Record<string, unknown>> = {
  'memory.available': '100Mi',
  'nodefs.available': '10%',
  'nodefs.inodesFree': '5%',
  'imagefs.available': '15%',
};

/** So little is left that the kubelet evicts pods and takes no new ones. */
export const pressure: Rule = {
  check: (patient) => {
    const { room, isNode } = patient;
    if (!isNode) return [];
    const imageFolder = imageFolders.find((path) => room.disks.has(path)) ?? '';
    const told = [
      short('disk', kubeletDirectory, 'nodefs.available', room.disks.get(kubeletDirectory), patient),
      short('inodes', kubeletDirectory, 'nodefs.inodesFree', room.inodes.get(kubeletDirectory), patient),
      short('disk', imageFolder, 'imagefs.available', room.disks.get(imageFolder), patient),
      short('memory', '', 'memory.available', room.memory, patient),
    ].flat();
    const names = new Set<string>();
    return told.filter(({ name }) => !names.has(name) && names.add(name));
  },
};

type Kind = 'disk' | 'inodes' | 'memory';

function short(
  kind: Kind,
  path: string,
  signal: string,
  left: Left | undefined,
  { subject }: Patient,
): readonly Finding[] {
  const own = subject.kubelet['evictionHard'];
  const thresholds = typeof own === 'object' && own !== null ? (own as typeof usualThresholds) : usualThresholds;
  const threshold = String(thresholds[signal] ?? '0');
  if (left === undefined || !(left.total > 0) || left.free >= amountOf(threshold, left.total, kind)) return [];
  const percent = ((left.free / left.total) * 100).toFixed(1);
  const amount = kind === 'inodes' ? `${left.free} inodes` : `${Math.floor(left.free / 1024)} MiB`;
  const evidence = `${amount} (${percent} %) left; the kubelet evicts pods below ${signal} ${threshold}`;
  if (kind === 'memory') {
    const mend = 'ps aux --sort=-rss | head: stop what needs the memory, or add some';
    return [trouble('MemoryPressure', 'memory runs out', { evidence, mend })];
  }
  const what = kind === 'inodes' ? `inodes run out on the disk of ${path}` : `the disk of ${path} is nearly full`;
  const mend = `du -xh ${path} | sort -h | tail: free some; images that nobody uses: crictl rmi --prune`;
  return [trouble('DiskPressure', what, { evidence: `${path}: ${evidence}`, mend })];
}

/** `10%` of the total, or a quantity in the unit of what is measured. */
function amountOf(threshold: string, total: number, kind: Kind): number {
  if (threshold.endsWith('%')) return (total * Number(threshold.slice(0, -1))) / 100;
  const [, number, unit = ''] = /^([\d.]+)([KMGT]i?)?$/.exec(threshold) ?? [];
  const bytes = Number(number ?? 0) * (units[unit.replace('i', '')] ?? 1);
  return kind === 'inodes' ? bytes : bytes / 1024;
}

const units: Readonly<Record<string, number>> = { K: 1024, M: 1024 ** 2, G: 1024 ** 3, T: 1024 ** 4 };
