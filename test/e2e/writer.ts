import type { LabHost } from '../lab/host.ts';
import { on } from './kit.ts';

/** What writes to the API from a host, and tells when. */
export interface Writer {
  /** Milliseconds since the epoch, of each write that was done. */
  times(): Promise<readonly number[]>;
  /** Takes up what admin.conf says by now, as whoever holds a copy has to while a CA is replaced. */
  refresh(): Promise<void>;
  stop(): Promise<readonly number[]>;
}

/** Writes from a host to the cluster, as fast as it goes, by a name or an address of its API. */
export async function writer(from: LabHost, credentials: LabHost, name: string, index: number): Promise<Writer> {
  const folder = `/root/writer-${index}`;
  const url = `https://${name}:6443/api/v1/namespaces/default/configmaps`;
  const own = ['--cacert', '--cert', '--key'].map((flag, at) => `${flag} now/${credentialFields[at]}`).join(' ');
  const curl = `curl -sf -m 2 -o /dev/null ${own}`;
  const body = (at: string) => `{"metadata":{"name":"writer-${index}"},"data":{"at":"${at}"}}`;
  const refresh = async () => on(from, 'sh', '-c', `mkdir -p ${folder} && cd ${folder} && ${await taken(credentials)}`);
  await refresh();
  const script = `cd ${folder} && umask 077
${curl} -X POST -H 'Content-Type: application/json' -d '${body('0')}' ${url}
touch times
nohup sh -c 'while [ ! -e stop ]; do ${curl} -X PATCH -H "Content-Type: application/merge-patch+json" -d "{\\"data\\":{\\"at\\":\\"$(date +%s%N)\\"}}" ${url}/writer-${index} && date +%s%3N >>times || sleep 0.05; done' >/dev/null 2>&1 &`;
  await on(from, 'sh', '-c', script);
  const times = async () => (await on(from, 'cat', `${folder}/times`)).trim().split('\n').filter(Boolean).map(Number);
  return {
    times,
    refresh: async () => void (await refresh()),
    async stop() {
      await on(from, 'touch', `${folder}/stop`);
      const all = await times();
      await on(from, 'sh', '-c', `sleep 3; rm -r ${folder}`);
      return all;
    },
  };
}

const credentialFields = ['certificate-authority', 'client-certificate', 'client-key'] as const;

/** The shell that puts what an admin.conf holds into a folder, all three files at once: `now` is a link to the last. */
async function taken(credentials: LabHost): Promise<string> {
  const conf = await on(credentials, 'cat', '/etc/kubernetes/admin.conf');
  const data = (field: string) => new RegExp(`${field}-data: (\\S+)`).exec(conf)?.[1] ?? '';
  const files = credentialFields.map((field) => `echo ${data(field)} | base64 -d >"$new/${field}"`);
  return ['umask 077', 'new=$(mktemp -d now.XXXXXX)', ...files, 'ln -sfn "$new" next', 'mv -T next now'].join(' && ');
}

/** Seconds between two writes, of which the second is after that moment. */
export function longestPause(times: readonly number[], since = 0): number {
  const pauses = times.slice(1).map((time, index) => (time < since ? 0 : time - (times[index] ?? time)));
  return Math.max(...pauses) / 1000;
}

/** When the last write before the longest pause was done, as kinit's logs tell time. */
export function beforeLongestPause(times: readonly number[]): string {
  const pauses = times.slice(1).map((time, index) => time - (times[index] ?? time));
  return new Date(times[pauses.indexOf(Math.max(...pauses))] ?? 0).toISOString();
}
