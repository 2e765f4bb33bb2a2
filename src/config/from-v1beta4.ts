import type { Plain } from './document-fields.ts';
import type { Arg } from './types.ts';

/** v1beta3 keeps arguments by name, a time-out with the API server, and has no algorithm, validity, proxy or variables. */
export function clusterToV1Beta3(document: Plain, timeoutForControlPlane = '4m0s'): Plain {
  const { apiServer, controllerManager, scheduler, dns, etcd, featureGates, encryptionAlgorithm } = document;
  const { local, external } = plain(etcd);
  const gates = { ...plain(featureGates), ...(encryptionAlgorithm === 'ECDSA-P256' ? { PublicKeysECDSA: true } : {}) };
  return {
    ...omit(document, 'caCertificateValidityPeriod', 'certificateValidityPeriod', 'encryptionAlgorithm', 'proxy'),
    apiServer: { ...componentToV1Beta3(apiServer), timeoutForControlPlane },
    controllerManager: componentToV1Beta3(controllerManager),
    scheduler: componentToV1Beta3(scheduler),
    dns: omit(dns, 'disabled'),
    etcd: external === undefined ? { local: componentToV1Beta3(local) } : { external: omit(external, 'httpEndpoints') },
    ...(Object.keys(gates).length > 0 ? { featureGates: gates } : {}),
  };
}

/** v1beta2 names the DNS server. */
export function clusterToV1Beta2(document: Plain): Plain {
  return { ...document, dns: { ...plain(document['dns']), type: 'CoreDNS' } };
}

/** v1beta3 has no time-outs and no serial pull; the kubelet's arguments go by name. */
export function nodeToV1Beta3(document: Plain): Plain {
  const node = plain(document['nodeRegistration']);
  const { kubeletExtraArgs } = node;
  const args = kubeletExtraArgs === undefined ? {} : { kubeletExtraArgs: byName(kubeletExtraArgs) };
  return { ...omit(document, 'timeouts'), nodeRegistration: { ...omit(node, 'imagePullSerial'), ...args } };
}

/** v1beta2 knows no pull policy, no patches and no phases to skip. */
export function nodeToV1Beta2(document: Plain): Plain {
  const node = omit(document['nodeRegistration'], 'imagePullPolicy');
  return { ...omit(document, 'skipPhases', 'patches'), nodeRegistration: node };
}

/** v1beta3 keeps the time-out with the discovery. */
export function joinToV1Beta3(document: Plain, timeout: string): Plain {
  return { ...document, discovery: { ...plain(document['discovery']), timeout } };
}

function componentToV1Beta3(component: unknown): Plain {
  const { extraArgs } = plain(component);
  return { ...omit(component, 'extraEnvs'), ...(extraArgs === undefined ? {} : { extraArgs: byName(extraArgs) }) };
}

/** Of several arguments of one name the last counts, as it did for the components. */
function byName(args: unknown): Plain {
  return Object.fromEntries((args as readonly Arg[]).map(({ name, value }) => [name, value]));
}

function omit(value: unknown, ...names: readonly string[]): Plain {
  return Object.fromEntries(Object.entries(plain(value)).filter(([name]) => !names.includes(name)));
}

function plain(value: unknown): Plain {
  return typeof value === 'object' && value !== null ? (value as Plain) : {};
}
