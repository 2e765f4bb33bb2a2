import { parseAddress } from '../../config/network.ts';
import type { NodeRegistration } from '../../config/types.ts';
import { KinitError } from '../../errors.ts';
import type { Change } from '../../execute/change.ts';
import { mergeReads } from '../../execute/observed.ts';
import type { Facts } from '../../host/facts/facts.ts';
import {
  keepalivedCheck,
  keepalivedCheckFile,
  keepalivedCommand,
  keepalivedConfiguration,
  keepalivedDirectory,
  keepalivedFile,
  keepalivedName,
  keepalivedPod,
} from '../../manifests/keepalived.ts';
import { kubeVipName, kubeVipPod } from '../../manifests/kube-vip.ts';
import { missingImages } from '../image-pull.ts';
import type { Phase } from '../phase.ts';
import type { NodeBalancing, VirtualBalancing } from './balancing.ts';
import { haproxyPiece, type Piece, pieceReads, piecesWanted } from './piece.ts';

export interface VirtualContext {
  readonly balancing: NodeBalancing;
  readonly registration: Pick<NodeRegistration, 'criSocket' | 'imagePullPolicy'>;
}

/**
 * What holds the virtual address on a control plane, gone where the file has it no more. keepalived and its haproxy come
 * before the kubelet, which looks for the API server there; kube-vip when the cluster's administrators have their rights,
 * which it uses: a host reaches its own API server without it, so that nothing waits for the address.
 */
export const virtualBalancer: Phase<VirtualContext> = {
  name: 'load-balancer',
  title: 'Load balancer',
  reads: () => mergeReads([pieceReads, { facts: true }]),
  desired: ({ balancing: { virtual }, registration }, observed): readonly Change[] => {
    if (virtual === undefined) return piecesWanted([], observed);
    const { facts } = observed;
    if (facts === undefined) throw new Error('a virtual address is held on an interface, and there are no facts');
    return [
      ...missingImages(virtual.images, registration, facts, []),
      ...piecesWanted(piecesOf(virtual, interfaceOf(virtual, facts)), observed),
    ];
  },
};

function piecesOf(virtual: VirtualBalancing, device: string): readonly Piece[] {
  const { balancer, images, settings, bindPort, controlPlanes, name, address } = virtual;
  const [first = '', second = ''] = images;
  if (balancer.kind === 'kube-vip') {
    const { address: vip, port } = balancer;
    return [{ name: kubeVipName, files: [], pod: kubeVipPod({ image: first, address: vip, port, interface: device }) }];
  }
  const { address: vip, routerId } = balancer;
  const configuration = { name, address, virtual: vip, interface: device, routerId, controlPlanes };
  return [
    haproxyPiece(settings, first),
    {
      name: keepalivedName,
      directory: keepalivedDirectory,
      files: [
        {
          path: keepalivedCheckFile,
          content: keepalivedCheck(address, bindPort, settings.readyStatus),
          mode: 0o755,
        },
        { path: keepalivedFile, content: keepalivedConfiguration(configuration), mode: 0o644 },
      ],
      pod: keepalivedPod(second),
      reload: { signal: 'HUP', command: keepalivedCommand },
    },
  ];
}

/** The interface of the file, else the one with the host's own address. Throws KinitError where there is none. */
function interfaceOf({ balancer, address }: VirtualBalancing, { addresses }: Facts): string {
  const own = addresses.find((one) => parseAddress(one.address)?.text === parseAddress(address)?.text)?.interface;
  const found = balancer.interface ?? own;
  if (found !== undefined) return found;
  throw new KinitError(`no interface of this host has its address ${address}, so none can hold ${balancer.address}`, {
    hint: 'name the interface in the file: loadBalancer: { interface: eth0 }',
  });
}
