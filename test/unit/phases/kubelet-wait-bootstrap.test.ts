import { describe, expect, it } from 'vitest';
import type { Observed } from '../../../src/execute/observed.ts';
import { kubeletWaitBootstrap } from '../../../src/phases/join/kubelet-wait-bootstrap.ts';
import type { JoinContext } from '../../../src/phases/join-context.ts';

const kubeletConf = '/etc/kubernetes/kubelet.conf';
const current = '/var/lib/kubelet/pki/kubelet-client-current.pem';
const there = { type: 'symlink', mode: 0o777, owner: 'root:root', modified: 0 } as const;

function waitsFor({ rotates = true, has = [] as string[], args = [] as { name: string; value: string }[] }): string[] {
  const context = {
    config: { nodeRegistration: { kubeletExtraArgs: args }, timeouts: { tlsBootstrap: '5m0s' } },
  } as unknown as JoinContext;
  const observed = {
    kubeconfigs: new Map(has.includes(kubeletConf) ? [[kubeletConf, { rotates }]] : []),
    paths: new Map(has.filter((path) => path !== kubeletConf).map((path) => [path, there])),
  } as unknown as Observed;
  return kubeletWaitBootstrap
    .desired(context, observed)
    .flatMap((change) => (change.kind === 'awaited' ? [change.path] : []));
}

describe('the wait for the TLS bootstrap', () => {
  it('is for the kubelet’s kubeconfig and for its certificate', () => {
    expect(waitsFor({})).toEqual([kubeletConf, current]);
  });

  it('is not over with the kubeconfig alone, which comes before the certificate', () => {
    expect(waitsFor({ has: [kubeletConf] })).toEqual([kubeletConf, current]);
  });

  it.each([
    ['the certificate is there', { has: [kubeletConf, current] }],
    ['the kubeconfig itself holds one', { has: [kubeletConf], rotates: false }],
  ])('is over where %s', (_, seen) => {
    expect(waitsFor(seen)).toEqual([]);
  });

  it('looks where the user has the kubelet keep its certificates', () => {
    const args = [{ name: 'cert-dir', value: '/srv/kubelet' }];
    expect(waitsFor({ args })).toEqual([kubeletConf, '/srv/kubelet/kubelet-client-current.pem']);
    expect(waitsFor({ args, has: [kubeletConf, '/srv/kubelet/kubelet-client-current.pem'] })).toEqual([]);
  });
});
