import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LabHost } from '../lab/host.ts';
import type { Offered } from '../lab/offer.ts';
import { everyFault, fault } from './every-fault.ts';
import { type Found, find, kept } from './found.ts';
import { eventually, kinitProgram, kit, on, ssh } from './kit.ts';
import { upgrading } from './upgrading.ts';

const k = kit('up');
const { version } = k.lab;
const release = version.kubernetes.slice(1);
const file = join(k.folder, 'cluster.yaml');
const manifest = join(import.meta.dirname, 'manifests', 'pod-network.yaml');
let hosts: readonly LabHost[];
let found: ReadonlyMap<string, Found>;

const bare = (...names: string[]) => k.lab.up(names.map((name) => ({ name, flavour: 'centos-stream-9' as const })));

beforeAll(async () => {
  hosts = await bare('m1', 'n1', 'n2');
  found = new Map(await Promise.all(hosts.map(async (host) => [host.name, await find(host)] as const)));
  writeFile();
});
afterAll(() => k.lab.down());

interface Settings {
  readonly of: 'apiServer' | 'scheduler';
  readonly flag: readonly [name: string, value: string];
  readonly maxPods: number;
  /** How long a static pod may take; default as kubeadm's. */
  readonly patience?: string;
  /** Of kube-proxy's connection tracking: it takes none below 0. */
  readonly trackedPerCore?: number;
}

/** What the file says from then on. */
let settings: Settings | undefined;

interface Wish {
  readonly podSubnet?: string;
  readonly labels?: string;
  /** Another version than the lab's, and where its packages are. */
  readonly upgrade?: { readonly to: string; readonly offered: Offered };
}

/** The one file, for all hosts that are up by now. */
function writeFile({ podSubnet = '10.244.0.0/16', labels = '{}', upgrade }: Wish = {}): void {
  const { registry, timeServer } = k.lab;
  const repository = upgrade?.offered ?? k.lab.repository;
  const entries = hosts.map(({ name, address }, index) => {
    const more = index === 0 ? ', role: control-plane' : name === 'n1' ? `, labels: ${labels}` : '';
    return `- { name: ${name}, address: ${address}${more} }`;
  });
  const text = `apiVersion: kinit.dev/v1alpha1
kind: Inventory
ssh: { user: root }
hosts:
${entries.join('\n')}
preparation: { ntpServers: [${timeServer}] }
packages: { source: '${repository.url}', gpgKeys: ['${repository.key}'] }
runtime:
  registryMirrors: { ${version.imageRepository}: ['http://${registry}'], docker.io: ['http://${registry}'] }
network: { plugin: ${manifest} }
snapshots: { every: 1m, keep: 3 }
---
${withSettings(k.cluster({ podSubnet, ...(upgrade ? { kubernetesVersion: upgrade.to } : {}) }))}`;
  writeFileSync(file, text);
}

function withSettings(cluster: string): string {
  if (settings === undefined) return cluster;
  const [name, value] = settings.flag;
  const apiVersion = 'kubeadm.k8s.io/v1beta4';
  const kubelet = `kind: KubeletConfiguration\nmaxPods: ${settings.maxPods}\n`;
  const text = cluster
    .replaceAll(`kubeadm.k8s.io/${version.configApi}`, apiVersion)
    .replace('networking:', `${settings.of}: { extraArgs: [{ name: ${name}, value: '${value}' }] }\nnetworking:`)
    .replace('kind: KubeletConfiguration\n', kubelet);
  const { patience = '5m' } = settings;
  const own = `apiVersion: ${apiVersion}\nkind: InitConfiguration\ntimeouts: { upgradeManifests: ${patience} }\n`;
  const documents = text.includes(kubelet) ? [own] : [own, `apiVersion: kubelet.config.k8s.io/v1beta1\n${kubelet}`];
  return [text, ...documents, ...proxyDocuments(settings)].join('---\n');
}

function proxyDocuments({ trackedPerCore }: Settings): readonly string[] {
  if (trackedPerCore === undefined) return [];
  const own = 'apiVersion: kubeproxy.config.k8s.io/v1alpha1\nkind: KubeProxyConfiguration\n';
  return [`${own}conntrack: { maxPerCore: ${trackedPerCore} }\n`];
}

const kinit = (...argv: string[]) => k.kinit([...argv, '--config', file, ...ssh(k)], { timeout: 570 });

/** SSH logins that a host has seen. */
const logins = async (host: LabHost) =>
  Number(await on(host, 'sh', '-c', "journalctl -o cat -u ssh -u sshd --no-pager | grep -c 'Accepted publickey' || :"));

const nodes = async () =>
  JSON.parse(await k.kubectl('get', 'nodes', '-o', 'json')) as {
    items: { metadata: { name: string; labels: Record<string, string> } }[];
  };

describe('three bare CentOS hosts', () => {
  it('are checked together, with nothing written', async () => {
    const { code, stdout, stderr } = await kinit('preflight');
    expect(code, stderr).toBe(0);
    expect(stdout).toMatch(/^all +warning CRI .*kinit prepare does it/ms);
    for (const host of hosts) expect(await find(host)).toEqual(found.get(host.name));
  });

  it('are planned for: diffs, packages, services, commands and objects, and still nothing is written', async () => {
    const { code, stdout, stderr } = await kinit('plan', '--exit-code');
    expect(code, stderr).toBe(5);
    expect(stdout).toContain('# m1\n');
    expect(stdout).toMatch(/~ \[hosts-file\] \/etc\/hosts \(0644\)\n {4}--- a\/etc\/hosts\n/);
    expect(stdout).toContain(`+ [packages] packages kubelet-${release}, `);
    expect(stdout).toContain('! [kubelet-start] service kubelet: running, enabled at boot');
    expect(stdout).toContain('+ [network] DaemonSet kube-system/lab-network');
    expect(stdout).toMatch(/Plan: \d+ changes on 3 hosts\.\nAssumed: there is no cluster that answers/);
    for (const host of hosts) expect(await find(host)).toEqual(found.get(host.name));
  });

  it('are planned for as a script for each, which a shell can read and which holds no secret', async () => {
    const folder = join(k.folder, 'scripts');
    const { code, stdout, stderr } = await kinit('plan', '--output-dir', folder);
    expect(code, stderr).toBe(0);
    expect(stdout.trim().split('\n')).toEqual(['m1', 'n1', 'n2'].map((name) => join(folder, `${name}.sh`)));
    for (const path of stdout.trim().split('\n')) {
      expect((await k.lab.workstation(['sh', '-n', path])).stderr).toBe('');
      expect(readFileSync(path, 'utf8')).not.toMatch(/PRIVATE KEY|client-key-data|\b[a-z0-9]{6}\.[a-z0-9]{16}\b/);
    }
  });

  it('become a cluster with one command, even if the first try is killed in the middle', async () => {
    const [program = '', ...rest] = k.lab.atWorkstation([
      process.execPath,
      kinitProgram,
      'up',
      '--config',
      file,
      ...ssh(k),
    ]);
    const killed = spawn(program, rest, {
      stdio: 'ignore',
      env: { ...process.env, HOME: k.folder, SSH_AUTH_SOCK: '', XDG_STATE_HOME: k.folder },
    });
    const ended = once(killed, 'exit');
    await eventually('the control plane in the making', 300_000, async () => {
      const { code } = await hosts[0]!.run(['ls', '/etc/kubernetes/pki/apiserver.crt']);
      return code === 0 || undefined;
    });
    killed.kill('SIGKILL');
    await ended;

    const { code, stdout, stderr } = await kinit('up');
    expect(code, `${stdout}${stderr}`).toBe(0);
    expect(stdout).toMatch(/^m1 +up +\d+ +\S+\nn1 +up +\d+ +\S+\nn2 +up +\d+ +\S+$/m);
    expect(stdout).toContain('3 hosts, all as the file says');
    expect((await kinit('kubeconfig', 'fetch', '--to', k.kubeconfig)).code).toBe(0);
    await k.kubectl('wait', '--for=condition=Ready', 'nodes', '--all', '--timeout=10s');
    expect((await nodes()).items.map(({ metadata }) => metadata.name)).toEqual(['m1', 'n1', 'n2']);
  });

  it('leave a log of each run to their operator alone, and say where', async () => {
    const { stderr } = await kinit('up');
    const path = /log of this run: (\S+)/.exec(stderr)?.[1] ?? '';
    expect(statSync(path).mode & 0o777).toBe(0o600);
    const logs = readdirSync(join(path, '..')).map((name) => readFileSync(join(path, '..', name), 'utf8'));
    expect(logs.join('')).toContain('[kubelet-start]');
    expect(logs.join('')).not.toMatch(/PRIVATE KEY-----\\n|\b[a-z0-9]{6}\.[a-z0-9]{16}\b/);
  });

  it('are as the file says: nothing is left to plan on any of them', async () => {
    const { code, stdout, stderr } = await kinit('plan', '--all', '--exit-code');
    expect([code, stdout], stderr).toEqual([0, 'Nothing to do: everything is as the file says.\n']);
  });

  it('let pods of different nodes talk, and serve a page through their firewalls', async () => {
    await k.kubectl('create', '-f', join(import.meta.dirname, 'manifests', 'pages.yaml'));
    await k.kubectl('rollout', 'status', 'daemonset/pages', '--timeout=180s');
    for (const { name, address } of hosts.slice(1)) {
      const page = await eventually(`a page on ${name}`, 120_000, async () => {
        const { code, stdout } = await k.page(`http://${address}:30080/`);
        return code === 0 ? stdout : undefined;
      });
      expect(page).toContain('Welcome to nginx!');
    }
    const { items } = JSON.parse(await k.kubectl('get', 'pods', '-l', 'app=pages', '-o', 'json')) as {
      items: { metadata: { name: string }; status: { podIP: string } }[];
    };
    const [first, second] = items;
    // Not with wget: the C library of a static busybox falls over the missing /etc/services.
    const asking = `printf 'GET / HTTP/1.0\\r\\n\\r\\n' | busybox nc -w 10 ${second?.status.podIP} 80`;
    const answer = await k.kubectl('exec', first?.metadata.name ?? '', '--', 'sh', '-c', asking);
    expect(answer).toContain(`Welcome to nginx! (${second?.metadata.name})`);
  });
});

describe('the file, edited,', () => {
  it('with one more host joins that one, and connects to it and the control plane alone', async () => {
    hosts = [...hosts, ...(await bare('n3'))];
    found = new Map([...found, ['n3', await find(hosts[3]!)]]);
    writeFile();
    const before = await Promise.all(hosts.slice(1, 3).map(logins));
    const { code, stdout, stderr } = await kinit('up');
    expect(code, `${stdout}${stderr}`).toBe(0);
    expect(stdout).toMatch(/^n1 +not asked\nn2 +not asked\nn3 +up +\d+/m);
    expect(await Promise.all(hosts.slice(1, 3).map(logins))).toEqual(before);
    expect((await nodes()).items).toHaveLength(4);
  });

  it('with another label changes that node alone', async () => {
    writeFile({ labels: '{ disk: ssd }' });
    const planned = await kinit('plan');
    expect(planned.stdout).toContain('~ [node-marks] Node n1: label disk=ssd');
    expect(planned.stdout).toMatch(/on 1 host; nothing to do on 3/);
    expect((await kinit('up')).code).toBe(0);
    expect((await nodes()).items[1]?.metadata.labels).toMatchObject({ disk: 'ssd' });
  });

  it('with another subnet is refused, with the reason, and nothing is touched', async () => {
    writeFile({ labels: '{ disk: ssd }', podSubnet: '10.9.0.0/16' });
    const before = await Promise.all(hosts.map(find));
    const { code, stderr } = await kinit('up');
    expect(code).toBe(2);
    expect(stderr).toContain(
      'networking.podSubnet: the cluster has 10.244.0.0/16, the file 10.9.0.0/16; every node has a part of it',
    );
    expect(await Promise.all(hosts.map(find))).toEqual(before);
    writeFile({ labels: '{ disk: ssd }' });
  });
});

describe('the settings of the file, edited,', () => {
  const apiServer = () => on(hosts[0]!, 'cat', '/etc/kubernetes/manifests/kube-apiserver.yaml');
  const kubeletOf = (host: LabHost) => on(host, 'cat', '/var/lib/kubelet/config.yaml');
  const began = (host: LabHost) => on(host, 'systemctl', 'show', '-p', 'ActiveEnterTimestampMonotonic', 'kubelet');

  fault('with a flag that the API server does not know are taken back, and no other host is touched', async () => {
    settings = { of: 'apiServer', flag: ['no-such-flag', '1'], maxPods: 109, patience: '40s' };
    writeFile({ labels: '{ disk: ssd }' });
    const before = await Promise.all([apiServer(), ...hosts.map(began)]);
    const { code, stdout, stderr } = await kinit('up');
    expect(code, `${stdout}${stderr}`).toBe(1);
    expect(stdout).toMatch(/^m1 +failed .*waiting for the kubelet to run kube-apiserver/m);
    expect(stdout).toMatch(/^n1 +failed .*m1 is not as the file wants it, so this host stays as it is/m);
    expect(await Promise.all([apiServer(), ...hosts.map(began)])).toEqual(before);
    expect(await k.kubectl('-n', 'kube-system', 'get', 'configmap', 'kubeadm-config', '-o', 'yaml')).not.toContain(
      'no-such-flag',
    );
  });

  it('are planned as a diff, come to the control plane and then to one node after the other, and stay', async () => {
    // One API server that begins anew shows its own pod up to a minute and a half late: two minutes more.
    const of = everyFault ? 'apiServer' : 'scheduler';
    settings = { of, flag: ['v', '3'], maxPods: 109 };
    writeFile({ labels: '{ disk: ssd }' });
    const planned = await kinit('plan');
    expect(planned.stdout, planned.stderr).toMatch(/^ *\+ +- --v=3$/m);
    expect(planned.stdout).toMatch(/^ *\+maxPods: 109$/m);
    const { code, stdout, stderr } = await kinit('up');
    expect(code, `${stdout}${stderr}`).toBe(0);
    const changed = of === 'apiServer' ? 'kube-apiserver' : 'kube-scheduler';
    expect(await on(hosts[0]!, 'cat', `/etc/kubernetes/manifests/${changed}.yaml`)).toContain('- --v=3');
    for (const host of hosts) expect(await kubeletOf(host), host.name).toContain('maxPods: 109');
    // A kubelet tells its capacity with its next status, a moment after it is Ready.
    await eventually('the capacity of all nodes', 120_000, async () => {
      const capacity = await k.kubectl('get', 'nodes', '-o', 'jsonpath={.items[*].status.capacity.pods}');
      return capacity === hosts.map(() => '109').join(' ') || undefined;
    });
    const again = await kinit('plan', '--all', '--exit-code');
    expect([again.code, again.stdout], again.stderr).toEqual([0, 'Nothing to do: everything is as the file says.\n']);
  });

  fault('of kube-proxy are taken back where the first one does not run with them', async () => {
    const held = settings as Settings;
    settings = { ...held, trackedPerCore: -1 };
    writeFile({ labels: '{ disk: ssd }' });
    const proxies = () =>
      k.kubectl(
        '-n',
        'kube-system',
        'get',
        'pods',
        '-l',
        'k8s-app=kube-proxy',
        '-o',
        'jsonpath={range .items[*]}{.spec.nodeName}={.metadata.uid} {end}',
      );
    const before = await proxies();
    const { code, stdout, stderr } = await kinit('up');
    settings = held;
    writeFile({ labels: '{ disk: ssd }' });
    expect(code, `${stdout}${stderr}`).toBe(1);
    expect(stdout).toMatch(/^m1 +failed .*the kube-proxy of node m1 does not run with its configuration/m);
    const workers = (text: string) =>
      text
        .split(' ')
        .filter((one) => /^n/.test(one))
        .toSorted();
    expect(workers(await proxies())).toEqual(workers(before));
    const mended = await kinit('up');
    expect(mended.code, `${mended.stdout}${mended.stderr}`).toBe(0);
    await k.kubectl('rollout', 'status', '-n', 'kube-system', 'daemonset/kube-proxy', '--timeout=120s');
  });
});

describe('the timer of the control plane', () => {
  it('has saved snapshots of etcd by now, whole and of this cluster, no more than it is to keep', async () => {
    const listed = await eventually('a snapshot of the timer', 90_000, async () => {
      const { code, stdout } = await kinit('etcd', 'snapshot', 'list', '-o', 'json');
      const { folder, hosts: all } = JSON.parse(stdout) as {
        folder: string;
        hosts: { host: string; snapshots: { name: string; sha256: string }[] }[];
      };
      const [{ snapshots }] = all as [(typeof all)[0]];
      return code === 0 && snapshots.length > 0 ? { folder, snapshots } : undefined;
    });
    expect(listed.snapshots.length).toBeLessThanOrEqual(3);
    const path = `${listed.folder}/${listed.snapshots[0]?.name}`;
    expect(await on(hosts[0]!, 'stat', '-c', '%a %U', path, listed.folder)).toBe('600 root\n700 root\n');
    const copy = join(k.folder, 'etcd.db');
    writeFileSync(copy, Buffer.from(await on(hosts[0]!, 'base64', '-w0', path), 'base64'));
    const ca = join(k.folder, 'ca.crt');
    writeFileSync(ca, await on(hosts[0]!, 'cat', '/etc/kubernetes/pki/ca.crt'));
    const verified = await k.kinit(['etcd', 'snapshot', 'verify', copy, '--ca', ca]);
    expect(verified.stdout, verified.stderr).toContain(`sha256 ${listed.snapshots[0]?.sha256}`);
  });

  it('is one way, the command another', async () => {
    const { code, stdout, stderr } = await kinit('etcd', 'snapshot', 'save', '/root/snapshots', '--on-hosts');
    expect(code, stderr).toBe(0);
    expect(stdout).toMatch(/^\S*: \/root\/snapshots\/etcd-[0-9a-f]{8}-\w+\.db, [\d.]+ MB$/m);
  });
});

describe('kinit status', () => {
  it('tells hosts, nodes, versions, the control plane and how long certificates last', async () => {
    await k.kubectl('wait', '--for=condition=Ready', 'pods', '-A', '-l', 'tier=control-plane', '--timeout=240s');
    const { code, stdout, stderr } = await kinit('status');
    expect(code, `${stdout}${stderr}`).toBe(0);
    expect(stdout).toMatch(new RegExp(`^API +https://\\S+:6443, v${release}, ready$`, 'm'));
    expect(stdout).toMatch(
      new RegExp(`^m1 +control-plane +Ready +v${release} +containerd://${version.containerd}\\S* +10\\.77\\.`, 'm'),
    );
    expect(stdout).toMatch(/^kube-apiserver +m1 +ready/m);
    expect(stdout).toMatch(/the first to end is .+, in 36[45] days/);
    const { hosts: told, nodes: ready } = JSON.parse((await kinit('status', '-o', 'json')).stdout) as {
      hosts: { name: string; joined: boolean }[];
      nodes: { ready: boolean }[];
    };
    expect(told.map(({ name, joined }) => [name, joined])).toEqual(hosts.map(({ name }) => [name, true]));
    expect(ready.every((node) => node.ready)).toBe(true);
  });

  it('says which host does not answer, and exits with 1', async () => {
    const host = hosts[3]!;
    await host.stop();
    const { code, stdout } = await kinit('status');
    await host.start();
    expect(code).toBe(1);
    expect(stdout).toMatch(/^n3 .*host: /m);
  });
});

describe('kinit node remove', () => {
  it('takes one node out: its pods leave, its host is as it was', async () => {
    const host = hosts[3]!;
    await k.kubectl('wait', '--for=condition=Ready', 'nodes', '--all', '--timeout=120s');
    const refused = await kinit('node', 'remove', 'n3');
    expect([refused.code, refused.stderr]).toEqual([3, expect.stringContaining('nobody said yes')]);
    const { code, stdout, stderr } = await kinit('node', 'remove', 'n3', '--yes');
    expect(code, `${stdout}${stderr}`).toBe(0);
    expect((await nodes()).items.map(({ metadata }) => metadata.name)).toEqual(['m1', 'n1', 'n2']);
    expect(kept(await find(host))).toEqual(kept(found.get('n3')!));
  });
});

upgrading(k, {
  kinit,
  hosts: () => hosts.slice(0, 3),
  write: (to, offered) => writeFile({ labels: '{ disk: ssd }', upgrade: { to, offered } }),
});

describe('kinit down', () => {
  it('leaves /etc, services, firewall rules, packages, interfaces and mounts of every host as found', async () => {
    const { code, stdout, stderr } = await kinit('down', '--yes');
    expect(code, `${stdout}${stderr}`).toBe(0);
    for (const host of hosts) expect(kept(await find(host)), host.name).toEqual(kept(found.get(host.name)!));
    expect(await on(hosts[0]!, 'systemctl', 'list-units', '--all', '--plain', '--no-legend', 'kinit-*')).toBe('');
  });

  it('leaves hosts that can become a cluster again', async () => {
    const { code, stdout, stderr } = await kinit('up');
    expect(code, `${stdout}${stderr}`).toBe(0);
    const down = await kinit('down', '--yes');
    expect(down.code, `${down.stdout}${down.stderr}`).toBe(0);
  });

  it('has nothing to do the second time', async () => {
    const { code, stdout, stderr } = await kinit('down', '--yes');
    expect(code, `${stdout}${stderr}`).toBe(0);
  });
});
