import { parseAddress } from '../../config/network.ts';
import { trouble } from '../finding.ts';
import type { Patient } from '../patient.ts';
import type { Rule } from '../rule.ts';

/** The kubelet takes the host's name for its node's, and may write no other node than its own. */
export const hostnameChanged: Rule = {
  check: ({ isNode, facts, nodeName, flags }) => {
    const hostname = facts.hostname.toLowerCase();
    if (!isNode || flags.has('hostname-override') || flags.has('cloud-provider') || hostname === nodeName) return [];
    return [
      trouble('HostnameChanged', `the host is called ${hostname}, and was made the node ${nodeName}`, {
        evidence: `hostname ${facts.hostname}; its certificate is of system:node:${nodeName}`,
        mend: `hostnamectl set-hostname ${nodeName} && systemctl restart kubelet`,
      }),
    ];
  },
};

/** Addresses that the node was made with and that the host does not have any more. */
export const addressChanged: Rule = {
  check: (patient) => {
    const { facts, isNode } = patient;
    const own = new Set(facts.addresses.map(({ address }) => parseAddress(address)?.text));
    const gone = addressesOfNode(patient).filter(({ address }) => !own.has(parseAddress(address)?.text));
    const [first] = gone;
    if (first === undefined || !isNode) return [];
    const has = facts.defaultAddress.v4 ?? facts.defaultAddress.v6;
    const mend = `give the host ${first.address} back (ip addr add ${first.address}/PREFIX dev DEVICE, and in its network settings); else kinit node remove, and join it anew`;
    return [
      trouble(
        'AddressChanged',
        `the host does not have the address ${first.address} any more that its node was made with`,
        {
          evidence: `${gone.map(({ address, where }) => `${where} says ${address}`).join(', ')}; the host has ${has ?? 'no address'}`,
          mend,
        },
      ),
    ];
  },
};

function addressesOfNode({
  flags,
  resident,
  beyond,
}: Patient): readonly { readonly address: string; readonly where: string }[] {
  const nodeIps = (flags.get('node-ip') ?? '').split(',').filter((text) => parseAddress(text) !== undefined);
  const peer = resident.etcd?.peerUrl;
  const etcd = peer !== undefined && URL.canParse(peer) ? new URL(peer).hostname.replace(/^\[|\]$/g, '') : undefined;
  const { addresses = [] } = (beyond.api?.node?.['status'] ?? {}) as {
    readonly addresses?: readonly { readonly type: string; readonly address: string }[];
  };
  const internal = addresses.filter(({ type }) => type === 'InternalIP').map(({ address }) => address);
  return [
    ...nodeIps.map((address) => ({ address, where: 'the kubelet’s flag node-ip' })),
    ...(resident.endpoint ? [{ address: resident.endpoint.advertiseAddress, where: 'kube-apiserver’s manifest' }] : []),
    ...(etcd !== undefined && parseAddress(etcd) ? [{ address: etcd, where: 'etcd’s manifest' }] : []),
    ...(nodeIps.length === 0 ? internal.map((address) => ({ address, where: 'its Node' })) : []),
  ];
}
