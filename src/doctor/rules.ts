import { componentsDown, manifestMissing } from './control-plane/components.ts';
import { etcdTells, slowDisk } from './control-plane/etcd.ts';
import { certificateNames } from './control-plane/names.ts';
import { apiServerUnreachable, nameNotInCertificate, wrongApiAddress } from './node/api-door.ts';
import { clockSkew } from './node/clock.ts';
import { certificateEndsSoon, certificateExpired, foreignCertificate } from './node/credentials.ts';
import { addressChanged, hostnameChanged } from './node/identity.ts';
import { imageNotPulled } from './node/images.ts';
import { joinUnfinished, nodeUnknown, noNode, tokenRefused } from './node/joining.ts';
import { kernelSettings, swapOn } from './node/kernel.ts';
import { kubeletDisabled, kubeletFails, kubeletPortTaken, kubeletStopped } from './node/kubelet.ts';
import { notReady } from './node/not-ready.ts';
import { leftoverInterface, networkNotLoaded, networkPodDown, noPodNetwork } from './node/pod-network.ts';
import { pressure } from './node/room.ts';
import { driversDiffer, runtimeSilent, runtimeStopped, sandboxImageMissing, twoRuntimes } from './node/runtime.ts';
import { dnsLoop, firewallClosed, firewallReloaded, proxyModules } from './node/traffic.ts';
import type { Rule } from './rule.ts';

/** Every rule, causes before what follows from them: a new one is a file and a row. */
export const rules: readonly Rule[] = [
  noNode,
  clockSkew,
  runtimeStopped,
  runtimeSilent,
  swapOn,
  kernelSettings,
  driversDiffer,
  kubeletPortTaken,
  kubeletStopped,
  tokenRefused,
  kubeletFails,
  hostnameChanged,
  addressChanged,
  certificateExpired,
  foreignCertificate,
  manifestMissing,
  etcdTells,
  componentsDown,
  certificateNames,
  slowDisk,
  wrongApiAddress,
  joinUnfinished,
  pressure,
  sandboxImageMissing,
  imageNotPulled,
  networkPodDown,
  noPodNetwork,
  networkNotLoaded,
  leftoverInterface,
  twoRuntimes,
  firewallClosed,
  firewallReloaded,
  proxyModules,
  dnsLoop,
  kubeletDisabled,
  certificateEndsSoon,
  nameNotInCertificate,
  apiServerUnreachable,
  nodeUnknown,
  notReady,
];
