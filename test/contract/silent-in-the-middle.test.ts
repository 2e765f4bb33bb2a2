import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { kubeconfigDocument } from '../../src/pki/kubeconfig-document.ts';
import { toYaml } from '../../src/yaml.ts';
import { kinit } from '../command-line.ts';
import { FakeKube } from '../fakes/kube.ts';
import { type KubeServer, kubeServer } from '../fakes/kube-server.ts';
import { clusterFile, commandLines, kubeconfigFile } from './every-command.ts';
import { keyPair, type SshServerOptions, startSshServer } from './ssh-server.ts';

let api: KubeServer;
const leaving: (() => Promise<unknown>)[] = [];
beforeEach(async () => {
  api = await kubeServer(new FakeKube());
});
afterEach(async () => {
  vi.useRealTimers();
  for (const leave of leaving.splice(0).reverse()) await leave();
  await api.close();
});

/** A folder whose name is as long as that of the one it stands for. */
async function standIn(path: string): Promise<readonly [string, string]> {
  const folder = `/tmp/${randomBytes(path.length).toString('hex')}`.slice(0, path.length);
  await mkdir(folder, { recursive: true });
  leaving.push(() => rm(folder, { recursive: true, force: true }));
  return [path, folder];
}

const userKey = keyPair();
const hostKey = keyPair();

interface Surroundings {
  readonly home: string;
  readonly target: string;
  /** Whether the host is at work. */
  readonly busy: () => boolean;
}

/** A person's home with a host to reach, which is the control plane of the cluster. */
async function surroundings(answers: SshServerOptions['answers']): Promise<Surroundings> {
  const home = await mkdtemp(join(tmpdir(), 'kinit-middle-'));
  leaving.push(() => rm(home, { recursive: true }));
  const paths = ['/etc/kubernetes', '/var/lib/kubelet', '/var/lib/kinit', '/run/kinit'];
  const elsewhere = Object.fromEntries(await Promise.all(paths.map(standIn)));
  const { port, publicKey, busy, close } = await startSshServer({
    authorizedKeys: [userKey.public],
    hostKeys: [hostKey.private],
    elsewhere,
    address: '0.0.0.0',
    ...(answers && { answers }),
  });
  leaving.push(close);
  await mkdir(join(home, '.ssh'));
  await writeFile(join(home, '.ssh/id_ed25519'), userKey.private, { mode: 0o600 });
  await writeFile(join(home, '.ssh/known_hosts'), `[127.0.0.1]:${port},[127.0.0.2]:${port} ${publicKey}\n`);
  const kubeconfig = kubeconfigDocument({
    clusterName: 'kubernetes',
    server: api.url,
    caPem: api.authority.certificate,
    user: 'kubernetes-admin',
    client: { certificatePem: api.admin.certificate, key: api.admin.key },
    preferences: false,
  });
  for (const path of [join(home, kubeconfigFile), `${elsewhere['/etc/kubernetes']}/admin.conf`]) {
    await writeFile(path, toYaml(kubeconfig), { mode: 0o600 });
  }
  const hosts = [
    { name: 'cp1', address: '127.0.0.1', role: 'control-plane' },
    { name: 'w1', address: '127.0.0.2', role: 'worker' },
  ];
  const inventory = { apiVersion: 'kinit.dev/v1alpha1', kind: 'Inventory', ssh: { user: 'root', port }, hosts };
  const apiVersion = 'kubeadm.k8s.io/v1beta4';
  const init = { apiVersion, kind: 'InitConfiguration', localAPIEndpoint: { advertiseAddress: '192.0.2.10' } };
  const cluster = { apiVersion, kind: 'ClusterConfiguration', kubernetesVersion: 'v1.31.0' };
  await writeFile(join(home, clusterFile), [inventory, cluster, init].map((each) => toYaml(each)).join('---\n'));
  return { home, target: `root@127.0.0.1:${port}`, busy };
}

/** A script that changes something, but for the lock, which lies elsewhere here. */
function changes(script: string): boolean {
  return /^step \d+ /m.test(script) && !script.includes('kinit-lock');
}

/** Seconds that no command waits by far. */
const anHour = 3600;
/** Seconds that pass in one go. */
const step = 3;

describe('a host or a cluster that goes silent in the middle', () => {
  it.each<[string, NonNullable<SshServerOptions['answers']>, RegExp?]>([
    ['the host, at its first command', () => false],
    ['the host, at the first change', (script) => !changes(script)],
    ['the cluster, at its first request', (script) => !changes(script), /./],
  ])(
    'keeps no command from ending with a code of its own and a word on it: %s',
    { timeout: 300_000 },
    async (_, answers, unanswered) => {
      if (unanswered) api.befall(unanswered, 'silence', Number.POSITIVE_INFINITY);
      const places = await Promise.all(commandLines('').map(() => surroundings(answers)));
      vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] });
      const waiting = new Set<string>();
      const running = places.map(async ({ home, target }, index) => {
        const argv = commandLines(target)[index] ?? [];
        const command = argv.join(' ');
        waiting.add(command);
        const { code, err, out } = await kinit(argv, { cwd: home, env: { HOME: home } });
        waiting.delete(command);
        return { command, code, said: `${err}${out}` };
      });
      for (let second = 0; waiting.size > 0 && second < anHour; ) {
        // Time flies where nobody is at work.
        await sleep(10);
        if (places.some(({ busy }) => busy())) continue;
        await vi.advanceTimersByTimeAsync(step * 1000);
        second += step;
      }
      expect([...waiting]).toEqual([]);
      const ran = await Promise.all(running);
      expect(ran.filter(({ code }) => ![0, 1, 2, 4, 5, 6].includes(code))).toEqual([]);
      expect(ran.filter(({ code, said }) => code !== 0 && said.trim() === '')).toEqual([]);
    },
  );
});
