import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { renumbered } from '../lab/artefacts.ts';
import type { LabHost } from '../lab/host.ts';
import { type Offered, offerVersion } from '../lab/offer.ts';
import { laterNumbers, renumberedVersion } from '../lab/versions.ts';
import { kit, on, ssh } from './kit.ts';
import { expectPage, fileOfTwo, manifests } from './two-on-docker.ts';

// An upgrade to the first minor that knows no docker, of two CentOS 7 hosts on it. The programs are the lab's under other numbers.
const k = kit('leaving-docker');
const file = join(k.folder, 'cluster.yaml');
const docker = ['name: docker', "version: '20.10'"];
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

function writeFile(version: string, ...runtime: readonly string[]): void {
  const text = fileOfTwo(k, hosts, offers.get(version) as Offered, ...runtime);
  writeFileSync(file, text.replace(/^kubernetesVersion: .*$/m, `kubernetesVersion: ${version}`));
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

describe.runIf(k.lab.version.docker)('a cluster on docker', () => {
  it('of the last minor that knows it', { timeout: 900_000 }, async () => {
    writeFile(from, ...docker);
    await done('up');
    await done('kubeconfig', 'fetch', '--to', k.kubeconfig);
    expect(await nodes()).toMatch(new RegExp(`^m1 ${from} docker://20.10.\\S+ \nn1 ${from} docker://20.10.\\S+ \n$`));
    await k.kubectl('create', '-f', join(manifests, 'pages.yaml'));
    await expectPage(k, hosts[1]);
  });

  it('is not upgraded beyond it while the file keeps docker', async () => {
    writeFile(to, ...docker);
    const { code, stdout, stderr } = await kinit('upgrade', '--dry-run');
    expect(code, `${stdout}${stderr}`).toBe(2);
    expect(stdout).toMatch(/docker/);
  });

  it('leaves docker node by node in the upgrade that the file has it leave with', { timeout: 1_200_000 }, async () => {
    writeFile(to, 'name: containerd');
    await done('upgrade', '--no-snapshot');
    expect(await nodes()).toMatch(new RegExp(`^m1 ${to} containerd://\\S+ \nn1 ${to} containerd://\\S+ \n$`));
    await expectPage(k, hosts[1]);
    for (const host of hosts) {
      expect(await on(host, 'docker', 'ps', '-aq', '--filter', 'name=^/k8s_')).toBe('');
      expect(await on(host, 'cat', '/var/lib/kubelet/kubeadm-flags.env')).not.toContain('network-plugin');
    }
  });

  it('and nothing is left to do then', { timeout: 300_000 }, async () => {
    expect(await done('plan', '--all', '--exit-code')).toBe('Nothing to do: everything is as the file says.\n');
  });
});
