import { contains, parseAddress, parseSubnet } from '../../config/network.ts';
import type { KubeObject } from '../../kube/client.ts';
import { isReady, readyMessage } from '../../kube/node.ts';
import { readyPod, waitingReason } from '../../kube/pod-status.ts';
import { isDocker } from '../../preflight/runtime-of.ts';
import { trouble } from '../finding.ts';
import type { Patient } from '../patient.ts';
import type { Rule } from '../rule.ts';
import { runtimeService } from './runtime.ts';

const networkPods =
  /^(kube-flannel|flannel|canal|calico-node|cilium-(?!operator)|weave-net|antrea-agent|kube-router|kindnet)/;

/** Pods of the network are there for this node, and do not run. */
export const networkPodDown: Rule = {
  unless: ['KubeletStopped', 'RuntimeStopped', 'CRI', 'ImageNotPulled', 'SandboxImageMissing'],
  check: (patient) => {
    if (!patient.isNode) return [];
    const mend = (namespace: string, pod: string) => `kubectl -n ${namespace} logs ${pod} --all-containers --previous`;
    const down = patient.beyond.api?.pods.find((pod) => isNetworkPod(pod) && !readyPod(pod));
    if (down !== undefined) {
      const { name, namespace = '' } = down.metadata;
      const log = logOf(patient, namespace, name);
      return [
        trouble('NetworkPodDown', `the pod network's own pod does not run here: ${namespace}/${name}`, {
          evidence: [waitingReason(down), log].filter(Boolean).join(': ') || 'it is not ready',
          mend: mend(namespace, name),
        }),
      ];
    }
    if (patient.beyond.api !== undefined || hasConfiguration(patient)) return [];
    const silent = patient.containers.findLast(({ pod }) => networkPods.test(pod));
    if (silent === undefined) return [];
    return [
      trouble('NetworkPodDown', `the pod network's own pod does not come to run: ${silent.namespace}/${silent.pod}`, {
        evidence: silent.lines.at(-1) ?? 'it has written no log',
        mend: mend(silent.namespace, silent.pod),
      }),
    ];
  },
};

/** Nobody has told the runtime how pods get addresses. */
export const noPodNetwork: Rule = {
  unless: [
    'KubeletStopped',
    'RuntimeStopped',
    'CRI',
    'NetworkPodDown',
    'ImageNotPulled',
    'SandboxImageMissing',
    'KubeletFails',
  ],
  check: (patient) => {
    const { isNode, kubeletLog, subject, flags } = patient;
    const usesCni = !isDocker(subject) || flags.get('network-plugin') === 'cni';
    if (!isNode || !usesCni || hasConfiguration(patient)) return [];
    const line = kubeletLog.findLast((one) => notLoaded.test(one));
    return [
      trouble('NoPodNetwork', 'no pod network is there: /etc/cni/net.d has no configuration', {
        evidence: line ?? '/etc/cni/net.d holds no .conf, .conflist or .json',
        mend: 'kubectl apply -f NETWORK.yaml; of a file with network.plugin: kinit up --config FILE',
      }),
    ];
  },
};

/** The configuration is there, and containerd, which watches the folder, has missed it. */
export const networkNotLoaded: Rule = {
  unless: ['KubeletStopped', 'RuntimeStopped', 'CRI', 'NetworkPodDown', 'NoPodNetwork'],
  check: (patient) => {
    const { isNode, beyond } = patient;
    if (!isNode || !hasConfiguration(patient) || runtimeService(patient) !== 'containerd') return [];
    const node = beyond.api?.node;
    // Not by the log, which has what was so before the network came.
    const words = node === undefined || isReady(node) ? '' : readyMessage(node);
    if (!notLoaded.test(words)) return [];
    return [
      trouble('NetworkNotLoaded', 'containerd has not taken up the pod network’s configuration, which is there', {
        evidence: `/etc/cni/net.d has ${patient.facts.cniFiles.join(' ')}; ${words}`,
        mend: 'systemctl restart containerd: pods run on',
        fix: [{ kind: 'command', argv: ['systemctl', 'restart', 'containerd'] }],
      }),
    ];
  },
};

const notLoaded = /cni (plugin not initialized|config uninitialized)/i;

/** What an earlier pod network left: the plugin does not change the address of a bridge that is there. */
export const leftoverInterface: Rule = {
  check: ({ facts, podNetwork, beyond, isNode }) => {
    const subnets = subnetsOfNode(beyond.api?.node, podNetwork);
    if (!isNode || subnets.length === 0) return [];
    const parsed = subnets.flatMap((text) => parseSubnet(text) ?? []);
    const strangers = facts.addresses.filter(({ interface: device, address }) => {
      const own = parseAddress(address);
      if (own === undefined || !/^(cni0|flannel\.\d+)$/.test(device)) return false;
      const family = parsed.filter((subnet) => subnet.family === own.family);
      return family.length > 0 && !/^fe80:/i.test(address) && !family.some((subnet) => contains(subnet, own));
    });
    const devices = [...new Set(strangers.map((one) => one.interface))];
    if (devices.length === 0) return [];
    const evidence = `${strangers.map((one) => `${one.interface} has ${one.address}/${one.prefix}`).join(', ')}; the node's pods get ${subnets.join(' ')}`;
    return [
      trouble('LeftoverInterface', `an interface of an earlier pod network is in the way: ${devices.join(', ')}`, {
        evidence,
        mend: devices.map((device) => `ip link delete ${device}`).join(' && '),
        fix: devices.map((device) => ({
          kind: 'command',
          argv: ['ip', 'link', 'delete', device],
          removes: [`interface ${device}`],
        })),
      }),
    ];
  },
};

/** As the cluster has given it, else as the network on the host says. */
function subnetsOfNode(
  node: KubeObject | undefined,
  { flannelSubnet, configurations }: Patient['podNetwork'],
): readonly string[] {
  const spec = (node?.['spec'] ?? {}) as { readonly podCIDR?: string; readonly podCIDRs?: readonly string[] };
  if (spec.podCIDRs !== undefined) return spec.podCIDRs;
  if (spec.podCIDR !== undefined) return [spec.podCIDR];
  if (flannelSubnet !== undefined) return [flannelSubnet];
  return configurations[0]?.subnets ?? [];
}

function hasConfiguration({ facts }: Patient): boolean {
  return facts.cniFiles.some((name) => /\.(conf|conflist|json)$/.test(name));
}

/** It lays the configuration into the runtime's folder. */
function isNetworkPod(pod: KubeObject): boolean {
  const spec = (pod['spec'] ?? {}) as {
    readonly volumes?: readonly { readonly hostPath?: { readonly path?: string } }[];
  };
  return (spec.volumes ?? []).some(({ hostPath }) => hostPath?.path?.startsWith('/etc/cni/net.d') ?? false);
}

function logOf({ containers }: Patient, namespace: string, pod: string): string | undefined {
  return containers.findLast((one) => one.namespace === namespace && one.pod === pod)?.lines.at(-1);
}
