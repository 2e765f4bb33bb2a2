import { rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LabHost } from '../lab/host.ts';
import { at, eventually, fingerprint, kit, on, ssh } from './kit.ts';

const k = kit('reset');
let cp1: LabHost;
let w1: LabHost;
/** What there was on each host before anything was done to it. */
const pristine = new Map<string, readonly string[]>();

/** What others have on a host: a firewall rule, files in places that Kubernetes uses too, a container. */
const planting = [
  "iptables -A INPUT -p tcp --dport 22 -m comment --comment 'the host’s own' -j ACCEPT",
  'iptables -t nat -A POSTROUTING -s 192.168.122.0/24 -j MASQUERADE',
  'mkdir -p /etc/kubernetes /etc/cni/net.d && echo mine >/etc/kubernetes/mine.txt',
  'echo {} >/etc/cni/net.d/99-mine.conf.off',
  'ip link add mine0 type bridge',
].join(' && ');

/** Everything that init and join, kube-proxy, the kubelet and a pod network might leave. */
const inventory = String.raw`
find / /run /var/lib/kubelet /var/lib/etcd -xdev \( -path /proc -o -path /sys -o -path /dev -o -path /tmp -o -path /var/log \
  -o -path /var/tmp -o -path /var/cache -o -path /run/systemd -o -path /run/log -o -path /run/user -o -path /run/motd.dynamic -o -path /run/containerd \
  -o -path /root/.local -o -path /root/.kube -o -path /var/lib/systemd -o -path /var/lib/private \) -prune -o -print | sed 's/^/file /'
for tool in iptables ip6tables; do $tool-save | grep -v '^#' | sed "s/\[.*\]//; s/^/$tool /"; done
ip -o link | sed 's/^[0-9]*: \([^:@]*\).*/link \1/'
ip -o addr | awk '{ print "address", $2, $4 }'
ip route | sed 's/^/route /'
awk '$2 !~ "^/run/user" { print "mount", $2 }' /proc/mounts
ctr -n k8s.io containers ls -q | sed 's/^/container /'
ps -e -o comm= | grep -E 'kube|etcd|coredns|nginx|pause|shim' | sed 's/^/process /'
systemctl list-unit-files --no-legend | awk '$2 != "transient" { print "unit", $1, $2 }'
systemctl --failed --no-legend --plain | awk '{ print "failed", $1 }'
`;

async function everything(host: LabHost): Promise<readonly string[]> {
  const text = await on(host, 'sh', '-c', inventory);
  return [...new Set(text.split('\n').filter(Boolean))].sort();
}

/** What is there now and was not when the host was new, and what was there and is no more. */
async function traces(host: LabHost): Promise<{ left: readonly string[]; lost: readonly string[] }> {
  const now = await everything(host);
  const before = pristine.get(host.name) ?? [];
  return { left: now.filter((line) => !before.includes(line)), lost: before.filter((line) => !now.includes(line)) };
}

const planted = [
  'file /etc/cni/net.d/99-mine.conf.off',
  'file /etc/kubernetes/mine.txt',
  'iptables -A INPUT -p tcp -m tcp --dport 22',
  'iptables -A POSTROUTING -s 192.168.122.0/24 -j MASQUERADE',
  'link mine0',
];

/** The lab lays the pods' network as a user would: its file and its routes to the other nodes are the user's. */
const ofTheLab =
  /^(file \/etc\/cni\/net\.d\/10-lab\.conflist|(file \/etc\/systemd\/system\/.*|unit )lab-routes.*|route 10\.24.*)$/;

/** kubeadm keeps these directories, and so does kinit; tables of the packet filter stay with their policies. */
const emptied =
  /^file (\/etc\/cni(\/net\.d)?|\/etc\/kubernetes(\/manifests|\/pki)?|\/var\/lib\/(cni|kinit)|\/run\/netns|\/run\/xtables\.lock|\/var\/run\/kubernetes|\/run\/kubernetes)$|^ip6?tables (\*(mangle|filter|nat)|:\w+ ACCEPT|COMMIT)/;

const traceOfOurs = (lines: readonly string[]) =>
  lines.filter((line) => !emptied.test(line) && !ofTheLab.test(line) && !planted.some((own) => line.startsWith(own)));

const local = (host: LabHost, ...argv: string[]) => host.run(['kinit', 'reset', ...argv], { timeout: 300 });

async function bringUp(podSubnet: string): Promise<void> {
  const made = await k.kinit([...(await k.init({ podSubnet })), ...at(cp1), ...ssh(k)], { timeout: 300 });
  expect(made.code, made.stderr).toBe(0);
  rmSync(k.kubeconfig, { force: true });
  const fetched = await k.kinit(['kubeconfig', 'fetch', ...at(cp1), ...ssh(k), '--to', k.kubeconfig]);
  expect(fetched.code, fetched.stderr).toBe(0);
  const joined = await k.kinit(['join', ...at(w1), ...ssh(k), '--kubeconfig', k.kubeconfig], { timeout: 240 });
  expect(joined.code, joined.stderr).toBe(0);
  await k.lab.layPodNetwork(cp1);
  await k.kubectl('wait', '--for=condition=Ready', 'nodes', '--all', '--timeout=180s');
  await k.kubectl('create', 'deployment', 'nginx', '--image=nginx:1.19', '--replicas=2');
  await k.kubectl('expose', 'deployment', 'nginx', '--port=80', '--type=NodePort');
  await k.kubectl('rollout', 'status', 'deployment/nginx', '--timeout=180s');
  await eventually('services in the packet filter', 60_000, async () =>
    (await on(w1, 'iptables-save')).includes('default/nginx') ? true : undefined,
  );
}

beforeAll(async () => {
  [cp1, w1] = (await k.lab.up([{ name: 'cp1' }, { name: 'w1', bindNode: true }])) as [LabHost, LabHost];
  for (const host of [cp1, w1]) {
    pristine.set(host.name, await everything(host));
    await on(host, 'sh', '-c', planting);
  }
  await bringUp('10.244.0.0/16');
});
afterAll(() => k.lab.down());

/** kube-proxy writes its chains anew whenever an endpoint changes. */
const stable = (lines: readonly string[]) => lines.filter((line) => !line.includes('KUBE-'));

/** What is on a host once its pods have started and nothing moves any more. */
function atRest(host: LabHost): Promise<readonly string[]> {
  let last: readonly string[] = [];
  return eventually(`${host.name} at rest`, 180_000, async () => {
    await new Promise((resolve) => setTimeout(resolve, 3000));
    const [before, now] = [last, stable(await everything(host))];
    last = now;
    return now.length === before.length && now.every((line, index) => line === before[index]) ? now : undefined;
  });
}

describe('reset of a worker, on the worker itself,', () => {
  it('asks, and does nothing without a yes', async () => {
    const before = await fingerprint(w1);
    const { code, stderr } = await w1.run(['kinit', 'reset'], { stdin: 'n\n', timeout: 120 });
    expect(code).toBe(1);
    expect(stderr).toContain('[reset] Are you sure you want to proceed? [y/N]: ');
    expect(await fingerprint(w1)).toBe(before);
  });

  it('lists everything in a dry run and touches nothing', async () => {
    const before = await atRest(w1);
    const { code, stdout } = await local(w1, '--dry-run');
    expect(code).toBe(0);
    for (const thing of [
      'chain KUBE-SERVICES of',
      'interface cni0',
      'container ',
      'mount /var/lib/kubelet/pods/',
      '/etc/kubernetes/kubelet.conf',
    ]) {
      expect(stdout).toContain(thing);
    }
    expect(stdout).not.toContain('mine');
    expect(stable(await everything(w1))).toEqual(before);
  });

  it('is finished by running it again after a kill', async () => {
    await w1.run(['timeout', '-s', 'KILL', '1.5', 'kinit', 'reset', '--force'], { timeout: 60 });
    const { code, stderr } = await local(w1, '--force');
    expect(code, stderr).toBe(0);
  });

  it('leaves nothing of Kubernetes, and everything of others', async () => {
    const { left, lost } = await traces(w1);
    expect(traceOfOurs(left)).toEqual([]);
    expect(lost).toEqual([]);
    for (const own of planted)
      expect(
        left.filter((line) => line.startsWith(own)),
        own,
      ).toHaveLength(1);
  });

  it('changes nothing the second time', async () => {
    const before = await everything(w1);
    const { code, stdout } = await local(w1, '--force', '-o', 'json');
    expect(code).toBe(0);
    expect(stdout).not.toMatch(/"changes":[1-9]/);
    expect(await everything(w1)).toEqual(before);
  });
});

describe('reset of a control plane over SSH', () => {
  it('leaves nothing of Kubernetes, everything of others, and no session of SSH is lost', async () => {
    const session = k.lab.workstation([
      ...['ssh', '-i', k.lab.sshKey, '-o', `UserKnownHostsFile=${k.lab.knownHosts}`],
      ...[`root@${cp1.address}`, 'sleep 25; echo still here'],
    ]);
    const { code, stderr } = await k.kinit(['reset', '--force', ...at(cp1), ...ssh(k)], { timeout: 300 });
    expect(code, stderr).toBe(0);
    const { left, lost } = await traces(cp1);
    expect(traceOfOurs(left)).toEqual([]);
    expect(lost).toEqual([]);
    expect((await session).stdout).toContain('still here');
  });

  it('lets a fresh init and a fresh join work without a reboot, with other subnets', async () => {
    await on(cp1, 'rm', '-f', '/etc/cni/net.d/10-lab.conflist');
    await on(w1, 'rm', '-f', '/etc/cni/net.d/10-lab.conflist');
    await bringUp('10.245.0.0/16');
    const addresses = await k.kubectl('get', 'pods', '-l', 'app=nginx', '-o', 'jsonpath={.items[*].status.podIP}');
    expect(addresses.split(' ').every((address) => address.startsWith('10.245.'))).toBe(true);
  });
});

describe('what reset cannot remove', () => {
  it('is listed, exit 5; the rest is gone, and another reset finishes it', async () => {
    const mount = '/var/lib/kubelet/pods/mine/volumes/data';
    await on(w1, 'sh', '-c', `mkdir -p ${mount} && mount -t tmpfs none ${mount} && echo precious >${mount}/file`);
    await on(w1, 'systemd-run', '--unit=busy', `--working-directory=${mount}`, 'sleep', 'infinity');
    const busy = await local(w1, '--force');
    expect(busy.code, busy.stderr).toBe(5);
    expect(`${busy.stdout}${busy.stderr}`).toContain(mount);
    expect(await on(w1, 'cat', `${mount}/file`)).toBe('precious\n');
    expect((await w1.run(['ls', '/etc/kubernetes/kubelet.conf', '/var/lib/kubelet/config.yaml'])).code).not.toBe(0);
    await on(w1, 'systemctl', 'stop', 'busy');
    const { code, stderr } = await local(w1, '--force');
    expect(code, stderr).toBe(0);
    expect(traceOfOurs((await traces(w1)).left)).toEqual([]);
  });
});
