import type { Observed, Reads } from '../../execute/observed.ts';
import { isOwnName, ownEndpointName } from '../../inventory/endpoint.ts';
import { addressesIn, lookup } from '../../preflight/name-lookup.ts';
import { failure, type Problem } from '../../preflight/problem.ts';

/** What tells whether a host knows kinit's name of the API servers, where its cluster goes by that. */
export function endpointReads(server: string): Reads {
  return isOwnName(server) ? { commands: [lookup(ownEndpointName)] } : {};
}

/** A kubelet that does not know the name would try for ever. `up` writes it; who joins without the file has to. */
export function unknownEndpoint(server: string, { commands }: Pick<Observed, 'commands'>): readonly Problem[] {
  if (!isOwnName(server) || addressesIn(commands, ownEndpointName).length > 0) return [];
  const message = `this host does not know ${ownEndpointName}, by which the nodes of the cluster find its API servers`;
  const mend = `add the host to the cluster's file and run kinit up, or: echo 'ADDRESS ${ownEndpointName}' >>/etc/hosts, with the address of a control plane`;
  return [failure('EndpointResolution', message, { mend })];
}
