import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LabHost } from '../lab/host.ts';
import { kit, on } from './kit.ts';

// Two minutes, and an RPM that `npm run package` has made: $KINIT_LAB_RPM says where it is.
const rpm = process.env['KINIT_LAB_RPM'] ?? '';
const k = kit('rpm');
const { version } = k.lab;
const manifest = join(import.meta.dirname, 'manifests', 'pod-network.yaml');

describe('the RPM on a bare CentOS host without Node', () => {
  let master: LabHost;
  let worker: LabHost;
  const installed = () => on(master, 'rpm', '-ql', 'kinitctl').then((text) => text.trim().split('\n'));

  beforeAll(async () => {
    const flavour = 'centos-stream-9';
    const names = ['m1', 'w1'];
    [master, worker] = (await k.lab.up(names.map((name) => ({ name, flavour })))) as [LabHost, LabHost];
    await copy(rpm, '/root/kinitctl.rpm');
    await copy(manifest, '/root/pod-network.yaml');
    await copy(k.lab.sshKey, '/root/.ssh/id_ed25519');
    await copy(k.lab.knownHosts, '/root/.ssh/known_hosts');
    // As MIT Kerberos has it.
    await on(master, 'sh', '-c', 'echo Kerberos >/usr/bin/kinit; chmod 755 /usr/bin/kinit');
  });
  afterAll(() => k.lab.down());

  async function copy(path: string, to: string): Promise<void> {
    await master.run(['sh', '-c', `umask 077; mkdir -p /root/.ssh; cat >${to}`], { stdin: readFileSync(path) });
  }

  it('is installed by dnf with what it needs, and leaves Kerberos’ kinit alone', async () => {
    await on(master, 'sh', '-c', '! command -v node');
    await on(master, 'dnf', 'install', '-y', '/root/kinitctl.rpm');
    expect(await on(master, 'rpm', '--verify', 'kinitctl')).toBe('');
    expect(await on(master, 'cat', '/usr/bin/kinit')).toBe('Kerberos\n');
    expect(await on(master, 'kinitctl', 'version')).toMatch(/^kinit v\d/);
  });

  it('completes kinitctl in bash', async () => {
    const words = 'COMP_WORDS=(kinitctl up --con) COMP_CWORD=2; _kinitctl_completion; echo "$COMPREPLY"';
    const script = `. /usr/share/bash-completion/completions/kinitctl; ${words}`;
    expect(await on(master, 'bash', '-c', script)).toContain('--config');
  });

  it('brings up a cluster from there: the host itself and another one', async () => {
    const { registry, repository, timeServer } = k.lab;
    const text = `apiVersion: kinit.dev/v1alpha1
kind: Inventory
ssh: { user: root }
hosts:
- { name: m1, address: ${master.address}, role: control-plane }
- { name: w1, address: ${worker.address} }
preparation: { ntpServers: [${timeServer}] }
packages: { source: '${repository.url}', gpgKeys: ['${repository.key}'] }
runtime:
  registryMirrors: { ${version.imageRepository}: ['http://${registry}'], docker.io: ['http://${registry}'] }
network: { plugin: /root/pod-network.yaml }
---
${k.cluster({ podSubnet: '10.244.0.0/16' })}`;
    await master.run(['sh', '-c', 'cat >/root/cluster.yaml'], { stdin: text });
    const { code, stderr } = await master.run(['kinitctl', 'up', '--config', '/root/cluster.yaml'], { timeout: 570 });
    expect(code, stderr).toBe(0);
    const kubectl = ['kubectl', '--kubeconfig=/etc/kubernetes/admin.conf'];
    const nodes = await on(master, ...kubectl, 'get', 'nodes', '--no-headers');
    expect(nodes).toMatch(/^m1 +Ready .*\nw1 +Ready /);
  });

  it('is removed without a trace of its own, and the cluster goes on', async () => {
    const files = (await installed()).filter((path) => path.includes('kinit'));
    await on(master, 'dnf', 'remove', '-y', 'kinitctl');
    const left = await on(master, 'sh', '-c', 'for path; do [ ! -e "$path" ] || echo "$path"; done', 'sh', ...files);
    expect([files.length > 30, left]).toEqual([true, '']);
    expect(await on(master, 'kubectl', '--kubeconfig=/etc/kubernetes/admin.conf', 'get', '--raw', '/readyz')).toBe(
      'ok',
    );
  });
});
