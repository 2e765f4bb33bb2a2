import { describe, expect, test } from 'vitest';
import type { PhaseName } from '../../../src/release/phase-trees.ts';
import { between, minors, newest, release } from '../manifests/config.ts';

const order = (phases: readonly PhaseName[]) => phases.map(({ name }) => name);
const steps = (phases: readonly PhaseName[], name: string) =>
  order(phases.find((phase) => phase.name === name)?.steps ?? []);

const tail = ['wait-control-plane', 'upload-config', 'upload-certs', 'mark-control-plane', 'bootstrap-token'];
const orders = [
  { minors: between('1.18', '1.18'), files: ['kubelet-start', 'certs', 'kubeconfig', 'control-plane', 'etcd'] },
  { minors: between('1.19', '1.27'), files: ['certs', 'kubeconfig', 'kubelet-start', 'control-plane', 'etcd'] },
  { minors: between('1.28', newest), files: ['certs', 'kubeconfig', 'etcd', 'control-plane', 'kubelet-start'] },
];

describe.each(orders)('init of $minors', ({ minors: range, files }) => {
  test.each(range)('%s writes files in this order and then uses the cluster', (version) => {
    const end = between('1.26', newest).includes(version) ? ['show-join-command'] : [];
    expect(order(release(version).phases.init)).toEqual([
      'preflight',
      ...files,
      ...tail,
      'kubelet-finalize',
      'addon',
      ...end,
    ]);
  });
});

describe.each(minors)('in %s', (version) => {
  const { init, join, reset, upgradeApply, upgradeNode, healthChecks } = release(version).phases;
  const has = (first: string, last: string) => between(first, last).includes(version);

  test('super-admin.conf is a step from 1.29 on', () => {
    expect(steps(init, 'kubeconfig').includes('super-admin')).toBe(has('1.29', newest));
  });

  test('the rotation of the kubelet certificate has the name of its time', () => {
    expect(steps(init, 'kubelet-finalize')).toEqual([
      'all',
      ...(has('1.31', newest) ? ['enable-client-cert-rotation'] : []),
      ...(has('1.18', '1.31') ? ['experimental-cert-rotation'] : []),
    ]);
  });

  test('wait-control-plane shows in help from 1.34 on', () => {
    expect(init.find(({ name }) => name === 'wait-control-plane')?.hidden).toBe(!has('1.34', newest));
  });

  test('join comes to etcd after the bootstrap or before it', () => {
    expect(order(join)).toEqual([
      'preflight',
      'control-plane-prepare',
      'check-etcd',
      'kubelet-start',
      ...(has('1.31', newest) ? ['etcd-join', 'kubelet-wait-bootstrap'] : []),
      'control-plane-join',
      ...(has('1.30', newest) ? ['wait-control-plane'] : []),
    ]);
    expect(steps(join, 'control-plane-join')).toEqual([
      'all',
      ...(has('1.18', '1.35') ? ['etcd'] : []),
      ...(has('1.18', '1.30') ? ['update-status'] : []),
      'mark-control-plane',
    ]);
  });

  test('reset updates the cluster status until that is gone', () => {
    expect(order(reset)).toEqual([
      'preflight',
      ...(has('1.18', '1.22') ? ['update-cluster-status'] : []),
      'remove-etcd-member',
      'cleanup-node',
    ]);
  });

  test('upgrade apply has phases, and upgrade node addons, from 1.32 on', () => {
    expect(upgradeApply.length > 0).toBe(has('1.32', newest));
    expect(order(upgradeNode).includes('addon')).toBe(has('1.32', newest));
  });

  test('every component is waited for from 1.33 on, only the API server before', () => {
    const all = ['kube-apiserver /livez', 'kube-controller-manager /healthz', 'kube-scheduler /livez'];
    expect(healthChecks.map(({ component, path }) => `${component} ${path}`)).toEqual(
      has('1.33', newest) ? all : ['kube-apiserver /healthz'],
    );
  });

  test('the gate WaitForAllControlPlaneComponents decides only where kubeadm has it unlocked', () => {
    expect(release(version).phases.gatedHealthChecks !== undefined).toBe(has('1.30', '1.33'));
  });
});
