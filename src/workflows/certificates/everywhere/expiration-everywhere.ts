import { KinitError } from '../../../errors.ts';
import type { Host } from '../../../host/host.ts';
import type { Expiration } from '../../../pki/expiration.ts';
import { kubernetesDirectory } from '../../../release/paths.ts';
import { localControlPlane } from '../../node/local-control-plane.ts';
import { asKinitError } from '../../over-hosts.ts';
import { expiration } from '../expiration.ts';
import { kubeletEnds, seenKubelet } from './kubelet-on-host.ts';
import type { RenewalPlace } from './renew-everywhere.ts';

/** The certificates of one machine, and why they are not all known. */
export interface NodeEnds {
  readonly node: string;
  readonly certificates: readonly Expiration[];
  /** CAs that lie on it. */
  readonly authorities: readonly Omit<Expiration, 'authority'>[];
  readonly error: KinitError | undefined;
}

/** When all certificates of all machines end, asked at once; an API server is not needed. Never throws for a machine. */
export async function expirationEverywhere(places: readonly RenewalPlace[]): Promise<readonly NodeEnds[]> {
  return Promise.all(
    places.map(async ({ name: node, opening }) => {
      const host = await opening;
      if (host instanceof KinitError) return nothing(node, host);
      try {
        return { node, ...(await endsOn(host)), error: undefined };
      } catch (error) {
        return nothing(node, asKinitError(error, host.name));
      }
    }),
  );
}

function nothing(node: string, error: KinitError): NodeEnds {
  return { node, certificates: [], authorities: [], error };
}

async function endsOn(host: Host): Promise<Pick<NodeEnds, 'certificates' | 'authorities'>> {
  const [local, kubelet] = await Promise.all([localControlPlane(host), seenKubelet(host)]);
  const own = local === undefined ? undefined : await expiration(host, local, kubernetesDirectory);
  const there = (own?.certificates ?? []).filter(({ notAfter, problem }) => (notAfter ?? problem) !== undefined);
  return {
    certificates: [...there, ...(kubelet === undefined ? [] : kubeletEnds(kubelet))],
    authorities: own?.authorities ?? [],
  };
}
