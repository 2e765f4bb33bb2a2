import { etcdVersionChecks } from './external-etcd.ts';
import { fileChecks } from './files.ts';
import { kernelChecks } from './kernel.ts';
import { kubeletChecks } from './kubelet.ts';
import { kubeletArgumentChecks } from './kubelet-arguments.ts';
import { etcdFileChecks, forwardingChecks, hostnameChecks, proxyChecks } from './network.ts';
import { operatorChecks } from './operator.ts';
import { controlPlanePorts, etcdPorts, firewallChecks, kubeletPortChecks } from './ports.ts';
import type { Check } from './problem.ts';
import { resolvConf } from './resolv-conf.ts';
import { privilegeChecks, resourceChecks } from './resources.ts';
import { runtimeChecks } from './runtime.ts';
import { programChecks, swapChecks } from './system.ts';

/** Every check in the order in which kubeadm runs them, and then those that kinit adds. The first one stands alone. */
export const checks: readonly Check[] = [
  ...privilegeChecks,
  ...resourceChecks,
  ...firewallChecks,
  ...controlPlanePorts,
  ...fileChecks,
  ...proxyChecks,
  ...runtimeChecks,
  ...swapChecks,
  ...programChecks,
  ...kernelChecks,
  ...hostnameChecks,
  ...kubeletChecks,
  ...kubeletPortChecks,
  ...forwardingChecks,
  ...etcdPorts,
  ...etcdVersionChecks,
  ...etcdFileChecks,
  ...kubeletArgumentChecks,
  ...operatorChecks,
  resolvConf,
];
