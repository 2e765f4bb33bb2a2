import { join } from 'node:path';
import { expect } from 'vitest';
import type { LabHost } from '../lab/host.ts';
import { eventually, type Kit } from './kit.ts';

export const manifests = join(import.meta.dirname, 'manifests');

/**
 * A file for m1 and n1, CentOS 7 hosts, whose runtime goes by these lines of it. Images come from a registry of the operator's own,
 * over HTTP: docker has mirrors of docker.io alone.
 */
export function fileOfTwo(
  { lab, cluster }: Kit,
  [master, node]: readonly LabHost[],
  { url, key }: { readonly url: string; readonly key: string },
  ...runtime: readonly string[]
): string {
  const { registry, timeServer, vault } = lab;
  return `apiVersion: kinit.dev/v1alpha1
kind: Inventory
ssh: { user: root }
hosts:
- { name: m1, address: ${master?.address}, role: control-plane }
- { name: n1, address: ${node?.address} }
preparation: { ntpServers: [${timeServer}], vaultRepositories: '${vault}' }
packages: { source: '${url}', gpgKeys: ['${key}'] }
runtime:
  ${runtime.join('\n  ')}
  registryMirrors: { docker.io: ['http://${registry}'], '${registry}': ['http://${registry}'] }
images: { repository: '${registry}/google_containers' }
network: { plugin: ${join(manifests, 'pod-network.yaml')} }
---
${cluster({ podSubnet: '10.244.0.0/16' })}`;
}

/** pages.yaml is rolled out, and answers at a node. */
export async function expectPage(k: Kit, node: LabHost | undefined): Promise<void> {
  await k.kubectl('rollout', 'status', 'daemonset/pages', '--timeout=120s');
  const page = await eventually('the page', 60_000, async () => {
    const { code, stdout } = await k.page(`http://${node?.address}:30080/`);
    return code === 0 ? stdout : undefined;
  });
  expect(page).toContain('Welcome to nginx!');
}
