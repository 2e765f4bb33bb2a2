import { describe, expect, test } from 'vitest';
import type { Observed } from '../../../src/execute/observed.ts';
import { socketScheme } from '../../../src/phases/upgrade/socket-mark.ts';
import type { UpgradeContext } from '../../../src/phases/upgrade-context.ts';
import { initConfig, release } from '../manifests/config.ts';

const annotation = 'kubeadm.alpha.kubernetes.io/cri-socket';

/** The annotation that a node gets which has this one. */
function named(version: string, there: string | undefined) {
  const metadata = { name: 'cp1', annotations: there === undefined ? {} : { [annotation]: there } };
  const objects = new Map([['Node//cp1', { apiVersion: 'v1', kind: 'Node', metadata }]]);
  const context = { config: initConfig(version), release: release(version) } as unknown as UpgradeContext;
  return socketScheme
    .desired(context, { objects } as unknown as Observed)
    .map((change) => change.kind === 'node' && change.annotations[annotation]);
}

describe('the socket on a Node that is upgraded', () => {
  test.each<[string, string, string | undefined, readonly string[]]>([
    ['becomes a URL', '1.24.9', '/run/containerd/containerd.sock', ['unix:///run/containerd/containerd.sock']],
    ['becomes one later, too', '1.33.3', '/run/crio/crio.sock', ['unix:///run/crio/crio.sock']],
    ['stays a URL', '1.24.9', 'unix:///run/containerd/containerd.sock', []],
    ['stays a path before v1.24', '1.23.9', '/run/containerd/containerd.sock', []],
    ['is none where there was none', '1.24.9', undefined, []],
    ['is left to go where kubelets keep it', '1.35.0', '/run/containerd/containerd.sock', []],
  ])('%s: v%s, %s', (_, version, there, expected) => {
    expect(named(version, there)).toEqual(expected);
  });
});
