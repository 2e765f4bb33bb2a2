import type { Observed, Reads } from '../../execute/observed.ts';
import { isOwnName, ownEndpointName } from '../../inventory/endpoint.ts';
import { isIgnored } from '../../preflight/ignore.ts';
import { addressesIn, lookup } from '../../preflight/name-lookup.ts';
import { failure, type Problem } from '../../preflight/problem.ts';
import type { JoinContext } from '../join-context.ts';

const name = 'EndpointResolution';

type Joining = Pick<JoinContext, 'config' | 'server' | 'balancing'>;

/** Where the run itself leads the host, it has written the name, or in a rehearsal would have. */
function isJudged({ server, balancing }: Joining): boolean {
  return isOwnName(server) && balancing === undefined;
}

/** What tells whether a host knows kinit's name of the API servers, where its cluster goes by that. */
export function endpointReads(context: Joining): Reads {
  return isJudged(context) ? { commands: [lookup(ownEndpointName)] } : {};
}

/** A kubelet that does not know the name would try for ever. `up` writes it; who joins without the file has to. */
export function unknownEndpoint(context: Joining, { commands }: Pick<Observed, 'commands'>): readonly Problem[] {
  const isKnown = addressesIn(commands, ownEndpointName).length > 0;
  if (isKnown || !isJudged(context) || isIgnored(name, context.config.nodeRegistration.ignorePreflightErrors))
    return [];
  const message = `this host does not know ${ownEndpointName}, by which the nodes of the cluster find its API servers`;
  const mend = `add the host to the cluster's file and run kinit up, or: echo 'ADDRESS ${ownEndpointName}' >>/etc/hosts, with the address of a control plane`;
  return [failure(name, message, { mend })];
}
