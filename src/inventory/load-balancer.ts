import type { FieldProblem } from '../config/decode.ts';
import { isGlobalUnicast, parseAddress } from '../config/network.ts';
import { isHostName } from '../config/rules.ts';
import { apiServerPort } from '../release/ports.ts';
import type { Inventory, InventoryHost } from './types.ts';

/** What stands between the nodes and the API servers: what the file says, with what it takes for granted. */
export type LoadBalancer =
  | { readonly kind: 'none' }
  | { readonly kind: 'local'; readonly port: number; readonly image: string | undefined }
  | VirtualAddress
  | { readonly kind: 'external'; readonly address: string; readonly port: number };

/** An address that one of the control planes holds. */
export type VirtualAddress =
  | {
      readonly kind: 'kube-vip';
      readonly address: string;
      readonly port: number;
      readonly interface: string | undefined;
      readonly image: string | undefined;
    }
  | {
      readonly kind: 'keepalived';
      readonly address: string;
      readonly port: number;
      readonly interface: string | undefined;
      /** haproxy's. */
      readonly image: string | undefined;
      readonly keepalivedImage: string | undefined;
      /** VRRP's: 1 to 255. */
      readonly routerId: number;
    };

/** The port of haproxy beside keepalived: that of the API server is taken on the same hosts. */
const balancedPort = 8443;

/** The control planes of the file, in its order. */
export function controlPlanesOf({ hosts }: Inventory): readonly InventoryHost[] {
  return hosts.filter(({ role }) => role === 'control-plane');
}

/** The load balancer of an inventory that was checked, for API servers on `bindPort`. */
export function loadBalancerOf(inventory: Inventory, bindPort: number = apiServerPort): LoadBalancer {
  const { loadBalancer } = inventory;
  const { address = '', interface: device, image, keepalivedImage } = loadBalancer;
  switch (kindOf(inventory)) {
    case 'none':
      return { kind: 'none' };
    case 'local':
      return { kind: 'local', port: loadBalancer.port ?? bindPort, image };
    case 'kube-vip':
      return { kind: 'kube-vip', address, port: loadBalancer.port ?? bindPort, interface: device, image };
    case 'keepalived':
      return {
        kind: 'keepalived',
        address,
        port: loadBalancer.port ?? balancedPort,
        interface: device,
        image,
        keepalivedImage,
        routerId: loadBalancer.routerId ?? lastByte(address),
      };
    case 'external':
      return { kind: 'external', address, port: loadBalancer.port ?? apiServerPort };
  }
}

function kindOf(inventory: Inventory): LoadBalancer['kind'] {
  return inventory.loadBalancer.kind ?? (controlPlanesOf(inventory).length > 1 ? 'local' : 'none');
}

/** 1 to 255: two clusters of one network rarely have virtual addresses that end alike. */
function lastByte(address: string): number {
  return Number((parseAddress(address)?.number ?? 0n) & 0xffn) || 255;
}

/** What the schema lets pass of the load balancer and cannot be, with paths from the inventory's root. */
export function checkLoadBalancer(inventory: Inventory): readonly FieldProblem[] {
  const kind = kindOf(inventory);
  const at = (field: string, message: string): FieldProblem => ({ path: ['loadBalancer', field], message });
  const given = inventory.loadBalancer;
  const strange = Object.entries<readonly string[]>(fieldsOf).flatMap(([field, kinds]) =>
    given[field as keyof typeof fieldsOf] === undefined || kinds.includes(kind)
      ? []
      : [
          at(
            field,
            `belongs to ${kinds.join(' and ')}; ${kind === 'none' ? 'there is no load balancer' : `the kind is ${kind}`}`,
          ),
        ],
  );
  const images = (['image', 'keepalivedImage'] as const).flatMap((field) => {
    const image = given[field];
    return image === undefined || /^[\w./:@-]+$/.test(image) ? [] : [at(field, `"${image}" is no image`)];
  });
  const device = given.interface;
  const isDevice = device === undefined || /^[^\s/"'{}#!\p{Cc}]{1,15}$/u.test(device);
  return [
    ...strange,
    ...addressProblems(inventory, kind).map((message) => at('address', message)),
    ...(isDevice ? [] : [at('interface', `"${device}" is no network interface such as eth0`)]),
    ...images,
    ...(kind === 'local' ? localProblems(inventory) : []),
  ];
}

const virtual: readonly string[] = ['kube-vip', 'keepalived'];

/** The kinds that each field says something to. */
const fieldsOf = {
  address: [...virtual, 'external'],
  port: ['local', ...virtual, 'external'],
  interface: virtual,
  image: ['local', ...virtual],
  keepalivedImage: ['keepalived'],
  routerId: ['keepalived'],
} as const satisfies Readonly<Record<string, readonly string[]>>;

function addressProblems(
  { loadBalancer: { address }, hosts }: Inventory,
  kind: LoadBalancer['kind'],
): readonly string[] {
  if (kind === 'none' || kind === 'local') return [];
  if (address === undefined) {
    return [
      kind === 'external'
        ? 'is missing: the address or name of your load balancer'
        : 'is missing: a free address of the control planes’ network',
    ];
  }
  const parsed = parseAddress(address);
  if (parsed === undefined) {
    if (kind === 'external')
      return isHostName(address.toLowerCase()) ? [] : [`"${address}" is neither an address nor a name`];
    return [`"${address}" is no IP address: a virtual address is one`];
  }
  const holder = hosts.find((host) => parseAddress(host.address)?.text === parsed.text);
  if (holder !== undefined && kind !== 'external') {
    return [`is the address of the host ${holder.name}: a virtual address belongs to no host`];
  }
  return isGlobalUnicast(parsed) ? [] : [`${address} cannot be reached by other hosts`];
}

/** Nodes find a load balancer on themselves by a name in their hosts file, and it finds the control planes by their addresses. */
function localProblems(inventory: Inventory): readonly FieldProblem[] {
  const { preparation, hosts } = inventory;
  const nameless = hosts.flatMap(({ role, address }, index): readonly FieldProblem[] =>
    role === 'worker' || parseAddress(address)
      ? []
      : [
          {
            path: ['hosts', index, 'address'],
            message: `has to be an IP address, not the name ${address}: the load balancer on every worker leads to it`,
          },
        ],
  );
  if (preparation.hostsFile) return nameless;
  const path = inventory.loadBalancer.kind === undefined ? ['preparation', 'hostsFile'] : ['loadBalancer', 'kind'];
  const message =
    'a local load balancer is found by a name in /etc/hosts, which preparation.hostsFile: false leaves alone';
  return [{ path, message }, ...nameless];
}

/** What an even number of control planes is good for; undefined for an odd one. etcd needs more than half of its members. */
export function remarkOnNumber(inventory: Inventory): string | undefined {
  const count = controlPlanesOf(inventory).length;
  if (count % 2 === 1 || count === 0) return undefined;
  const survived = count / 2 - 1;
  const loss = survived === 0 ? 'no loss of one' : `the loss of ${survived}`;
  return `${count} control planes survive ${loss}, as ${count - 1} do, and there is one more to lose: etcd needs more than half of its members, so take ${count - 1} or ${count + 1}`;
}
