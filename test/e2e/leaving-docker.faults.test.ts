import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { renumbered } from '../lab/artefacts.ts';
import type { LabHost } from '../lab/host.ts';
import { type Offered, offerVersion } from '../lab/offer.ts';
import { laterNumbers, renumberedVersion } from '../lab/versions.ts';
import { eventually, kit, on, ssh } from './kit.ts';

// An upgrade to the first minor that knows no docker, of two CentOS 7 hosts on it. The programs are the lab's under other numbers.
const k = kit('leaving-docker');
const file = join(k.folder, 'cluster.yaml');
const manifests = join(import.meta.dirname, 'manifests');
const later = laterNumbers(k.lab.version)?.minor ?? '';
const [from, to] = [23, 24].map((minor) => later.replace(/\.\d+\./, `.${minor}.`)) as [string, string];
let hosts: readonly LabHost[];
const offers = new Map<string, Offered>();

beforeAll(async () => {
  hosts = await k.lab.up(['m1', 'n1'].map((name) => ({ name, flavour: 'centos-7' as const })));
  const layers = await renumbered(k.lab.version, [from, to]);
  for (const [index, version] of [from, to].entries())
    offers.set(version, await offerVersion(k.lab, renumberedVersion(k.lab.version, version, layers[index] ?? '')));
}, 1_800_000);
afterAll(() => k.lab.down());

function writeFile(version: string, runtime: string): void {
  const { registry, timeServer, vault } = k.lab;
  const [master, node] = hosts;
  const { url, key } = offers.get(version) as Offered;
  writeFileSync(
    file,
    `apiVersion: kinit.dev/v1alpha1
kind: Inventory
ssh: { user: root }
hosts:
- { name: m1, address: ${master?.address}, role: control-plane }
- { name: n1, address: ${node?.address} }
preparation: { ntpServers: [${timeServer}], vaultRepositories: '${vault}' }
packages: { source: '${url}', gpgKeys: ['${key}'] }
runtime:
  ${runtime}
  registryMirrors: { docker.io: ['http://${registry}'], '${registry}': ['http://${registry}'] }
images: { repository: '${registry}/google_containers' }
network: { plugin: ${join(manifests, 'pod-network.yaml')} }
---
${k.cluster({ podSubnet: '10.244.0.0/16' }).replace(/^kubernetesVersion: .*$/m, `kubernetesVersion: ${version}`)}`,
  );
}

const kinit = (...argv: string[]) => k.kinit([...argv, '--config', file, ...ssh(k)], { timeout: 900 });

async function done(...argv: string[]): Promise<string> {
  const { code, stdout, stderr } = await kinit(...argv);
  expect(code, `${stdout}${stderr}`).toBe(0);
  return stdout;
}

async function nodes(): Promise<string> {
  const said =
    '{.metadata.name} {.status.nodeInfo.kubeletVersion} {.status.nodeInfo.containerRuntimeVersion} {.spec.unschedulable}';
  return k.kubectl('get', 'nodes', '-o', `jsonpath={range .items[*]}${said}{"\\n"}{end}`);
}

async function expectPage(): Promise<void> {
  await k.kubectl('rollout', 'status', 'daemonset/pages', '--timeout=120s');
  const page = await eventually('the page', 60_000, async () => {
    const { code, stdout } = await k.page(`http://${hosts[1]?.address}:30080/`);
    return code === 0 ? stdout : undefined;
  });
  expect(page).toContain('Welcome to nginx!');
}

describe.runIf(k.lab.version.docker)('a cluster on docker', () => {
  it('of the last minor that knows it', { timeout: 900_000 }, async () => {
    writeFile(from, "name: docker\n  version: '20.10'");
    await done('up');
    await done('kubeconfig', 'fetch', '--to', k.kubeconfig);
    expect(await nodes()).toMatch(new RegExp(`^m1 ${from} docker://20.10.\\S+ \nn1 ${from} docker://20.10.\\S+ \n$`));
    await k.kubectl('create', '-f', join(manifests, 'pages.yaml'));
    await expectPage();
  });

  it('is not upgraded beyond it while the file keeps docker', async () => {
    writeFile(to, "name: docker\n  version: '20.10'");
    const { code, stdout, stderr } = await kinit('upgrade', '--dry-run');
    expect(code, `${stdout}${stderr}`).toBe(2);
    expect(stdout).toMatch(/docker/);
  });

  it('leaves docker node by node in the upgrade that the file has it leave with', { timeout: 1_200_000 }, async () => {
    writeFile(to, 'name: containerd');
    await done('upgrade', '--no-snapshot');
    expect(await nodes()).toMatch(new RegExp(`^m1 ${to} containerd://\\S+ \nn1 ${to} containerd://\\S+ \n$`));
    await expectPage();
    for (const host of hosts) {
      expect(await on(host, 'docker', 'ps', '-aq', '--filter', 'name=^/k8s_')).toBe('');
      expect(await on(host, 'cat', '/var/lib/kubelet/kubeadm-flags.env')).not.toContain('network-plugin');
    }
  });

  it('and nothing is left to do then', { timeout: 300_000 }, async () => {
    expect(await done('plan', '--all', '--exit-code')).toBe('Nothing to do: everything is as the file says.\n');
  });
});
