import { expect } from 'vitest';
import type { LabHost } from '../lab/host.ts';
import { eventually, type Kit, on } from './kit.ts';
import { lookout } from './lookout.ts';
import { beforeLongestPause, longestPause, type Writer, writer } from './writer.ts';

/** A cluster of three control planes and a worker with its own load balancer, of one file. */
export interface DayTwo {
  readonly kit: Kit;
  readonly masters: () => readonly LabHost[];
  readonly worker: () => LabHost;
  readonly workers: () => readonly LabHost[];
  /** The file, with these control planes (default all) and settings. */
  readonly write: (masters?: readonly string[], settings?: Settings) => void;
  /** kinit at the workstation with the file. */
  kinit(...argv: readonly string[]): Promise<Ended>;
}

export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly told: string;
  readonly seconds: number;
}

/** What is edited of a cluster: a flag of its API servers, and how many pods a node takes. */
export interface Settings {
  readonly flag?: readonly [name: string, value: string];
  readonly maxPods?: number;
  /** For a static pod that does not come up; default kubeadm's. */
  readonly patience?: string;
}

const v1beta4 = 'kubeadm.k8s.io/v1beta4';

/** The documents of a cluster with settings; v1beta4 has the field for the patience, for every version. */
export function theSettings(cluster: string, configApi: string, { flag, maxPods, patience }: Settings): string {
  if (flag === undefined) return cluster;
  const [name, value] = flag;
  const pods = maxPods === undefined ? '' : `maxPods: ${maxPods}\n`;
  const kubelet = `kind: KubeletConfiguration\n${pods}`;
  const text = cluster
    .replaceAll(`kubeadm.k8s.io/${configApi}`, v1beta4)
    .replace('networking:', `apiServer: { extraArgs: [{ name: ${name}, value: '${value}' }] }\nnetworking:`)
    .replace('kind: KubeletConfiguration\n', kubelet);
  const own =
    patience === undefined
      ? []
      : [`apiVersion: ${v1beta4}\nkind: InitConfiguration\ntimeouts: { upgradeManifests: ${patience} }\n`];
  const kubelets = text.includes(kubelet) ? [] : [`apiVersion: kubelet.config.k8s.io/v1beta1\n${kubelet}`];
  return [text, ...own, ...kubelets].join('---\n');
}

/** Seconds for which no write may be refused through the load balancer, whatever is done to the control planes one by one. */
export const longestRefusal = 5;

export function figure(what: string, value: number, unit = 's'): void {
  process.stdout.write(`${what}: ${value.toFixed(1)} ${unit}\n`);
}

/**
 * Does it while somebody writes through the load balancer of the worker: no refusal is longer than it may be, and no two API
 * servers are away at once.
 */
export async function underWrites<T>(
  { masters, worker }: DayTwo,
  what: string,
  does: (writing: Writer) => Promise<T>,
): Promise<T> {
  const [first] = masters();
  const writing = await writer(worker(), first!, 'api.kinit.internal', 0);
  await eventually('the writer to write', 60_000, async () => (await writing.times()).length > 10 || undefined);
  const watched = await lookout(worker(), masters());
  let done: T;
  let away: readonly string[] = [];
  let times: readonly number[] = [];
  try {
    done = await does(writing);
    const now = Date.now();
    await eventually(
      'a write behind it',
      60_000,
      async () => (await writing.times()).some((at) => at > now) || undefined,
    );
  } finally {
    away = await watched.stop();
    times = await writing.stop();
    await on(first!, 'kubectl', '--kubeconfig=/etc/kubernetes/admin.conf', 'delete', 'configmap', 'writer-0');
    figure(`writes stop, while ${what}, from ${beforeLongestPause(times)} on for`, longestPause(times));
  }
  expect(away).toEqual([]);
  expect(longestPause(times), what).toBeLessThan(longestRefusal);
  return done;
}

const admin = '--kubeconfig=/etc/kubernetes/admin.conf';
export const pki = '/etc/kubernetes/pki';

/** All nodes are Ready, every pod of the system runs, logs come through the API servers from kubelets, and kubeadm finds nothing expired. */
export async function expectWell({ kit, masters, worker }: DayTwo): Promise<void> {
  const [first] = masters();
  for (const host of masters()) {
    const asked = ['kubectl', admin, `--server=https://${host.address}:6443`, 'get', '--raw=/readyz'];
    await eventually(`the API server of ${host.name}`, 180_000, async () => (await on(host, ...asked)) || undefined);
  }
  await on(first!, 'kubectl', admin, 'wait', '--for=condition=Ready', 'nodes', '--all', '--timeout=180s');
  for (const host of masters()) {
    const own = ['kubectl', admin, `--server=https://${host.address}:6443`];
    // A kubelet that has just joined begins anew once more.
    const logs = [...own, 'logs', '-n', 'kube-system', `kube-scheduler-${host.name}`, '--tail=1'];
    await eventually(`logs of ${host.name}`, 60_000, async () => on(host, ...logs));
    const said = await byKubeadm(kit, host);
    expect(said.length, host.name).toBeGreaterThan(10);
    expect(said.join('\n'), host.name).not.toContain('<invalid>');
    await expectByOpenssl(host);
  }
  await eventually('all pods of the system to run', 180_000, async () => {
    const phases = await on(
      first!,
      'kubectl',
      admin,
      'get',
      'pods',
      '-n',
      'kube-system',
      '-o',
      'jsonpath={range .items[*]}{.metadata.name}={.status.phase} {end}',
    );
    const others = phases
      .trim()
      .split(' ')
      .filter((one) => !one.endsWith('=Running'));
    if (others.length > 0) throw new Error(others.join(' '));
    return true;
  });
  expect(await on(worker(), 'pgrep', '-c', 'kubelet')).toBeDefined();
}

/** What the real kubeadm says of the certificates of a control plane; that of v1.20 ends behind what is signed where ca.crt has two. */
export async function byKubeadm({ lab }: Kit, host: LabHost): Promise<readonly string[]> {
  const command = lab.version.kubernetes.startsWith('v1.20') ? ['alpha', 'certs'] : ['certs'];
  const { stdout } = await host.run(['/root/kubeadm', ...command, 'check-expiration']);
  return stdout.split('\n').filter((line) => /^\S+ +\w+ \d\d, \d{4}/.test(line));
}

const signed = [
  ['ca', ['apiserver', 'apiserver-kubelet-client']],
  ['etcd/ca', ['etcd/server', 'etcd/peer', 'etcd/healthcheck-client', 'apiserver-etcd-client']],
  ['front-proxy-ca', ['front-proxy-client']],
] as const;

/** openssl finds every certificate of a control plane signed by its CA, and the API server shows one of it. */
async function expectByOpenssl(host: LabHost): Promise<void> {
  for (const [ca, leaves] of signed) {
    const files = leaves.map((leaf) => `${pki}/${leaf}.crt`);
    const said = await on(host, 'openssl', 'verify', '-CAfile', `${pki}/${ca}.crt`, ...files);
    expect(said.trim().split('\n')).toEqual(files.map((file) => `${file}: OK`));
  }
  const shown = `echo | openssl s_client -connect ${host.address}:6443 -CAfile ${pki}/ca.crt 2>/dev/null | grep -c 'Verify return code: 0'`;
  expect(Number(await on(host, 'sh', '-c', shown)), host.name).toBeGreaterThan(0);
}
