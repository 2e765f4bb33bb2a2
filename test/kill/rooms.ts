import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Found, find, kept } from '../e2e/found.ts';
import { at, type Kit, kit, on } from '../e2e/kit.ts';
import type { LabHost } from '../lab/host.ts';
import type { Command } from './runs.ts';
import { amiss, leftBehind, nodeLeft, unpaired } from './what-holds.ts';

/** One command that is ended early, where it has something to do. */
export interface Step extends Command {
  readonly name: string;
  /** The host whose power is cut. */
  readonly victim: LabHost;
  /** It can be done this many times in a row; default once. */
  readonly times?: number;
  /** Before every run that is to be ended early. */
  readonly before?: () => Promise<unknown>;
  /** A third run says so if there is nothing left to do; undefined where the command always does something. */
  readonly again?: Command;
  /** A line for each thing that does not hold afterwards. */
  readonly broken: () => Promise<readonly string[]>;
}

/** Hosts, and a round of steps after which they are as before it. */
export interface Room {
  readonly kit: Kit;
  readonly steps: readonly Step[];
  /** Throws the hosts away and makes new ones. */
  readonly anew: () => Promise<void>;
}

const podSubnet = '10.244.0.0/16';

/** A control plane and a worker with runtime, kubelet and images: init, images load, join, certs renew and two resets. */
export async function debianRoom(name: string): Promise<Room> {
  const room = kit(name);
  const { lab } = room;
  const [cp1, w1] = (await lab.up([{ name: 'cp1' }, { name: 'w1' }])) as [LabHost, LabHost];
  const archive = join(room.folder, 'images.tar');
  const anew = async () => {
    await Promise.all([cp1, w1].map((host) => host.recreate()));
    await Promise.all([cp1, w1].map(layNetwork));
  };
  await anew();
  const save = ['images', 'save', ...lab.version.images, '--output-file', archive];
  const saved = await room.kinit([...save, ...at(w1), '--identity-file', lab.sshKey, '--known-hosts', lab.knownHosts]);
  if (saved.code !== 0) throw new Error(saved.stderr);

  const command = (argv: readonly string[], tells = true): Command => ({ argv, tells });
  const init = command([...(await room.init({ podSubnet })), ...at(cp1)]);
  const load = command(['images', 'load', archive, ...at(w1)]);
  const joining = command(['join', ...at(w1), '--control-plane-host', `root@${cp1.address}`, '--wait']);
  const resetting = (host: LabHost) => command(['reset', '--force', ...at(host)]);
  const broken =
    (nodes: readonly string[], ...hosts: readonly LabHost[]) =>
    async () =>
      [
        ...(await Promise.all(hosts.flatMap((host) => [leftBehind(host), unpaired(host)]))),
        await amiss(cp1, nodes),
      ].flat();
  const reset = (host: LabHost): Step => ({
    name: 'reset',
    ...resetting(host),
    victim: host,
    again: resetting(host),
    broken: async () => (await Promise.all([leftBehind(host), nodeLeft(host)])).flat(),
  });
  return {
    kit: room,
    anew,
    steps: [
      { name: 'init', ...init, victim: cp1, again: init, broken: broken(['cp1'], cp1) },
      {
        name: 'images load',
        ...load,
        victim: w1,
        times: 3,
        before: () => on(w1, 'sh', '-c', 'ctr -n k8s.io images ls -q | xargs -r ctr -n k8s.io images rm --sync'),
        again: load,
        broken: () => leftBehind(w1),
      },
      { name: 'join', ...joining, victim: w1, again: joining, broken: broken(['cp1', 'w1'], cp1, w1) },
      {
        name: 'certs renew',
        ...command(['certs', 'renew', 'all', ...at(cp1)], false),
        victim: cp1,
        times: 3,
        broken: broken(['cp1', 'w1'], cp1),
      },
      reset(w1),
      reset(cp1),
    ],
  };
}

/** Bare hosts that present themselves as CentOS, the first one the control plane: up and down. */
export async function centosRoom(name: string, names: readonly string[] = ['m1', 'n1']): Promise<Room> {
  const room = kit(name);
  const { lab } = room;
  const hosts = await lab.up(names.map((host) => ({ name: host, flavour: 'centos-stream-9' as const })));
  const [first, last] = [hosts[0], hosts.at(-1)] as [LabHost, LabHost];
  const file = join(room.folder, 'cluster.yaml');
  writeFileSync(file, inventoryOf(room, hosts));
  let found: ReadonlyMap<LabHost, Found>;
  const anew = async () => {
    await Promise.all(hosts.map((host) => host.recreate()));
    found = new Map(await Promise.all(hosts.map(async (host) => [host, kept(await find(host))] as const)));
  };
  await anew();
  const plan: Command = { argv: ['plan', '--all', '--exit-code', '--config', file], tells: false };
  const down: Command = { argv: ['down', '--yes', '--config', file], tells: true };
  return {
    kit: room,
    anew,
    steps: [
      {
        name: 'up',
        argv: ['up', '--config', file],
        tells: true,
        victim: first,
        again: plan,
        broken: async () =>
          [
            ...(await Promise.all(hosts.flatMap((host) => [leftBehind(host), unpaired(host)]))),
            await amiss(first, names),
          ].flat(),
      },
      {
        name: 'down',
        ...down,
        victim: last,
        again: down,
        broken: async () => (await Promise.all(hosts.map((host) => notAsFound(host, found.get(host))))).flat(),
      },
    ],
  };
}

async function notAsFound(host: LabHost, found: Found | undefined): Promise<readonly string[]> {
  const differing = Object.entries(kept(await find(host))).flatMap(([what, now]) => {
    const [before, after] = [found?.[what as keyof Found] ?? [], now].map((list) => [list].flat()) as [
      string[],
      string[],
    ];
    const only = (these: string[], those: string[], sign: string) =>
      these.filter((line) => !those.includes(line)).map((line) => `${host.name}: ${sign} ${what} ${line}`);
    return [...only(after, before, '+'), ...only(before, after, '-')];
  });
  return [...(await leftBehind(host)), ...(await nodeLeft(host)), ...differing];
}

/** A network that is there from the start, so that nodes are Ready as soon as they can be. */
const layNetwork = (host: LabHost): Promise<string> =>
  on(host, 'sh', '-c', `mkdir -p /etc/cni/net.d && echo '${conflist}' >/etc/cni/net.d/10-lab.conflist`);

const conflist = JSON.stringify({
  cniVersion: '0.4.0',
  name: 'lab',
  plugins: [
    {
      type: 'bridge',
      bridge: 'cni0',
      isGateway: true,
      ipam: { type: 'host-local', ranges: [[{ subnet: podSubnet }]], routes: [{ dst: '0.0.0.0/0' }] },
    },
  ],
});

function inventoryOf({ lab, cluster }: Kit, hosts: readonly LabHost[]): string {
  const { registry, repository, timeServer, version } = lab;
  const entries = hosts.map(
    ({ name, address }, index) =>
      `- { name: ${name}, address: ${address}${index === 0 ? ', role: control-plane' : ''} }`,
  );
  return `apiVersion: kinit.dev/v1alpha1
kind: Inventory
ssh: { user: root }
hosts:
${entries.join('\n')}
preparation: { ntpServers: [${timeServer}] }
packages: { source: '${repository.url}', gpgKeys: ['${repository.key}'] }
runtime:
  registryMirrors: { ${version.imageRepository}: ['http://${registry}'], docker.io: ['http://${registry}'] }
network: { plugin: ${join(import.meta.dirname, '..', 'e2e', 'manifests', 'pod-network.yaml')} }
---
${cluster({ podSubnet })}`;
}
