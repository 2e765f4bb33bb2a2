import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LabHost } from '../lab/host.ts';
import { at, kit, on, ssh } from './kit.ts';

const k = kit('prepare');
const { version } = k.lab;
const file = join(k.folder, 'cluster.yaml');
let hosts: readonly LabHost[];
let found: readonly string[];

beforeAll(async () => {
  hosts = await k.lab.up([
    { name: 'c9', flavour: 'centos-stream-9' },
    { name: 'c7', flavour: 'centos-7' },
  ]);
  found = await Promise.all(hosts.map(state));
  writeFile();
});
afterAll(() => k.lab.down());

/** One host of each flavour; the vault and the packages come from the lab's own mirror. */
function writeFile(kubernetesVersion = version.kubernetes): void {
  const { repository, timeServer } = k.lab;
  const mirror = new URL(repository.url).origin;
  const entries = hosts.map(
    ({ address }, index) =>
      `- { name: node${index}, address: ${address}${index === 0 ? ', role: control-plane' : ''} }`,
  );
  writeFileSync(
    file,
    `apiVersion: kinit.dev/v1alpha1
kind: Inventory
ssh: { user: root }
hosts:
${entries.join('\n')}
preparation: { ntpServers: [${timeServer}], vaultRepositories: '${mirror}' }
packages: { source: '${repository.url}', gpgKeys: ['${repository.key}'] }
network: { plugin: none }
---
${k.cluster({ podSubnet: '10.244.0.0/16', kubernetesVersion })}`,
  );
}

const kinit = (...argv: string[]) => k.kinit([...argv, '--config', file, ...ssh(k)], { timeout: 570 });

/** Files, packages, services and firewall of a host, to see later that they are so again. */
function state(host: LabHost): Promise<string> {
  const script = [
    'hostname',
    'find /etc -xdev -type f -exec sha256sum {} + | sort -k 2',
    "rpm -qa --qf '%{NAME}-%{VERSION}-%{RELEASE}\\n' | sort",
    'systemctl list-unit-files --no-legend --state=enabled | grep -v ^machine',
    'firewall-cmd --list-all-zones',
    'firewall-cmd --permanent --list-all-zones',
  ].join('; ');
  return on(host, 'sh', '-c', script);
}

describe('bare CentOS hosts', () => {
  it('say what stands in the way, and are not touched by it', async () => {
    const { code, stdout } = await kinit('preflight');
    expect([code, stdout]).toEqual([0, expect.stringContaining('kinit prepare does it')]);
    expect(await Promise.all(hosts.map(state))).toEqual(found);
  });

  it('are told the nearest versions when a package of this one is nowhere', async () => {
    const [, minor] = version.kubernetes.split('.');
    writeFile(`v1.${minor}.99`);
    const { code, stdout } = await kinit('prepare', '--host', 'node0');
    writeFile();
    expect(code).toBe(1);
    expect(stdout).toContain(
      `no repository of the host has kubelet 1.${minor}.99; the nearest are ${version.later.slice(1)}`,
    );
  });

  it('are ready for Kubernetes after `kinit prepare`, and stay as they are the second time', async () => {
    expect(await kinit('prepare')).toMatchObject({ code: 0 });
    for (const host of hosts) {
      expect(await on(host, 'kubelet', '--version')).toContain(version.kubernetes);
      expect(await on(host, 'systemctl', 'is-active', 'containerd')).toContain('active');
      expect(await on(host, 'firewall-cmd', '--list-ports')).toContain('10250/tcp');
    }
    const { code, stdout } = await kinit('prepare');
    expect([code, stdout.match(/as wanted/g)?.length]).toEqual([0, 2]);
    for (const host of hosts) await on(host, 'chronyc', 'waitsync', '60', '0', '0', '2');
    expect((await kinit('preflight')).stdout).not.toContain('kinit prepare');
  });

  it('keep their versions when everything else is updated', async () => {
    const [first] = hosts;
    await on(first!, 'dnf', '-y', '-q', 'update');
    expect(await on(first!, 'rpm', '-q', 'kubelet')).toContain(`kubelet-${version.kubernetes.slice(1)}`);
  });

  it('are as they were after `kinit reset`, but for what others have written since', async () => {
    const [first] = hosts;
    await on(first!, 'sh', '-c', 'echo "10.0.0.50 printer" >>/etc/hosts');
    const { code } = await k.kinit(['reset', '--force', ...at(...hosts), ...ssh(k)], { timeout: 570 });
    expect(code).toBe(0);
    expect(await on(first!, 'tail', '-n', '1', '/etc/hosts')).toBe('10.0.0.50 printer\n');
    await on(first!, 'sed', '-i', '$d', '/etc/hosts');
    expect(await Promise.all(hosts.map(state))).toEqual(found);
  });
});
