import { describe, expect, test } from 'vitest';
import { nothingObserved } from '../../../src/execute/observed.ts';
import type { InitContext } from '../../../src/phases/context.ts';
import { kubeletStart } from '../../../src/phases/kubelet-start.ts';
import { uploadConfig } from '../../../src/phases/upload-config.ts';
import { waitControlPlane } from '../../../src/phases/wait-control-plane.ts';
import { type ConfigOverrides, initConfig, release } from '../manifests/config.ts';

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

const gated = (name: string, enabled: boolean): ConfigOverrides => ({ cluster: { featureGates: { [name]: enabled } } });

describe('the gate NodeLocalCRISocket', () => {
  test.each([
    ['1.31', undefined, true],
    ['1.32', undefined, true],
    ['1.32', true, false],
    ['1.34', undefined, false],
    ['1.34', false, true],
    ['1.36', undefined, false],
  ])('%s, set to %s: the socket stands on the Node %s, else in a file of the kubelet', (version, gate, onNode) => {
    const context = contextOf(version, gate === undefined ? {} : gated('NodeLocalCRISocket', gate));
    const marks = uploadConfig.desired(context, nothingObserved).filter(({ kind }) => kind === 'node');
    const files = kubeletStart
      .desired(context, nothingObserved)
      .flatMap((change) => (change.kind === 'file' ? [change.path] : []));
    expect(marks).toHaveLength(onNode ? 1 : 0);
    expect(files.includes('/var/lib/kubelet/instance-config.yaml')).toBe(!onNode);
  });
});

/** What init waits for, as `component: url`. */
function waits(context: InitContext): readonly string[] {
  return waitControlPlane
    .desired(context, nothingObserved)
    .flatMap((change) => (change.kind === 'wait' ? [change.until] : []))
    .map((until) => (until.on === 'http' ? until.url : until.on === 'api' ? `api ${until.path}` : ''));
}

const kubelet = 'http://127.0.0.1:10248/healthz';

describe('the gate WaitForAllControlPlaneComponents', () => {
  test.each([
    ['1.29', undefined, ['api /healthz']],
    ['1.30', undefined, ['api /healthz']],
    ['1.30', true, ['api /healthz', 'https://127.0.0.1:10257/healthz', 'https://127.0.0.1:10259/healthz']],
    ['1.32', true, ['api /livez', 'https://127.0.0.1:10257/healthz', 'https://127.0.0.1:10259/livez']],
    ['1.33', undefined, ['api /livez', 'https://127.0.0.1:10257/healthz', 'https://127.0.0.1:10259/livez']],
    ['1.33', false, ['api /healthz']],
    ['1.36', undefined, ['api /livez', 'https://127.0.0.1:10257/healthz', 'https://127.0.0.1:10259/livez']],
  ])('%s, set to %s: %j is waited for after the kubelet', (version, gate, urls) => {
    const overrides = gate === undefined ? {} : gated('WaitForAllControlPlaneComponents', gate);
    expect(waits(contextOf(version, overrides))).toEqual([
      kubelet,
      ...urls.map((url) => expect.stringMatching(`^${url}`) as string),
    ]);
  });
});

describe('components are asked where their manifests say', () => {
  const scheduler = (...extraArgs: readonly { name: string; value: string }[]) =>
    waits(contextOf('1.36', { cluster: { scheduler: { extraArgs, extraVolumes: [], extraEnvs: [] } } })).at(-1);

  test.each([
    ['192.0.2.10', 'https://192.0.2.10:10259/livez'],
    ['0.0.0.0', 'https://127.0.0.1:10259/livez'],
    ['::', 'https://[::1]:10259/livez'],
    ['2001:db8::1', 'https://[2001:db8::1]:10259/livez'],
  ])('--bind-address=%s: %s', (value, url) => {
    expect(scheduler({ name: 'bind-address', value })).toBe(url);
  });

  test('--secure-port', () => {
    expect(scheduler({ name: 'secure-port', value: '20259' })).toBe('https://127.0.0.1:20259/livez');
  });
});

const elsewhere = { endpoints: ['https://192.168.1.20:2379'], caFile: '', certFile: '', keyFile: '' };

test.each<[string, ConfigOverrides, true | undefined]>([
  ['of its own', {}, true],
  ['elsewhere', { cluster: { etcd: { external: elsewhere } } }, undefined],
])('the wait for an API server with etcd %s', (_, overrides, needsEtcd) => {
  const [wait] = waitControlPlane
    .desired(contextOf('1.20', overrides), nothingObserved)
    .flatMap((change) => (change.kind === 'wait' && change.until.on === 'api' ? [change] : []));
  expect(wait?.needsEtcd).toBe(needsEtcd);
});
