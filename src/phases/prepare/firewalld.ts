import { inboundPorts, isOpen, nodePortRange } from '../../config/inbound-ports.ts';
import { parseAddress, parseSubnets } from '../../config/network.ts';
import type { Change } from '../../execute/change.ts';
import type { Observed } from '../../execute/observed.ts';
import { loadBalancerOf } from '../../inventory/load-balancer.ts';
import type { Phase } from '../phase.ts';
import type { PrepareContext } from './context.ts';
import { parseZones, type Zone } from './firewalld-zones.ts';

const allZones = ['firewall-cmd', '--list-all-zones'] as const;
const storedZones = ['firewall-cmd', '--permanent', '--list-all-zones'] as const;
const defaultZone = ['firewall-cmd', '--get-default-zone'] as const;

/** firewalld lets the cluster through, where it runs: the role's ports, pods and services; or it is switched off. */
export const firewalld: Phase<PrepareContext> = {
  name: 'firewalld',
  title: 'Firewall',
  reads: (context) => ({
    services: ['firewalld'],
    ...(opensPorts(context)
      ? {
          commands: [allZones, storedZones, defaultZone, zoneOf(context)],
          files: [...context.facts.firewalld.zones, 'trusted'].flatMap(zoneFiles),
        }
      : {}),
  }),
  desired: (context, observed): readonly Change[] => {
    if (context.inventory.preparation.firewalld === 'disable' && observed.services.get('firewalld')?.exists) {
      const says = '[firewalld] Switching firewalld off';
      return [{ kind: 'service', name: 'firewalld', state: 'stopped', enabled: false, says }];
    }
    return opensPorts(context) ? opened(context, observed) : [];
  },
};

function opensPorts({ inventory, facts }: PrepareContext): boolean {
  return inventory.preparation.firewalld === 'ports' && facts.firewalld.active;
}

/** Now and for good, and each only where it is not so yet: nothing is reloaded, so that no connection is cut. */
function opened(context: PrepareContext, observed: Observed): readonly Change[] {
  const answer = (argv: readonly string[]) => observed.commands.get(argv.join('\0'))?.stdout ?? '';
  const own = answer(zoneOf(context)).trim();
  const name = /^\w[\w-]*$/.test(own) ? own : answer(defaultZone).trim() || 'public';
  const states = [
    { option: [], zones: parseZones(answer(allZones)) },
    { option: ['--permanent'], zones: parseZones(answer(storedZones)) },
  ];
  return states.flatMap(({ option, zones }): readonly Change[] => {
    const zone = zones.get(name);
    const closed = portsOf(context).filter((port) => !isOpen(port, zone?.ports ?? []));
    const unspoken = protocolsOf(context).filter((protocol) => !zone?.protocols.includes(protocol));
    const strange = networksOf(context).filter((source) => !zones.get('trusted')?.sources.includes(source));
    const change = (to: string, options: readonly string[]): Change => ({
      kind: 'command',
      argv: ['firewall-cmd', '-q', ...option, `--zone=${to}`, ...options],
      undo: [
        'firewall-cmd',
        '-q',
        ...option,
        `--zone=${to}`,
        ...options.map((one) => one.replace('--add-', '--remove-')),
      ],
      ...(option.length > 0 ? { rewrites: zoneFiles(to).filter((path) => observed.files.has(path)) } : {}),
      ...(option.length > 0
        ? {}
        : { says: `[firewalld] Zone ${to}: ${options.map((one) => one.slice('--add-'.length)).join(' ')}` }),
    });
    return [
      ...(closed.length > 0 && !isAccepting(zone)
        ? [
            change(
              name,
              closed.map((port) => `--add-port=${port}`),
            ),
          ]
        : []),
      ...(unspoken.length > 0 && !isAccepting(zone)
        ? [
            change(
              name,
              unspoken.map((protocol) => `--add-protocol=${protocol}`),
            ),
          ]
        : []),
      ...(zone?.masquerade ? [] : [change(name, ['--add-masquerade'])]),
      ...(strange.length > 0
        ? [
            change(
              'trusted',
              strange.map((source) => `--add-source=${source}`),
            ),
          ]
        : []),
    ];
  });
}

function isAccepting(zone: Zone | undefined): boolean {
  return zone?.target === 'ACCEPT';
}

/** flannel's VXLAN: https://github.com/flannel-io/flannel/blob/master/Documentation/backends.md */
const flannelPort = '8472/udp';

function portsOf({ inventory, host, cluster, bindPort }: PrepareContext): readonly string[] {
  const isControlPlane = host.role === 'control-plane';
  const balancer = loadBalancerOf(inventory, bindPort);
  return [
    ...inboundPorts(isControlPlane ? { bindPort, localEtcd: cluster.etcd.local !== undefined } : undefined),
    ...(isControlPlane ? [] : [`${nodePortRange}/udp`]),
    ...(balancer.kind === 'keepalived' && isControlPlane ? [`${balancer.port}/tcp`] : []),
    ...(inventory.network.plugin === 'flannel' ? [flannelPort] : []),
    ...inventory.preparation.firewallPorts,
  ];
}

/** keepalived's: control planes tell each other who holds the virtual address (RFC 5798). */
function protocolsOf({ inventory, host, bindPort }: PrepareContext): readonly string[] {
  return host.role === 'control-plane' && loadBalancerOf(inventory, bindPort).kind === 'keepalived' ? ['vrrp'] : [];
}

function networksOf({ cluster }: PrepareContext): readonly string[] {
  const { serviceSubnet, podSubnet = '' } = cluster.networking;
  return [podSubnet, serviceSubnet].flatMap((text) => (parseSubnets(text) ?? []).map((subnet) => subnet.text));
}

/** The zone of the interface by which the others reach the host. */
function zoneOf({ host, facts }: PrepareContext): readonly string[] {
  const wanted = parseAddress(host.address)?.text ?? facts.defaultAddress.v4 ?? facts.defaultAddress.v6;
  const found = facts.addresses.find(({ address }) => parseAddress(address)?.text === wanted)?.interface;
  const fallback = facts.addresses.find(({ address }) => address === facts.defaultAddress.v4)?.interface;
  return ['firewall-cmd', `--get-zone-of-interface=${found ?? fallback ?? 'lo'}`];
}

/** firewalld keeps the file that it replaces. */
function zoneFiles(zone: string): readonly string[] {
  return [`/etc/firewalld/zones/${zone}.xml`, `/etc/firewalld/zones/${zone}.xml.old`];
}
