import type { LabHost } from '../lab/host.ts';
import { on } from './kit.ts';

/** What writes to the API from a host, and tells when. */
export interface Writer {
  /** Milliseconds since the epoch, of each write that was done. */
  times(): Promise<readonly number[]>;
  stop(): Promise<readonly number[]>;
}

/** Writes from a host to the cluster, as fast as it goes, by a name or an address of its API. */
export async function writer(from: LabHost, credentials: LabHost, name: string, index: number): Promise<Writer> {
  const folder = `/root/writer-${index}`;
  const conf = await on(credentials, 'cat', '/etc/kubernetes/admin.conf');
  const data = (field: string) => new RegExp(`${field}-data: (\\S+)`).exec(conf)?.[1] ?? '';
  const decode = ['certificate-authority', 'client-certificate', 'client-key']
    .map((field) => `echo ${data(field)} | base64 -d >${field}`)
    .join('; ');
  const url = `https://${name}:6443/api/v1/namespaces/default/configmaps`;
  const curl = `curl -sf -m 2 -o /dev/null --cacert certificate-authority --cert client-certificate --key client-key`;
  const body = (at: string) => `{"metadata":{"name":"writer-${index}"},"data":{"at":"${at}"}}`;
  const script = `mkdir -p ${folder} && cd ${folder} && umask 077 && ${decode}
${curl} -X POST -H 'Content-Type: application/json' -d '${body('0')}' ${url}
touch times
nohup sh -c 'while [ ! -e stop ]; do ${curl} -X PATCH -H "Content-Type: application/merge-patch+json" -d "{\\"data\\":{\\"at\\":\\"$(date +%s%N)\\"}}" ${url}/writer-${index} && date +%s%3N >>times || sleep 0.05; done' >/dev/null 2>&1 &`;
  await on(from, 'sh', '-c', script);
  const times = async () => (await on(from, 'cat', `${folder}/times`)).trim().split('\n').filter(Boolean).map(Number);
  return {
    times,
    async stop() {
      await on(from, 'touch', `${folder}/stop`);
      const all = await times();
      await on(from, 'sh', '-c', `sleep 3; rm -r ${folder}`);
      return all;
    },
  };
}

/** Seconds between two writes, of which the second is after that moment. */
export function longestPause(times: readonly number[], since = 0): number {
  const pauses = times.slice(1).map((time, index) => (time < since ? 0 : time - (times[index] ?? time)));
  return Math.max(...pauses) / 1000;
}
