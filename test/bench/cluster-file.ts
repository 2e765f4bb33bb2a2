import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Kit, ssh } from '../e2e/kit.ts';
import type { LabHost } from '../lab/host.ts';
import type { Offered } from '../lab/offer.ts';

/** What kinit says of hosts with a file for all of them. */
export interface ClusterFile {
  /** Writes the file for a version, with its packages. */
  write(version: string, offered: Offered): void;
  /** kinit with the file, at the workstation; throws when it fails. */
  kinit(...argv: readonly string[]): Promise<string>;
}

/**
 * A file of bare CentOS hosts; so many of the first are control planes. `openNetwork`: their firewalls are off, since the lab's pod
 * network routes pods' packets as they are, and a node's own to pods of another one is none that firewalld knows.
 */
export function clusterFile(
  bench: Kit,
  hosts: readonly LabHost[],
  masters: number,
  { openNetwork = false } = {},
): ClusterFile {
  const { lab, folder } = bench;
  const path = join(folder, 'cluster.yaml');
  const plugin = join(import.meta.dirname, '..', 'e2e', 'manifests', 'pod-network.yaml');
  return {
    write(version, offered) {
      const entries = hosts.map(
        ({ name, address }, index) =>
          `- { name: ${name}, address: ${address}${index < masters ? ', role: control-plane' : ''} }`,
      );
      const mirror = `['http://${lab.registry}']`;
      const text = `apiVersion: kinit.dev/v1alpha1
kind: Inventory
ssh: { user: root }
hosts:
${entries.join('\n')}
preparation: { ntpServers: [${lab.timeServer}]${openNetwork ? ', firewalld: disable' : ''} }
packages: { source: '${offered.url}', gpgKeys: ['${offered.key}'] }
runtime:
  registryMirrors: { ${lab.version.imageRepository}: ${mirror}, docker.io: ${mirror} }
network: { plugin: ${plugin} }
---
${bench.cluster({ podSubnet: '10.244.0.0/16', kubernetesVersion: version })}`;
      writeFileSync(path, text);
    },
    async kinit(...argv) {
      const { code, stdout, stderr } = await bench.kinit([...argv, '--config', path, ...ssh(bench)], { timeout: 1500 });
      if (code !== 0) throw new Error(`kinit ${argv.join(' ')} ended with ${code}\n${stderr}${stdout}`);
      return stdout;
    },
  };
}
