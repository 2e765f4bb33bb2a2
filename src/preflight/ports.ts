import { inboundPorts, isOpen } from '../config/inbound-ports.ts';
import { parseAddress } from '../config/network.ts';
import {
  apiServerPort,
  controllerManagerPort,
  etcdClientPort,
  etcdPeerPort,
  kubeletPort,
  schedulerPort,
} from '../release/ports.ts';
import { type Check, failure, type PreflightContext, type Problem, warning } from './problem.ts';
import { isControlPlane } from './subject.ts';

export const controlPlanePorts: readonly Check[] = [
  {
    name: 'Port',
    origin: 'kubeadm',
    applies: ({ subject }) => isControlPlane(subject),
    check: (context) => [
      ...inUse(context, context.subject.localAPIEndpoint?.bindPort ?? apiServerPort, 'apiServer'),
      ...inUse(context, schedulerPort, 'scheduler'),
      ...inUse(context, controllerManagerPort, 'controllerManager'),
    ],
  },
];

export const kubeletPortChecks: readonly Check[] = [
  { name: 'Port', origin: 'kubeadm', check: (context) => inUse(context, kubeletPort) },
];

export const etcdPorts: readonly Check[] = [
  {
    name: 'Port',
    origin: 'kubeadm',
    applies: ({ subject }) => isControlPlane(subject) && subject.cluster?.etcd.local !== undefined,
    check: (context) => [etcdClientPort, etcdPeerPort].flatMap((port) => inUse(context, port, 'etcd')),
  },
];

type Part = 'apiServer' | 'scheduler' | 'controllerManager' | 'etcd';

/** Listeners on the port of a component; of a control plane's, those that are in the way as the release sees it. */
function inUse(context: PreflightContext, port: number, part?: Part): readonly Problem[] {
  const listeners = context.facts.listening.filter((listener) => listener.port === port);
  if (listeners.length === 0 || context.ours.ports.has(port)) return [];
  const wanted = part === undefined ? undefined : wantedAddresses(context, part);
  const inTheWay = listeners.filter(({ address }) => wanted === undefined || isOn(address, wanted));
  if (inTheWay.length > 0) return [failure(`Port-${port}`, `Port ${port} is in use`, tellOf(inTheWay, port))];
  if (part !== 'apiServer' || bindAddress(context, part) !== undefined) return [];
  const message = `Port ${port} is in use on another address, and the API server listens on every one unless apiServer.extraArgs has its bind-address`;
  return [warning(`Port-${port}`, message, tellOf(listeners, port))];
}

/** The addresses on which a component listens by the configuration; undefined: all that there are are looked at. */
function wantedAddresses(context: PreflightContext, part: Part): readonly string[] | undefined {
  const { subject, release } = context;
  const own = bindAddress(context, part) ?? subject.localAPIEndpoint?.advertiseAddress;
  if (release.preflight.portsInUse === 'on any address' || own === undefined || isAny(own)) return undefined;
  return part === 'apiServer' ? [own] : [own, '127.0.0.1', '::1'];
}

function bindAddress({ subject }: PreflightContext, part: Part): string | undefined {
  const args = part === 'etcd' ? [] : (subject.cluster?.[part].extraArgs ?? []);
  return args.findLast(({ name }) => name === 'bind-address')?.value;
}

/** A program that listens on every address is in the way of any. */
function isOn(address: string, wanted: readonly string[]): boolean {
  const canonical = (text: string) => parseAddress(text)?.text ?? text;
  return isAny(address) || wanted.some((one) => canonical(one) === canonical(address));
}

function isAny(address: string): boolean {
  return ['0.0.0.0', '::', '*'].includes(address);
}

function tellOf(listeners: PreflightContext['facts']['listening'], port: number): Partial<Problem> {
  const evidence = listeners
    .map(({ address, process }) => `${address}:${port}${process ? ` (${process})` : ''}`)
    .join(', ');
  const program = listeners.find(({ process }) => process)?.process;
  const mend = kubernetesPrograms.has(program ?? '')
    ? 'an earlier cluster runs here: kinit reset removes it'
    : `stop ${program ?? 'the program that listens there'} (ss -ltnp 'sport = :${port}')`;
  return { evidence, mend };
}

const kubernetesPrograms = new Set(['kubelet', 'etcd', 'kube-apiserver', 'kube-scheduler', 'kube-controller']);

/** kubeadm warns whenever firewalld runs; where the host's zones let the role's ports in there is nothing to say. */
export const firewallChecks: readonly Check[] = [
  {
    name: 'Firewalld',
    origin: 'kubeadm',
    applies: ({ facts }) => facts.firewalld.active && !facts.firewalld.open,
    check: (context) => {
      const { needed, named } = portsOf(context);
      const closed = needed.filter((port) => !isOpen(port, context.facts.firewalld.ports));
      if (closed.length === 0) return [];
      const message = `firewalld is active, please ensure ports [${named.join(' ')}] are open or your cluster may not function correctly`;
      const adds = closed.map((port) => `--add-port=${port}`).join(' ');
      const mend = `firewall-cmd --permanent ${adds} && firewall-cmd --reload`;
      return [warning('Firewalld', message, { evidence: `not open: ${closed.join(' ')}`, mend, prepared: true })];
    },
  },
];

/** The ports that have to be open, and those that kubeadm's warning names. */
function portsOf({ subject }: PreflightContext): {
  readonly needed: readonly string[];
  readonly named: readonly number[];
} {
  const bindPort = subject.localAPIEndpoint?.bindPort;
  if (bindPort === undefined) return { needed: inboundPorts(undefined), named: [kubeletPort] };
  const localEtcd = subject.cluster?.etcd.local !== undefined;
  return { needed: inboundPorts({ bindPort, localEtcd }), named: [bindPort, kubeletPort] };
}
