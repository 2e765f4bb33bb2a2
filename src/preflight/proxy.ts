import { contains, isLoopback, parseAddress, parseSubnet } from '../config/network.ts';

/**
 * The proxy that a Go program with this environment uses for `https://host:port`, without its password; undefined:
 * none (golang.org/x/net/http/httpproxy).
 */
export function httpsProxyFor(
  host: string,
  port: number,
  environment: ReadonlyMap<string, string>,
): string | undefined {
  const variable = (name: string) => environment.get(name.toUpperCase()) || environment.get(name);
  const proxy = variable('https_proxy');
  const address = parseAddress(host);
  if (!proxy || host === 'localhost' || (address && isLoopback(address))) return undefined;
  const exceptions = (variable('no_proxy') ?? '').split(',').map((entry) => entry.trim().toLowerCase());
  if (exceptions.some((entry) => entry !== '' && excepts(entry, host.toLowerCase(), port))) return undefined;
  return proxy.replace(/^(\w+:\/\/)?[^/@]*@/, '$1');
}

function excepts(entry: string, host: string, port: number): boolean {
  if (entry === '*') return true;
  const address = parseAddress(host);
  const subnet = parseSubnet(entry);
  if (subnet) return address !== undefined && contains(subnet, address);
  const [, name = entry, only] = /^(.*?)(?::(\d+))?$/.exec(entry) ?? [];
  if (only !== undefined && !parseAddress(entry) && Number(only) !== port) return false;
  const plain = parseAddress(entry) ? entry : name;
  if (address) return parseAddress(plain)?.text === address.text;
  const domain = plain.replace(/^\*?\./, '');
  return host.endsWith(`.${domain}`) || (host === domain && !/^\*?\./.test(plain));
}
