import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { must, run } from './process.ts';

/** A lab's /24 and its namespaces; all of it lives outside the machine's own network namespace. */
export interface Network {
  readonly lab: string;
  /** 10.77.<number>.0/24 */
  readonly number: number;
}

export const gatewayOf = ({ number }: Network): string => `10.77.${number}.1`;
/** Where the mirror is, if the lab has one. */
export const mirrorOf = ({ number }: Network): string => `10.77.${number}.${mirrorByte}`;
export const mirrorByte = 3;
/** The address with this last byte. */
export const addressOf = ({ number }: Network, last: number): string => `10.77.${number}.${last}`;

const folder = '/run/netns';
const switchName = ({ lab }: Network): string => `kinit-${lab}-switch`;
const workstationName = ({ lab }: Network): string => `kinit-${lab}-workstation`;
const hostName = ({ lab }: Network, host: string): string => `kinit-${lab}-host-${host}`;

/** Paths of the namespaces. */
export const workstationNamespace = (network: Network): string => join(folder, workstationName(network));
export const namespaceOf = (network: Network, host: string): string => join(folder, hostName(network, host));

/**
 * The bridge, which is every host's default gateway and answers whatever leaves the subnet with "unreachable" at once:
 * nothing reaches the machine's own network, and nothing waits for a packet that was dropped. The workstation is on
 * the bridge too and has no other route.
 */
export async function layNetwork(network: Network): Promise<void> {
  const ns = switchName(network);
  if (existsSync(join(folder, ns))) return;
  await must(['ip', 'netns', 'add', ns]);
  await configure(ns, [
    'link set lo up',
    'link add bridge type bridge',
    `addr add ${gatewayOf(network)}/24 dev bridge`,
    'link set bridge up',
    'route add unreachable default',
  ]);
  const settings = { 'net.ipv4.ip_forward': 1, 'net.ipv4.icmp_ratelimit': 0, 'net.ipv4.conf.all.send_redirects': 0 };
  await setSysctls(ns, settings);
  await plug(network, workstationName(network), 2);
}

/** A network namespace for the host with its eth0 on the bridge, under a MAC of its address: no neighbour is stale. */
export async function plugHost(network: Network, host: string, last: number): Promise<void> {
  const ns = hostName(network, host);
  await plug(network, ns, last);
  await configure(ns, [`route add default via ${gatewayOf(network)}`]);
}

/** Takes the host's namespace away, with its end of the cable. */
export async function unplugHost(network: Network, host: string): Promise<void> {
  await removeNamespace(hostName(network, host));
}

/** Pulls or plugs the host's cable: a host that is off answers nothing, not even "connection refused". */
export async function setCable(network: Network, last: number, state: 'up' | 'down'): Promise<void> {
  const { code, stderr } = await run(['ip', '-n', switchName(network), 'link', 'set', `port${last}`, state]);
  if (code !== 0 && state === 'up') throw new Error(stderr);
}

/** Takes down all of the lab's namespaces and ends what still runs in its workstation. */
export async function removeNetwork(lab: string): Promise<void> {
  const names = existsSync(folder) ? readdirSync(folder) : [];
  const kinds = new RegExp(`^kinit-${lab}-(switch|workstation|host-.*)$`);
  await Promise.all(names.filter((name) => kinds.test(name)).map(removeNamespace));
}

async function plug(network: Network, ns: string, last: number): Promise<void> {
  if (existsSync(join(folder, ns))) return;
  const bridge = switchName(network);
  const mac = `02:77:00:00:${hex(network.number)}:${hex(last)}`;
  await must(['ip', 'netns', 'add', ns]);
  await must(['ip', '-n', bridge, 'link', 'add', `port${last}`, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', ns]);
  await configure(bridge, [`link set port${last} master bridge up`]);
  await configure(ns, [
    'link set lo up',
    `link set eth0 address ${mac} up`,
    `addr add ${addressOf(network, last)}/24 dev eth0`,
  ]);
}

const hex = (byte: number): string => byte.toString(16).padStart(2, '0');

const configure = (ns: string, commands: readonly string[]): Promise<string> =>
  must(['ip', '-n', ns, '-batch', '-'], { stdin: `${commands.join('\n')}\n` });

async function setSysctls(ns: string, settings: Readonly<Record<string, number>>): Promise<void> {
  const script = Object.entries(settings).map(([key, value]) => `echo ${value} >/proc/sys/${key.replaceAll('.', '/')}`);
  await must(['nsenter', `--net=${join(folder, ns)}`, 'sh', '-ec', script.join('\n')]);
}

async function removeNamespace(ns: string): Promise<void> {
  const { stdout } = await run(['ip', 'netns', 'pids', ns]);
  for (const pid of stdout.split('\n').filter(Boolean)) await run(['kill', '-KILL', pid]);
  // Frees the cable's name at once; the kernel takes its time to dismantle a namespace.
  await run(['ip', '-n', ns, 'link', 'delete', 'eth0']);
  await run(['ip', 'netns', 'delete', ns]);
}
