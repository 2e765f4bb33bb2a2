import type { ApiSight, Patient } from '../../doctor/patient.ts';
import { KinitError } from '../../errors.ts';
import type { Host } from '../../host/host.ts';
import type { KubeClient, KubeObject } from '../../kube/client.ts';
import { parseYaml } from '../../yaml.ts';
import { administratorClient } from '../host-clients.ts';

interface AskedPatient {
  readonly host: Host;
  readonly patient: Patient;
}

/** Milliseconds for an API server that refuses, and for one that is silent: who asks why it is down knows already. */
const patience = { retryForMs: 1000, timeoutMs: 5000 };

/**
 * What the cluster's API tells of each node, asked through the first control plane that answers; nothing where none does: that
 * is no reason to stop.
 */
export async function apiSights(all: readonly AskedPatient[]): Promise<ReadonlyMap<Patient, ApiSight>> {
  for (const { host, patient } of all.filter(({ patient }) => patient.resident.isControlPlane)) {
    const sights = await throughHost(host, patient, all).catch((error: unknown) => {
      if (error instanceof KinitError) return undefined;
      throw error;
    });
    if (sights !== undefined) return sights;
  }
  return new Map();
}

async function throughHost(
  host: Host,
  { resident }: Patient,
  all: readonly AskedPatient[],
): Promise<ReadonlyMap<Patient, ApiSight>> {
  const kube = await administratorClient(host, resident.endpoint, patience);
  try {
    const [nodes, mode] = await Promise.all([kube.list({ apiVersion: 'v1', kind: 'Node' }), proxyModeOf(kube)]);
    const sights = all.map(async ({ patient }): Promise<[Patient, ApiSight]> => {
      const node = nodes.find(({ metadata }) => metadata.name === patient.nodeName);
      const pods = await podsOf(kube, patient.nodeName);
      return [patient, { node, pods, proxyMode: mode }];
    });
    return new Map(await Promise.all(sights));
  } finally {
    kube.close();
  }
}

function podsOf(kube: KubeClient, node: string): Promise<readonly KubeObject[]> {
  return kube.list({ apiVersion: 'v1', kind: 'Pod', fieldSelector: `spec.nodeName=${node}` });
}

async function proxyModeOf(kube: KubeClient): Promise<string | undefined> {
  const map = await kube.get({ apiVersion: 'v1', kind: 'ConfigMap', namespace: 'kube-system', name: 'kube-proxy' });
  const text = ((map?.['data'] ?? {}) as Readonly<Record<string, string>>)['config.conf'];
  try {
    const value = parseYaml(text ?? '', 'the ConfigMap kube-proxy')[0]?.value as
      | { readonly mode?: unknown }
      | undefined;
    return typeof value?.mode === 'string' ? value.mode : undefined;
  } catch {
    return undefined;
  }
}
