import type { LabHost } from '../lab/host.ts';
import { on } from './kit.ts';

/** What looks from a host at the API servers of others, five times a second. */
export interface Lookout {
  /** Those that were seen not to listen at the same moment: each pair once. */
  stop(): Promise<readonly string[]>;
}

/** Watches whether two API servers are ever away at once, by whether they listen. */
export async function lookout(from: LabHost, at: readonly LabHost[]): Promise<Lookout> {
  const folder = '/root/lookout';
  const look = at
    .map(({ name, address }) => `(exec 3<>/dev/tcp/${address}/6443) 2>/dev/null || away="$away ${name}"`)
    .join('; ');
  const loop = `while [ ! -e stop ]; do away=; ${look}; echo "$away" >>seen; sleep 0.2; done`;
  await on(from, 'bash', '-c', `mkdir -p ${folder}; cd ${folder}; nohup bash -c '${loop}' >/dev/null 2>&1 &`);
  return {
    async stop() {
      const seen = await on(from, 'sh', '-c', `touch ${folder}/stop; sleep 1; sort -u ${folder}/seen; rm -r ${folder}`);
      return seen.split('\n').filter((line) => line.trim().includes(' '));
    },
  };
}
