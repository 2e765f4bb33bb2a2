import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import type { LabHost } from '../lab/host.ts';
import { type DayTwo, theSettings } from './day-two.ts';
import { type Kit, ssh } from './kit.ts';

const manifest = join(import.meta.dirname, 'manifests', 'pod-network.yaml');

/** Bare hosts for three control planes and workers, and the one file of them; `balancer` (of the control planes' network) is of the file. */
export function threeMasters(
  kit: Kit,
  workers: readonly string[] = ['n1'],
  balancer: (network: string) => string = () => '',
): DayTwo {
  const { version } = kit.lab;
  const masters = ['m1', 'm2', 'm3'];
  let hosts: ReadonlyMap<string, LabHost>;
  beforeAll(async () => {
    const wanted = [...masters, ...workers].map((name) => ({ name, flavour: 'centos-stream-9' as const }));
    hosts = new Map((await kit.lab.up(wanted)).map((host) => [host.name, host]));
  });
  afterAll(() => kit.lab.down());

  const host = (name: string) => hosts.get(name)!;
  const entry = (name: string, more: string) => `- { name: ${name}, address: ${host(name).address}${more} }`;
  return {
    kit,
    masters: () => masters.map(host),
    worker: () => host(workers[0]!),
    workers: () => workers.map(host),
    write(some = masters, settings = {}) {
      const { registry, repository, timeServer } = kit.lab;
      const mirrors = [version.imageRepository, 'docker.io', 'ghcr.io'].map(
        (name) => `${name}: ['http://${registry}']`,
      );
      const text = `apiVersion: kinit.dev/v1alpha1
kind: Inventory
ssh: { user: root }
hosts:
${[...some.map((name) => entry(name, ', role: control-plane')), ...workers.map((name) => entry(name, ''))].join('\n')}
preparation: { ntpServers: [${timeServer}] }
packages: { source: '${repository.url}', gpgKeys: ['${repository.key}'] }
runtime: { registryMirrors: { ${mirrors.join(', ')} } }
network: { plugin: ${manifest} }
${balancer(host('m1').address.replace(/\d+$/, ''))}
---
${theSettings(kit.cluster({ podSubnet: '10.244.0.0/16' }), version.configApi, settings)}`;
      writeFileSync(join(kit.folder, 'cluster.yaml'), text);
    },
    async kinit(...argv) {
      const started = Date.now();
      const file = ['--config', join(kit.folder, 'cluster.yaml'), ...ssh(kit)];
      const { code, stdout, stderr } = await kit.kinit([...argv, ...file], { timeout: 870 });
      return { code, stdout, told: stdout + stderr, seconds: (Date.now() - started) / 1000 };
    },
  };
}

/** The real kubeadm on the control planes, beside which nothing of its package is there. */
export async function putKubeadm({ kit, masters }: DayTwo): Promise<void> {
  const { kubernetes } = await kit.lab.artefacts();
  const program = readFileSync(join(kubernetes, 'kubeadm', 'usr', 'bin', 'kubeadm')).toString('base64');
  const script = 'base64 -d >/root/kubeadm && chmod 755 /root/kubeadm';
  for (const one of masters()) await one.run(['sh', '-c', script], { stdin: program });
}
