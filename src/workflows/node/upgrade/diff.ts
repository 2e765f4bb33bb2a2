import { observe } from '../../../execute/observe.ts';
import { mergeReads } from '../../../execute/observed.ts';
import { staticPodUpgrade, upgradedPod } from '../../../phases/upgrade/static-pod.ts';
import { staticPodFile, staticPodNames } from '../../../release/paths.ts';
import { fileDiff } from '../../../report/unified-diff.ts';
import { toYaml } from '../../../yaml.ts';
import type { BegunUpgrade } from './upgrade.ts';

/** What an upgrade would change in the manifests of the host's static pods, as unified diffs; nothing is changed. */
export async function diffManifests(
  { context, target }: BegunUpgrade,
  lines: number | undefined,
): Promise<readonly string[]> {
  const names = staticPodNames.filter((name) => name !== 'etcd' || context.config.cluster.etcd.local !== undefined);
  const reads = mergeReads(names.map((name) => staticPodUpgrade(name).reads(context)));
  const observed = await observe(target.host, target.kube, { ...reads, objects: [] });
  return names.flatMap((name) => {
    const path = staticPodFile(name);
    const before = observed.files.get(path)?.content?.toString('utf8');
    const diff = fileDiff(path, before, toYaml(upgradedPod(name, context, observed)), lines);
    return diff === '' ? [] : [diff];
  });
}
