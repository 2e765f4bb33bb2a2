import { readFile, readlink } from 'node:fs/promises';

/** This process, as `boot id/PID namespace pid start time`: never given twice. Undefined where there is no /proc. */
export function ownProcess(): Promise<string | undefined> {
  return identityOf('self');
}

/** Whether a process of that identity ran on this boot and among these processes, and is there no more. */
export async function isProcessGone(identity: string): Promise<boolean> {
  const mine = await ownProcess();
  const [machine, pid = ''] = identity.split(' ');
  if (mine === undefined || machine !== mine.split(' ')[0]) return false;
  return (await identityOf(pid)) !== identity;
}

async function identityOf(pid: string): Promise<string | undefined> {
  if (!/^(self|\d+)$/.test(pid)) return undefined;
  try {
    const boot = (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
    const namespace = await readlink('/proc/self/ns/pid');
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    const started = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
    return `${boot}/${namespace} ${stat.split(' ')[0]} ${started}`;
  } catch {
    return undefined;
  }
}
