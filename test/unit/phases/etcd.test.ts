import { describe, expect, it } from 'vitest';
import { nothingObserved } from '../../../src/execute/observed.ts';
import { etcdPod } from '../../../src/manifests/etcd.ts';
import { etcd } from '../../../src/phases/etcd.ts';
import { toYaml } from '../../../src/yaml.ts';
import { initConfig, release } from '../manifests/config.ts';

const version = 'v1.31.4';
const config = initConfig(version, {});
const context = {
  config,
  release: release(version),
  patches: [],
  proxyEnvironment: new Map<string, string>(),
  caDirectories: [],
};
const own = {
  name: config.nodeRegistration.name,
  peerURL: `https://${config.localAPIEndpoint.advertiseAddress}:2380`,
};

/** The manifest that is wanted where this one is there. */
function wanted(there: string) {
  const files = new Map([
    [
      '/etc/kubernetes/manifests/etcd.yaml',
      { type: 'file' as const, content: Buffer.from(there), mode: 0o600, owner: 'root' },
    ],
  ]);
  const changes = etcd.desired(context, { ...nothingObserved, files } as unknown as typeof nothingObserved);
  return changes.flatMap((change) => (change.kind === 'file' ? [change.content] : []));
}

describe('the manifest of a member of etcd', () => {
  it('goes on with the cluster that the member joined, where init finds a control plane that joined', () => {
    const joined = toYaml(
      etcdPod(config, release(version), { initialCluster: [{ name: 'm1', peerURL: 'https://192.0.2.9:2380' }, own] }),
    );
    expect(joined).toContain('--initial-cluster-state=existing');
    expect(wanted(joined)).toEqual([joined]);
  });

  it('is made anew where the one that is there is another member’s, or of one that began the cluster', () => {
    const first = toYaml(etcdPod(config, release(version)));
    const others = toYaml(
      etcdPod(config, release(version), { initialCluster: [{ name: 'm1', peerURL: 'https://192.0.2.9:2380' }] }),
    );
    expect(wanted(others)).toEqual([first]);
    expect(wanted(first)).toEqual([first]);
  });
});
