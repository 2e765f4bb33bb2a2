import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LabHost } from '../lab/host.ts';
import { type Found, find, kept } from './found.ts';
import { at, kit, on, ssh } from './kit.ts';
import { expectPage, fileOfTwo, manifests } from './two-on-docker.ts';

const k = kit('docker');
const file = join(k.folder, 'cluster.yaml');
let hosts: readonly LabHost[];
let found: readonly Found[];

beforeAll(async () => {
  hosts = await k.lab.up(['m1', 'n1'].map((name) => ({ name, flavour: 'centos-7' as const })));
  found = await Promise.all(hosts.map(find));
  writeFile('name: docker', "version: '20.10'");
});
afterAll(() => k.lab.down());

function writeFile(...runtime: readonly string[]): void {
  writeFileSync(file, fileOfTwo(k, hosts, k.lab.repository, ...runtime));
}

const kinit = (...argv: string[]) => k.kinit([...argv, '--config', file, ...ssh(k)], { timeout: 570 });

/**
 * But for the copies that groupadd keeps of its files, and for docker's zone at runtime, empty until firewalld is loaded
 * again.
 */
const asFound = (state: Found): Found => {
  const { etc, firewall, ...rest } = kept(state);
  return {
    ...rest,
    etc: etc.filter((line) => !/ \/etc\/(group-|gshadow-|\.pwd\.lock)$/.test(line)),
    firewall: firewall.replace(/^docker\n(?: .*\n)*\n/m, ''),
  };
};

describe.runIf(k.lab.version.docker)('two bare CentOS 7 hosts', () => {
  it('become a cluster on docker with one command', async () => {
    const { code, stdout, stderr } = await kinit('up');
    expect(code, `${stdout}${stderr}`).toBe(0);
    const fetched = ['kubeconfig', 'fetch', '--host', `root@${hosts[0]?.address}`, ...ssh(k), '--to', k.kubeconfig];
    expect((await k.kinit(fetched)).code).toBe(0);
    await k.kubectl('wait', '--for=condition=Ready', 'nodes', '--all', '--timeout=10s');
    const path = '{range .items[*]}{.metadata.name} {.status.nodeInfo.containerRuntimeVersion}{"\\n"}{end}';
    const nodes = await k.kubectl('get', 'nodes', '-o', `jsonpath=${path}`);
    expect(nodes).toMatch(/^m1 docker:\/\/20\.10\.\S+\nn1 docker:\/\/20\.10\.\S+\n$/);
  });

  it('are as the file says: nothing is left to plan on any of them', async () => {
    const { code, stdout, stderr } = await kinit('plan', '--all', '--exit-code');
    expect([code, stdout], stderr).toEqual([0, 'Nothing to do: everything is as the file says.\n']);
  });

  it('serve a page', async () => {
    await k.kubectl('create', '-f', join(manifests, 'pages.yaml'));
    await expectPage(k, hosts[1]);
  });

  it('leave docker one after the other, which is removed, with one command when the file says so, and serve their page on', async () => {
    writeFile('name: containerd', 'docker: remove');
    const { code, stdout, stderr } = await kinit('up');
    expect(code, `${stdout}${stderr}`).toBe(0);
    const path =
      '{range .items[*]}{.metadata.name} {.status.nodeInfo.containerRuntimeVersion} {.spec.unschedulable}{"\\n"}{end}';
    const nodes = await k.kubectl('get', 'nodes', '-o', `jsonpath=${path}`);
    expect(nodes).toMatch(/^m1 containerd:\/\/\S+ \nn1 containerd:\/\/\S+ \n$/);
    for (const host of hosts) {
      expect(
        await on(host, 'sh', '-c', 'command -v docker dockerd; rpm -qa "docker-*"; ls /sys/class/net'),
      ).not.toContain('docker');
      expect(await on(host, 'rpm', '-q', 'containerd.io')).toContain('containerd.io');
    }
    await expectPage(k, hosts[1]);
    const again = await kinit('plan', '--all', '--exit-code');
    expect([again.code, again.stdout], again.stderr).toEqual([0, 'Nothing to do: everything is as the file says.\n']);
  });

  it('are as found after `kinit down`: no chain, bridge, group or image of docker is left', async () => {
    const { code, stdout, stderr } = await kinit('down', '--yes');
    expect(code, `${stdout}${stderr}`).toBe(0);
    const after = await Promise.all(hosts.map(find));
    expect(after.map(asFound)).toEqual(found.map(asFound));
    for (const host of hosts)
      expect(await on(host, 'ls', '-A', '/var/lib/docker', '/var/lib/containerd')).not.toMatch(/^[^/\n]/m);
  });
});

describe.runIf(k.lab.version.docker)('a docker of the operator’s own', () => {
  it('is used, and afterwards runs on with its settings and what it holds', async () => {
    const [, host] = hosts;
    await on(host!, 'sh', '-c', installing(k.lab.repository.url));
    const before = await find(host!);
    const held = 'cat /etc/docker/daemon.json; docker volume ls -q; docker info --format "{{.CgroupDriver}}"';
    const holds = await on(host!, 'sh', '-c', held);

    writeFile('name: docker');
    const prepared = await kinit('prepare', '--host', 'n1');
    expect(prepared.code, `${prepared.stdout}${prepared.stderr}`).toBe(0);
    expect(await on(host!, 'docker', 'info', '--format', '{{.CgroupDriver}}')).toBe('systemd\n');
    const { code, stderr } = await k.kinit(['reset', '--force', ...at(host!), ...ssh(k)], { timeout: 300 });
    expect(code, stderr).toBe(0);

    expect(await on(host!, 'sh', '-c', held)).toBe(holds);
    expect(asFound(await find(host!))).toEqual(asFound(before));
  });
});

/** As an operator does it, years before Kubernetes. */
function installing(repository: string): string {
  return `set -e
yum -y -q --disablerepo='*' --repofrompath=lab,${repository} --repofrompath=os,${k.lab.vault}/7.9.2009/os/x86_64 --nogpgcheck install docker-ce
mkdir -p /etc/docker
echo '{ "log-opts": { "max-size": "10m" } }' >/etc/docker/daemon.json
systemctl enable --now docker
docker volume create mine`;
}
