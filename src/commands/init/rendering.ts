import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { objectKey } from '../../execute/change.ts';
import type { Decided } from '../../execute/decided.ts';
import type { KubeObject } from '../../kube/client.ts';
import type { OverlayKubeClient } from '../../kube/overlay-client.ts';
import { mergeNodeMarks } from '../../manifests/node-marks.ts';
import { adminAccess } from '../../phases/admin-access.ts';
import { silentReporter } from '../../report/reporter.ts';
import { openTarget } from '../input/targets.ts';
import { type InitRun, initOn } from './on-host.ts';

/**
 * Renders everything for a bare host below a folder, with this machine's name and addresses where none are given; a
 * phase alone goes on with what earlier ones left in the folder.
 */
export async function intoFolder(run: InitRun, folder: string): Promise<void> {
  const { localHost } = await import('../../host/local-host.ts');
  const { overlayHost } = await import('../../host/overlay.ts');
  const { overlayKubeClient } = await import('../../kube/overlay-client.ts');
  const here = localHost();
  try {
    const { facts: machine } = await here.observe({ facts: true });
    if (machine === undefined) throw new Error('this machine told no facts');
    const facts = { ...machine, runtime: { ...machine.runtime, sockets: [] }, runtimes: [] };
    const skip = [...(run.selection.skip ?? []), 'preflight'];
    const kube = overlayKubeClient();
    const host = overlayHost({ name: 'localhost', facts, folder, goesOn: run.selection.only !== undefined });
    const { changed } = await initOn({ ...run, selection: { ...run.selection, skip } }, host, kube);
    await writeObjects(ownObjects(kube, changed, run), folder);
    run.story.reporter.report({
      type: 'line',
      host: 'localhost',
      text: `[init] Rendered below ${folder}; nothing was changed elsewhere`,
    });
  } finally {
    await here.close();
  }
}

/** The objects of a phase as YAML; no cluster is asked and nothing changed. */
export async function printManifests(run: InitRun): Promise<void> {
  const { overlayHost } = await import('../../host/overlay.ts');
  const { overlayKubeClient } = await import('../../kube/overlay-client.ts');
  const { localHost } = await import('../../host/local-host.ts');
  const host = run.flags.host === undefined ? localHost() : await openTarget(run.flags, run.io);
  try {
    const kube = overlayKubeClient();
    const { changed } = await initOn(
      { ...run, story: { ...run.story, reporter: silentReporter } },
      overlayHost({ name: host.name, base: host }),
      kube,
    );
    const objects = ownObjects(kube, changed, run).map(unsigned);
    if (run.story.json) run.io.result({ objects });
    else run.io.stdout.write(await yamlOf(objects));
  } finally {
    await host.close();
  }
}

/** What would have been written; of a phase alone without what it builds on, the administrator's rights. */
function ownObjects(
  kube: OverlayKubeClient,
  changed: readonly Decided[],
  { selection: { only } }: InitRun,
): readonly KubeObject[] {
  const nodes = markedNodes(changed);
  if (only === undefined) return [...kube.written(), ...nodes];
  const foundation = changed.flatMap(({ phase, change }) =>
    phase === adminAccess.name && change.kind === 'object' ? [objectKey(change.object)] : [],
  );
  return [...kube.written().filter((object) => !foundation.includes(objectKey(object))), ...nodes];
}

/** The nodes that kubelets would have registered, with what they would have been marked with: no cluster, no kubelet. */
function markedNodes(changed: readonly Decided[]): readonly KubeObject[] {
  const nodes = new Map<string, KubeObject>();
  for (const { change } of changed) {
    if (change.kind !== 'node') continue;
    const { name } = change;
    nodes.set(name, mergeNodeMarks(nodes.get(name) ?? { apiVersion: 'v1', kind: 'Node', metadata: { name } }, change));
  }
  return [...nodes.values()];
}

async function writeObjects(objects: readonly KubeObject[], folder: string): Promise<void> {
  const path = join(folder, 'api-objects.yaml');
  const text = await yamlOf(objects);
  const { makeFolder, onUserFile } = await import('../../host/user-files.ts');
  await onUserFile('write', path, async () => {
    await makeFolder(folder);
    // Tokens are among the objects; a file that is there keeps its mode.
    await rm(path, { force: true });
    await writeFile(path, text, { mode: 0o600 });
  });
}

/** kubeadm prints a component's configuration before it notes whether the user has changed it since. */
function unsigned(object: KubeObject): KubeObject {
  if (object.kind !== 'ConfigMap') return object;
  const { annotations: _, ...metadata } = object.metadata;
  return { ...object, metadata };
}

async function yamlOf(objects: readonly KubeObject[]): Promise<string> {
  const { toYaml } = await import('../../yaml.ts');
  return objects.map((object) => toYaml(object)).join('---\n');
}
