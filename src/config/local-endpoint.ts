import { defaults, given } from './defaults.ts';
import type { InitDocument } from './documents.ts';
import type { Report } from './findings.ts';
import { isGlobalUnicast, isLoopback, isUnspecified, parseAddress, parseSubnets } from './network.ts';
import type { NodeFacts } from './node-facts.ts';
import { isPort } from './rules.ts';
import type { LocalAPIEndpoint } from './types.ts';

type EndpointDocument = NonNullable<InitDocument['localAPIEndpoint']>;

/** Where the node's API server listens: the user's address, or the one that the default route uses. */
export function completeEndpoint(
  { advertiseAddress, bindPort: port }: EndpointDocument,
  facts: NodeFacts,
  report: Report,
  preferred: 'IPv4' | 'IPv6' = 'IPv4',
): LocalAPIEndpoint {
  // For Go a port of 0 is as good as none (SetDefaults_APIEndpoint).
  const bindPort = port || defaults.bindPort;
  if (!isPort(bindPort)) report(['bindPort'], `${bindPort} is not a port from 1 to 65535`);
  const address = chooseAddress(given(advertiseAddress), facts, report, preferred);
  return { advertiseAddress: address, bindPort };
}

/** The family of the first Service subnet, which the API server has to be reached by. */
export function serviceFamily(serviceSubnet: string | undefined): 'IPv4' | 'IPv6' {
  return parseSubnets(serviceSubnet ?? '')?.[0]?.family ?? 'IPv4';
}

function chooseAddress(
  wanted: string | undefined,
  facts: NodeFacts,
  report: Report,
  preferred: 'IPv4' | 'IPv6',
): string {
  const path = ['advertiseAddress'];
  const address = wanted === undefined ? undefined : parseAddress(wanted);
  if (wanted !== undefined && !address) report(path, `"${wanted}" is not an IP address`);
  if (address && isLoopback(address)) return onLoopback(wanted ?? '', facts, report);
  if (address && !isUnspecified(address)) {
    if (!isGlobalUnicast(address))
      report(path, `${wanted} cannot be advertised: it has to be a global unicast address`);
    return address.text;
  }
  const { v4, v6 } = facts.defaultAddress;
  const family = address?.family ?? preferred;
  const chosen = family === 'IPv6' ? (v6 ?? v4) : (v4 ?? v6);
  if (chosen === undefined && (wanted === undefined || address)) {
    report(path, 'the host has no default route to take an address from; give --apiserver-advertise-address');
  }
  return chosen ?? '';
}

/** A loopback address asks for a global one that the loopback interface carries (as with unnumbered BGP, RFC 5549). */
function onLoopback(wanted: string, { addresses }: NodeFacts, report: Report): string {
  const found = addresses.find(({ interface: name, address }) => {
    const parsed = name === 'lo' ? parseAddress(address) : undefined;
    return parsed !== undefined && isGlobalUnicast(parsed);
  });
  if (!found)
    report(['advertiseAddress'], `${wanted} asks for a global address of the loopback interface, and it has none`);
  return found?.address ?? '';
}
