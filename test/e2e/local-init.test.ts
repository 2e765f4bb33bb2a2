import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LabHost } from '../lab/host.ts';
import { fingerprint, kit, on } from './kit.ts';

const k = kit('local');
let cp1: LabHost;

beforeAll(async () => {
  [cp1] = (await k.lab.up([{ name: 'cp1', bindNode: true }])) as [LabHost];
});
afterAll(() => k.lab.down());

describe('(b) init on the host itself', () => {
  it('touches nothing in a dry run', async () => {
    const before = await fingerprint(cp1);
    const { code, stderr } = await cp1.run(['kinit', 'init', '--dry-run', '--pod-network-cidr', '10.244.0.0/16'], {
      timeout: 240,
    });
    expect(code, stderr).toBe(0);
    expect(await fingerprint(cp1)).toBe(before);
  });

  it('brings up a control plane of the version of the kubelet that is there', async () => {
    const { code, stdout, stderr } = await cp1.run(['kinit', 'init', '--pod-network-cidr', '10.244.0.0/16'], {
      timeout: 300,
    });
    expect(code, stderr).toBe(0);
    expect(stderr).toContain('Using Kubernetes version: v1.20.2');
    expect(stdout).toContain('mkdir -p $HOME/.kube');
    expect(await on(cp1, 'kubectl', '--kubeconfig=/etc/kubernetes/admin.conf', 'get', 'nodes')).toMatch(
      /cp1 .*control-plane,master/,
    );
  });

  it('is finished by running it again after a kill at any moment', async () => {
    for (const after of ['0.4', '1.2', '3']) {
      await cp1.recreate();
      await cp1.run(['timeout', '-s', 'KILL', after, 'kinit', 'init', '--pod-network-cidr', '10.244.0.0/16'], {
        timeout: 60,
      });
      const { code, stderr } = await cp1.run(['kinit', 'init', '--pod-network-cidr', '10.244.0.0/16'], {
        timeout: 300,
      });
      expect(code, `killed after ${after} s: ${stderr}`).toBe(0);
      const verified = await on(
        cp1,
        'openssl',
        'verify',
        '-CAfile',
        '/etc/kubernetes/pki/ca.crt',
        '/etc/kubernetes/pki/apiserver.crt',
      );
      expect(verified).toContain('OK');
    }
  });
});
