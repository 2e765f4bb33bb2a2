import ipaddr from 'ipaddr.js';

export type Family = 'IPv4' | 'IPv6';

/** An IP address in its canonical form (RFC 5952). */
export interface IpAddress {
  readonly family: Family;
  readonly text: string;
  readonly number: bigint;
}

/** A CIDR. `text` is what the user wrote; addresses are counted from the network's first one. */
export interface Subnet {
  readonly family: Family;
  readonly text: string;
  readonly first: bigint;
  readonly prefix: number;
  /** How many addresses it holds. */
  readonly size: bigint;
}

const bits: Readonly<Record<Family, number>> = { IPv4: 32, IPv6: 128 };

/** The address in `text`, or undefined where it is none: no zones, no leading zeros, as Go's net.ParseIP. */
export function parseAddress(text: string): IpAddress | undefined {
  const dotted = ipaddr.IPv4.isValidFourPartDecimal(text);
  if (!dotted && (!text.includes(':') || text.includes('%') || !ipaddr.IPv6.isValid(text))) return undefined;
  const parsed = ipaddr.process(text);
  const family: Family = parsed.kind() === 'ipv4' ? 'IPv4' : 'IPv6';
  const number = parsed.toByteArray().reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
  return { family, text: addressText(family, number), number };
}

/** The subnet in `text` (`10.96.0.0/12`; host bits are ignored as in Go's net.ParseCIDR), or undefined. */
export function parseSubnet(text: string): Subnet | undefined {
  const [, host = '', length = ''] = /^([^/]+)\/(\d{1,3})$/.exec(text) ?? [];
  const address = parseAddress(host);
  if (!address || (length.startsWith('0') && length !== '0')) return undefined;
  const prefix = Number(length);
  const free = bits[address.family] - prefix;
  if (free < 0) return undefined;
  const size = 1n << BigInt(free);
  return { family: address.family, text, first: address.number - (address.number % size), prefix, size };
}

/** The subnets of a comma-separated list (dual stack), without spaces, or undefined where one of them is none. */
export function parseSubnets(text: string): readonly Subnet[] | undefined {
  const subnets = text.split(',').map(parseSubnet);
  return subnets.every((subnet) => subnet !== undefined) ? subnets : undefined;
}

/**
 * The nth address of a subnet: 0 is the network's own, 1 the `kubernetes` Service, 10 the cluster's DNS.
 * Throws RangeError where the subnet is too small.
 */
export function nthAddress(subnet: Subnet | string, n: number): string {
  const parsed = typeof subnet === 'string' ? parseSubnet(subnet) : subnet;
  if (!parsed) throw new RangeError(`${String(subnet)} is not a subnet`);
  if (n < 0 || BigInt(n) >= parsed.size) throw new RangeError(`${parsed.text} has no address ${n}`);
  return addressText(parsed.family, parsed.first + BigInt(n));
}

/** Whether `address` lies in `subnet`. */
export function contains(subnet: Subnet, address: IpAddress): boolean {
  return (
    subnet.family === address.family && address.number >= subnet.first && address.number < subnet.first + subnet.size
  );
}

/** Whether two subnets share an address. */
export function overlap(a: Subnet, b: Subnet): boolean {
  return a.family === b.family && a.first < b.first + b.size && b.first < a.first + a.size;
}

/** Global unicast as Go's net.IP.IsGlobalUnicast: not unspecified, loopback, multicast, link-local or broadcast. */
export function isGlobalUnicast({ text }: IpAddress): boolean {
  const range = ipaddr.parse(text).range();
  return !['unspecified', 'loopback', 'multicast', 'linkLocal', 'broadcast'].includes(range);
}

/** 127.0.0.0/8 or ::1. */
export function isLoopback({ text }: IpAddress): boolean {
  return ipaddr.parse(text).range() === 'loopback';
}

/** 0.0.0.0 or ::. */
export function isUnspecified({ number }: IpAddress): boolean {
  return number === 0n;
}

/** `host:port`, with brackets around an IPv6 address. */
export function hostPort(host: string, port: number): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** `host`, `host:port`, `[v6]`, `[v6]:port` or a bare IPv6 address taken apart; undefined where it is none of them. */
export function splitHostPort(text: string): { readonly host: string; readonly port: number | undefined } | undefined {
  if (parseAddress(text)) return { host: text, port: undefined };
  const [, bracketed, plain, digits] = /^(?:\[([^\]]*)\]|([^:[\]]*))(?::(\d{1,5}))?$/.exec(text) ?? [];
  const host = bracketed ?? plain;
  if (!host || (bracketed !== undefined && parseAddress(bracketed)?.family !== 'IPv6')) return undefined;
  return { host, port: digits === undefined ? undefined : Number(digits) };
}

function addressText(family: Family, number: bigint): string {
  const bytes = Array.from({ length: bits[family] / 8 }, (_, i) =>
    Number((number >> BigInt(bits[family] - 8 * (i + 1))) & 0xffn),
  );
  const address = ipaddr.fromByteArray(bytes);
  return address instanceof ipaddr.IPv6 ? address.toRFC5952String() : address.toString();
}
