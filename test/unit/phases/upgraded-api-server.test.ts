import { describe, expect, test } from 'vitest';
import type { Observed } from '../../../src/execute/observed.ts';
import { staticPodUpgrade, upgradedPod } from '../../../src/phases/upgrade/static-pod.ts';
import { type UpgradeContext, upgradeFolders } from '../../../src/phases/upgrade-context.ts';
import { staticPodFile } from '../../../src/release/paths.ts';
import type { StaticPodName } from '../../../src/release/static-pod-arguments.ts';
import { toYaml } from '../../../src/yaml.ts';
import { initConfig, release } from '../manifests/config.ts';

const nothing = new Map<string, never>();
const empty = { files: nothing, paths: nothing, keyPairs: nothing, objects: nothing } as unknown as Observed;

function contextAt(version: string, extraArgs: readonly { name: string; value: string }[] = []): UpgradeContext {
  const config = initConfig(version, {
    cluster: { apiServer: { extraArgs, extraVolumes: [], extraEnvs: [], certSANs: [] } },
  });
  const folders = upgradeFolders(0);
  return {
    config,
    release: release(version),
    folders,
    patches: [],
    caDirectories: [],
    proxyEnvironment: nothing,
  } as unknown as UpgradeContext;
}

/** What the wait for a component's new pod goes by, where such an image runs now. */
function waitedFor(component: StaticPodName, image: string) {
  const before = upgradedPod(component, contextAt('1.20.2'), empty) as {
    spec: { containers: readonly object[] };
  };
  const there = { ...before, spec: { ...before.spec, containers: [{ ...before.spec.containers[0], image }] } };
  const path = staticPodFile(component);
  const files = new Map([[path, { type: 'file', content: Buffer.from(toYaml(there)) }]]);
  const context = contextAt('1.21.9', [{ name: 'v', value: '2' }]);
  const changes = staticPodUpgrade(component).desired(context, { ...empty, files } as unknown as Observed);
  const wait = changes.find((change) => change.kind === 'wait' && change.until.on === 'static-pod');
  if (wait?.kind !== 'wait' || wait.until.on !== 'static-pod') throw new Error('nothing is waited for');
  return wait.until.serves;
}

describe('an API server that is upgraded', () => {
  test.each<[string, StaticPodName, string, object | undefined]>([
    [
      'tells that it is the new one where the one before had another version',
      'kube-apiserver',
      'k8s.gcr.io/kube-apiserver:v1.20.2',
      { url: 'https://192.0.2.10:6443', version: 'v1.21.9' },
    ],
    ['does not tell where that had the same', 'kube-apiserver', 'k8s.gcr.io/kube-apiserver:v1.21.9', undefined],
    ['does not tell where nobody knows what that had', 'kube-apiserver', 'mirror/kube-apiserver:mine', undefined],
    ['is the only component that is asked', 'kube-scheduler', 'k8s.gcr.io/kube-scheduler:v1.20.2', undefined],
  ])('%s', (_, component, image, expected) => {
    expect(waitedFor(component, image)).toEqual(expected);
  });
});
