import { createHash } from 'node:crypto';
import { isSamePod } from '../../src/manifests/pod-defaults.ts';
import { manifestsDirectory } from '../../src/release/paths.ts';
import { parseYaml } from '../../src/yaml.ts';
import type { FakeKube } from './kube.ts';
import type { FakeMachine } from './machine.ts';

type Pod = {
  readonly metadata: Readonly<Record<string, object | string>>;
  readonly spec: Readonly<Record<string, unknown>>;
};

/** What each pod was made from, so that text that says the same makes no other one. */
const shown = new WeakMap<FakeKube, Map<string, Pod>>();

/** The mirrors of the static pods of a machine, as its kubelet keeps them: with a hash of what the manifests say. */
export async function showStaticPods(machine: FakeMachine, cluster: FakeKube, node: string): Promise<void> {
  const known = shown.get(cluster) ?? new Map<string, Pod>();
  shown.set(cluster, known);
  const files = [...machine.files()].filter(([path]) => path.startsWith(`${manifestsDirectory}/`));
  for (const [path, { text }] of files) {
    const pod = parseYaml(text, path)[0]?.value as unknown as Pod;
    const name = `${String(pod.metadata['name'])}-${node}`;
    const before = known.get(name);
    if (before !== undefined && isSamePod(before, pod) && machine.runs(text)) continue;
    known.set(name, pod);
    const hash = createHash('sha256').update(text).digest('hex').slice(0, 32);
    const annotations = {
      ...(pod.metadata['annotations'] as object),
      'kubernetes.io/config.hash': hash,
      'kubernetes.io/config.mirror': hash,
    };
    const phase = machine.runs(text) ? 'Running' : 'Failed';
    const ref = { apiVersion: 'v1', kind: 'Pod', namespace: 'kube-system', name };
    await cluster.delete(ref);
    await cluster.create({
      ...ref,
      metadata: { ...pod.metadata, name, namespace: 'kube-system', annotations },
      spec: { ...pod.spec, nodeName: node },
      status: { phase, conditions: [{ type: 'Ready', status: phase === 'Running' ? 'True' : 'False' }] },
    } as never);
  }
}
