import { describe, expect, test } from 'vitest';
import type { Change } from '../../../src/execute/change.ts';
import { nothingObserved } from '../../../src/execute/observed.ts';
import { bootstrapTokenObjects } from '../../../src/manifests/bootstrap-token.ts';
import { bootstrapToken } from '../../../src/phases/bootstrap-token.ts';
import { certs } from '../../../src/phases/certs.ts';
import type { InitContext } from '../../../src/phases/context.ts';
import { joinPreflight } from '../../../src/phases/join/preflight.ts';
import { waitControlPlane } from '../../../src/phases/wait-control-plane.ts';
import { type ConfigOverrides, initConfig, minors, release } from '../manifests/config.ts';

function contextOf(version: string, overrides: ConfigOverrides = {}): InitContext {
  return {
    config: initConfig(version, overrides),
    release: release(version),
    hostname: 'cp1',
    proxyEnvironment: new Map(),
    caDirectories: [],
    systemdResolved: false,
    now: 0,
    patches: [],
    tokenIsOurs: true,
    owned: 'bare',
  };
}

/** What a change prints, before it and when it is over. */
function linesOf(change: Change): readonly string[] {
  if (change.kind === 'note') return [change.text];
  const after = change.kind === 'wait' ? [change.healthy] : [];
  return [change.says, ...after].filter((line) => line !== undefined).flatMap((line) => line.split('\n'));
}

const waitLines = (version: string, overrides?: ConfigOverrides) =>
  waitControlPlane.desired(contextOf(version, overrides), nothingObserved).flatMap(linesOf);

const bootUp =
  '[wait-control-plane] Waiting for the kubelet to boot up the control plane as static Pods from directory "/etc/kubernetes/manifests"';

const apiClient = [
  `${bootUp}. This can take up to 4m0s`,
  '[apiclient] All control plane components are healthy after %f seconds',
];
const kubeletCheck = [
  '[kubelet-check] Waiting for a healthy kubelet at http://127.0.0.1:10248/healthz. This can take up to 4m0s',
  '[kubelet-check] The kubelet is healthy after %v',
];
const apiCheck = [
  '[api-check] Waiting for a healthy API server. This can take up to 4m0s',
  '[api-check] The API server is healthy after %v',
];
const checkingAll = [
  '[control-plane-check] Waiting for healthy control plane components. This can take up to 4m0s',
  '[control-plane-check] Checking kube-apiserver at https://192.0.2.10:6443/livez',
  '[control-plane-check] Checking kube-controller-manager at https://127.0.0.1:10257/healthz',
  '[control-plane-check] Checking kube-scheduler at https://127.0.0.1:10259/livez',
  '[control-plane-check] kube-apiserver is healthy after %v',
  '[control-plane-check] kube-controller-manager is healthy after %v',
  '[control-plane-check] kube-scheduler is healthy after %v',
];

describe('kubeadm’s lines while the control plane is waited for', () => {
  test.each([
    ['1.18', apiClient],
    ['1.20', apiClient],
    ['1.24', apiClient],
    ['1.29', apiClient],
    [
      '1.30',
      [
        bootUp,
        '[kubelet-check] Waiting for a healthy kubelet. This can take up to 4m0s',
        '[kubelet-check] The kubelet is healthy after %v',
        ...apiCheck,
      ],
    ],
    ['1.31', [bootUp, ...kubeletCheck, ...apiCheck]],
    ['1.32', [bootUp, ...kubeletCheck, ...apiCheck]],
    ['1.33', [bootUp, ...kubeletCheck, ...checkingAll]],
    ['1.34', [bootUp, ...kubeletCheck, ...checkingAll]],
    ['1.36', [bootUp, ...kubeletCheck, ...checkingAll]],
  ])('are those of %s', (version, lines) => {
    expect(waitLines(version)).toEqual(lines);
  });

  test('speak of all components in 1.31 where its gate asks for all', () => {
    const lines = waitLines('1.31', { cluster: { featureGates: { WaitForAllControlPlaneComponents: true } } });
    expect(lines.join('\n')).toContain('[control-plane-check] kube-scheduler is healthy after');
    expect(lines.join('\n')).not.toContain('[api-check]');
  });

  test('say of a kubelet without a health port that it is not checked', () => {
    const { kubelet } = initConfig('1.36');
    const overrides: ConfigOverrides = {
      init: { kubelet: { ...kubelet, object: { ...kubelet.object, healthzPort: 0 } } },
    };
    expect(waitLines('1.36', overrides)).toContain(
      '[kubelet-check] Skipping the kubelet health check because the healthz port is set to 0',
    );
  });
});

describe('kubeadm’s lines of certificates', () => {
  test('say what those of servers are signed for', () => {
    const lines = certs.desired(contextOf('1.36'), nothingObserved).flatMap(linesOf);
    const signed = lines.filter((line) => line.includes('serving cert is signed for'));
    expect(signed).toEqual([
      '[certs] apiserver serving cert is signed for DNS names [cp1 kubernetes kubernetes.default kubernetes.default.svc kubernetes.default.svc.cluster.local] and IPs [10.96.0.1 192.0.2.10]',
      '[certs] etcd/server serving cert is signed for DNS names [cp1 localhost] and IPs [192.0.2.10 127.0.0.1 ::1]',
      '[certs] etcd/peer serving cert is signed for DNS names [cp1 localhost] and IPs [192.0.2.10 127.0.0.1 ::1]',
    ]);
    const at = lines.indexOf(signed[0] ?? '');
    expect(lines[at - 1]).toBe('[certs] Generating "apiserver" certificate and key');
  });
});

const kubeconfigs = new Map([['/etc/kubernetes/admin.conf', { server: 'https://192.0.2.10:6443' }]]) as never;
const keyPairs = new Map([['/etc/kubernetes/pki/ca', { certificate: 'PEM' }]]) as never;

describe('kubeadm’s lines of bootstrap tokens', () => {
  test.each(['1.20', '1.23', '1.24', '1.31', '1.33', '1.36'])('name every right that is given, in %s', (version) => {
    const context = contextOf(version);
    const bindings = bootstrapTokenObjects(context.release).filter(({ kind }) => kind === 'ClusterRoleBinding');
    const lines = bootstrapToken.desired(context, { ...nothingObserved, kubeconfigs, keyPairs }).flatMap(linesOf);
    const word = ['1.20', '1.23'].includes(version) ? 'configured' : 'Configured';
    const rights = lines.filter((line) => line.startsWith(`[bootstrap-token] ${word} RBAC rules to allow`));
    expect(rights).toHaveLength(bindings.length);
    expect(rights[0]).toBe(`[bootstrap-token] ${word} RBAC rules to allow Node Bootstrap tokens to get nodes`);
  });
});

describe('kubeadm’s lines of a join', () => {
  test.each([
    ['1.20', 'Reading configuration from the cluster...', 'FYI: You can look at this config file with'],
    ['1.31', 'Reading configuration from the cluster...', 'FYI: You can look at this config file with'],
    ['1.32', 'Reading configuration from the "kubeadm-config" ConfigMap in namespace "kube-system"...', 'Use'],
    ['1.36', 'Reading configuration from the "kubeadm-config" ConfigMap in namespace "kube-system"...', 'Use'],
  ])('tell in %s where the configuration comes from', (version, first, second) => {
    const [one, two] = release(version).lines.readsConfiguration;
    expect(one).toBe(`[preflight] ${first}`);
    expect(two?.startsWith(`[preflight] ${second}`)).toBe(true);
  });
});

describe('kubeadm’s lines', () => {
  test.each(minors)('are known for %s', (minor) => {
    const { lines } = release(minor);
    expect(lines.bootUp('/etc/kubernetes/manifests', '4m0s')).toContain(bootUp);
    expect(lines.apiServer.healthy).toMatch(/healthy after %[vf]/);
    expect(joinPreflight.name).toBe('preflight');
  });
});
