import type { LabHost } from '../lab/host.ts';
import { on } from './bench-host.ts';

/** From now on sshd tells of each command that it starts (sshd_config(5), LogLevel). */
export async function countCommands(host: LabHost): Promise<void> {
  await on(host, 'sh', '-c', 'echo LogLevel VERBOSE >/etc/ssh/sshd_config.d/00-bench.conf && systemctl reload ssh');
}

/** Commands that sshd has started on the host. */
export async function commandsOn(host: LabHost): Promise<number> {
  const log = await on(host, 'journalctl', '-q', '-o', 'cat', '-t', 'sshd');
  return log.split('\n').filter((line) => line.startsWith('Starting session: command')).length;
}
