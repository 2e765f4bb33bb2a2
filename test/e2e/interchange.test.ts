import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LabHost } from '../lab/host.ts';
import { at, kit, on, ssh } from './kit.ts';

const k = kit('interchange');
let cp1: LabHost;
let cp2: LabHost;
let w1: LabHost;
let w2: LabHost;

const ignored = '--ignore-preflight-errors=all';

beforeAll(async () => {
  [cp1, w1, cp2, w2] = (await k.lab.up([
    { name: 'cp1', kubeadm: true },
    { name: 'w1', kubeadm: true },
    { name: 'cp2', kubeadm: true },
    { name: 'w2' },
  ])) as [LabHost, LabHost, LabHost, LabHost];
});
afterAll(() => k.lab.down());

describe('(g) a cluster that kinit made', () => {
  it('takes a worker that the real kubeadm joins', async () => {
    const init = await k.kinit(
      ['init', '--kubernetes-version', 'v1.20.2', '--pod-network-cidr', '10.244.0.0/16', ...at(cp1), ...ssh(k)],
      { timeout: 300 },
    );
    expect(init.code, init.stderr).toBe(0);
    const line = (await on(cp1, 'kubeadm', 'token', 'create', '--print-join-command')).trim();
    expect(line).toContain('kubeadm join');
    await on(w1, ...line.split(/\s+/), ignored);
    expect(await on(cp1, 'kubectl', '--kubeconfig=/etc/kubernetes/admin.conf', 'get', 'nodes', '-o', 'name')).toContain(
      'node/w1',
    );
  });

  it('is read by the real kubeadm: its tokens, its configuration and its certificates', async () => {
    expect(await on(cp1, 'kubeadm', 'token', 'list')).toContain('system:bootstrappers:kubeadm:default-node-token');
    expect(await on(cp1, 'kubeadm', 'config', 'view')).toContain('kubernetesVersion: v1.20.2');
    const expiration = await on(cp1, 'kubeadm', 'certs', 'check-expiration');
    expect(expiration).toContain('apiserver-kubelet-client');
    expect(expiration).not.toContain('MISSING');
  });
});

describe('(g) a cluster that the real kubeadm made', () => {
  it('takes a worker that kinit joins over SSH', async () => {
    await on(
      cp2,
      'kubeadm',
      'init',
      '--kubernetes-version=v1.20.2',
      '--pod-network-cidr=10.244.0.0/16',
      '--cri-socket=/run/containerd/containerd.sock',
      ignored,
    );
    const joined = await k.kinit(['join', ...at(w2), '--control-plane-host', `root@${cp2.address}`, ...ssh(k)], {
      timeout: 240,
    });
    expect(joined.code, joined.stderr).toBe(0);
    expect(await on(cp2, 'kubectl', '--kubeconfig=/etc/kubernetes/admin.conf', 'get', 'nodes', '-o', 'name')).toContain(
      'node/w2',
    );
  });

  it('has tokens that kinit lists', async () => {
    const tokens = await on(cp2, 'kubeadm', 'token', 'list');
    expect(tokens).toContain('signing');
    const listed = await k.kinit(['token', 'list', '--host', `root@${cp2.address}`, ...ssh(k)]);
    expect(listed.code, listed.stderr).toBe(0);
    expect(listed.stdout).toContain(tokens.split('\n')[1]?.slice(0, 6));
  });
});
