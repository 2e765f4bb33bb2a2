import type { Change } from '../../execute/change.ts';
import type { Decided } from '../../execute/decided.ts';
import { missingImages } from '../image-pull.ts';
import type { JoinContext } from '../join-context.ts';
import type { Phase } from '../phase.ts';
import { haproxyPiece, pieceReads, piecesWanted } from './piece.ts';

const name = 'load-balancer';

/** The image before anything of the node is made: a kubelet that cannot pull it has no way to the cluster later. */
export const localBalancerImage: Phase<JoinContext> = {
  name: 'load-balancer-image',
  title: 'Image of the load balancer',
  reads: () => ({ facts: true }),
  desired: ({ balancing, config }, { facts }): readonly Change[] =>
    balancing?.local === undefined ? [] : missingImages([balancing.local.image], config.nodeRegistration, facts, []),
};

/** haproxy on a worker, in its way to the API servers; gone where the file has it no more. */
export const localBalancer: Phase<JoinContext> = {
  name,
  title: 'Load balancer',
  reads: ({ balancing }) => (balancing === undefined ? {} : pieceReads),
  desired: ({ balancing, caPem }, observed): readonly Change[] => {
    if (balancing === undefined) return [];
    const { local } = balancing;
    return piecesWanted(local === undefined ? [] : [haproxyPiece(local.settings, local.image, caPem)], observed);
  },
};

/**
 * The same with the load balancer's files behind the CA's certificate, by which the next run knows what this one has left,
 * and before the kubelet starts, which looks for manifests then.
 */
export function balancerFirst(decided: readonly Decided[], { caCertPath }: JoinContext['config']): readonly Decided[] {
  if (!decided.some(({ phase }) => phase === name)) return decided;
  const waveOf = ({ phase, change }: Decided) => {
    if (change.kind === 'file' && change.path === caCertPath) return 0;
    return phase === name ? 1 : 2;
  };
  return decided.map((one) => ({ ...one, wave: waveOf(one) }));
}
