import { describe, expect, it } from 'vitest';
import { joinPreflight } from '../../../src/phases/join/preflight.ts';
import type { JoinContext } from '../../../src/phases/join-context.ts';
import { initConfig, release } from '../manifests/config.ts';

describe('what a join reads for its checks', () => {
  it('is all that they name, and the CA by which it knows an earlier run of its own', () => {
    const { cluster, nodeRegistration } = initConfig('1.37');
    const config = { nodeRegistration, caCertPath: '/etc/kubernetes/pki/ca.crt', discovery: {} };
    const context = { config, cluster, kubeletConfiguration: {}, release: release('1.37') } as unknown as JoinContext;
    const { files } = joinPreflight.reads?.(context) ?? {};
    expect(files).toEqual(expect.arrayContaining(['/etc/sysconfig/kubelet', '/etc/resolv.conf', config.caCertPath]));
  });
});
