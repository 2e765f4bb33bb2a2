import { etcdClientPort, etcdPeerPort, inboundPorts, isOpen, kubeletPort } from '../config/inbound-ports.ts';
import { always, type Check, failure, type PreflightContext, type Problem, warning } from './problem.ts';
import { isControlPlane } from './subject.ts';

const schedulerPort = 10259;
const controllerManagerPort = 10257;

export const controlPlanePorts: readonly Check[] = [
  {
    name: 'Port',
    origin: 'kubeadm',
    applies: ({ subject }) => isControlPlane(subject),
    check: (context) =>
      [context.subject.localAPIEndpoint?.bindPort ?? 6443, schedulerPort, controllerManagerPort].flatMap((port) =>
        inUse(context, port),
      ),
  },
];

export const kubeletPortChecks: readonly Check[] = [
  { name: 'Port', origin: 'kubeadm', applies: always, check: (context) => inUse(context, kubeletPort) },
];

export const etcdPorts: readonly Check[] = [
  {
    name: 'Port',
    origin: 'kubeadm',
    applies: ({ subject }) => isControlPlane(subject) && subject.cluster?.etcd.local !== undefined,
    check: (context) => [etcdClientPort, etcdPeerPort].flatMap((port) => inUse(context, port)),
  },
];

/** kubeadm tries to listen on every address: any listener on the port is in the way. */
function inUse({ facts, ours }: PreflightContext, port: number): readonly Problem[] {
  const listeners = facts.listening.filter((listener) => listener.port === port);
  if (listeners.length === 0 || ours.ports.has(port)) return [];
  const evidence = listeners
    .map(({ address, process }) => `${address}:${port}${process ? ` (${process})` : ''}`)
    .join(', ');
  const program = listeners.find(({ process }) => process)?.process;
  const mend = kubernetesPrograms.has(program ?? '')
    ? 'an earlier cluster runs here: kinit reset removes it'
    : `stop ${program ?? 'the program that listens there'} (ss -ltnp 'sport = :${port}')`;
  return [failure(`Port-${port}`, `Port ${port} is in use`, { evidence, mend })];
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
      return [warning('Firewalld', message, { evidence: `closed: ${closed.join(' ')}`, mend, prepared: true })];
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
