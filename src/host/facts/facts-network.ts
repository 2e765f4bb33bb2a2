import { isGlobalUnicast, parseAddress } from '../../config/network.ts';
import type { Address, Facts, Listener, Route } from './facts.ts';
import { wordsOf } from './facts-sections.ts';

/** Lines `name mac [device]`; the MACs are those of hardware where there is some, else of what no software made. */
export function parseInterfaces(lines: readonly string[]): {
  readonly names: readonly string[];
  readonly macs: readonly string[];
} {
  const interfaces = lines.map((line) => {
    const [name = '', mac = '', kind] = wordsOf(line);
    return { name, mac: mac.toLowerCase(), hardware: kind === 'device' };
  });
  const real = interfaces.filter(({ mac }) => mac !== '' && mac !== '00:00:00:00:00:00');
  const hardware = real.filter((one) => one.hardware);
  const chosen = hardware.length > 0 ? hardware : real.filter(({ name }) => !madeBySoftware.test(name));
  return { names: interfaces.map(({ name }) => name), macs: [...new Set(chosen.map(({ mac }) => mac))] };
}

const madeBySoftware =
  /^(lo|cali|tunl|flannel|cni|veth|vxlan|kube-|docker|br-|virbr|dummy|ifb|cilium|lxc|nodelocaldns|antrea|weave|bond_)/;

/** Lines of `ip -o addr show`. */
export function parseAddresses(lines: readonly string[]): readonly Address[] {
  return lines.flatMap((line) => {
    const [, name, , address, prefix] = /^\d+:\s+(\S+)\s+(inet6?)\s+([0-9a-fA-F.:]+)\/(\d+)/.exec(line) ?? [];
    if (name === undefined || address === undefined) return [];
    return [{ interface: name.replace(/@.*/, ''), address, prefix: Number(prefix) }];
  });
}

/** Lines of `ip -o route show` behind their family, `4` or `6`; routes that refuse are none. */
export function parseRoutes(lines: readonly string[]): readonly Route[] {
  return lines.flatMap((line) => {
    const [family, destination = '', ...words] = wordsOf(line);
    const device = words[words.indexOf('dev') + 1];
    if (!words.includes('dev') || device === undefined || refusing.has(destination)) return [];
    if (destination === 'default') return [{ destination: defaultRoute[family === '6' ? 6 : 4], interface: device }];
    const whole = destination.includes('/') ? destination : `${destination}/${family === '6' ? 128 : 32}`;
    return [{ destination: whole, interface: device }];
  });
}

const refusing = new Set(['unreachable', 'blackhole', 'prohibit', 'throw', 'broadcast', 'local', 'multicast']);
const defaultRoute = { 4: '0.0.0.0/0', 6: '::/0' } as const;

/** The first global address on the interface of the family's first default route, as kubeadm chooses it. */
export function defaultAddress(
  routes: readonly Route[],
  addresses: readonly Address[],
  family: 4 | 6,
): string | undefined {
  const fits = ({ address }: Address) => {
    const parsed = parseAddress(address);
    return parsed?.family === `IPv${family}` && isGlobalUnicast(parsed);
  };
  // Looked up by name: a host may claim any number of both.
  const first = new Map<string, string>();
  for (const one of addresses.filter(fits)) {
    if (!first.has(one.interface)) first.set(one.interface, one.address);
  }
  const device = routes.find((route) => route.destination === defaultRoute[family] && first.has(route.interface));
  return device && first.get(device.interface);
}

/** Hexadecimal `address:port` of /proc/net/tcp{,6}, and `process PORT NAME` lines. */
export function parseListening(lines: readonly string[]): Facts['listening'] {
  const names = new Map(lines.map(wordsOf).flatMap(([kind, port, name]) => (kind === 'process' ? [[port, name]] : [])));
  const seen = new Map<string, Listener>();
  for (const line of lines) {
    const [, hex, port] = /^([0-9A-F]{8}|[0-9A-F]{32}):([0-9A-F]{4})$/.exec(line.trim()) ?? [];
    if (hex === undefined || port === undefined) continue;
    const listener = { address: addressOf(hex), port: Number.parseInt(port, 16) };
    const key = `${listener.address} ${listener.port}`;
    seen.set(key, { ...listener, process: names.get(String(listener.port)) });
  }
  return [...seen.values()];
}

/** The kernel prints addresses as 32-bit words in host order; all machines that we serve are little-endian. */
function addressOf(hex: string): string {
  const bytes = (hex.match(/.{8}/g) ?? []).flatMap((word) => (word.match(/../g) ?? []).reverse());
  if (bytes.length === 4) return bytes.map((byte) => Number.parseInt(byte, 16)).join('.');
  const groups = (bytes.join('').match(/.{4}/g) ?? []).map((group) => Number.parseInt(group, 16).toString(16));
  const text = groups.join(':');
  return text === '0:0:0:0:0:0:0:0' ? '::' : text === '0:0:0:0:0:0:0:1' ? '::1' : text;
}
