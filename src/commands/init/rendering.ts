import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { objectKey } from '../../execute/change.ts';
import type { Decided } from '../../execute/decided.ts';
import { rehearsing } from '../../execute/run.ts';
import type { KubeObject } from '../../kube/client.ts';
import type { OverlayKubeClient } from '../../kube/overlay-client.ts';
import { mergeNodeMarks } from '../../manifests/node-marks.ts';
import { adminAccess } from '../../phases/admin-access.ts';
import { silentReporter } from '../../report/reporter.ts';
import { openTarget } from '../input/targets.ts';
import { type InitCommand, initOn } from './on-host.ts';

/**
 * Renders everything for a bare host below a folder, with this machine's name and addresses where none are given; a
 * phase alone goes on with what earlier ones left in the folder.
 */
export async function intoFolder(command: InitCommand, folder: string): Promise<void> {
  const { localHost } = await import('../../host/local-host.ts');
  const { overlayHost } = await import('../../host/overlay.ts');
  const { asClients } = await import('../../workflows/host-clients.ts');
  const { overlayKubeClient } = await import('../../kube/overlay-client.ts');
  const here = command.session.closing(localHost());
  const { facts: machine } = await here.observe({ facts: true });
  if (machine === undefined) throw new Error('this machine told no facts');
  const facts = { ...machine, runtime: { ...machine.runtime, sockets: [] }, runtimes: [] };
  const skip = [...(command.selection.skip ?? []), 'preflight'];
  const kube = overlayKubeClient();
  // What is rendered is for use: its keys are real ones.
  const run = rehearsing(command.run, command.run.keys);
  const rehearsed = { ...command, run, selection: { ...command.selection, skip } };
  const host = overlayHost({ name: 'localhost', facts, folder, goesOn: command.selection.only !== undefined });
  const { changed } = await initOn(rehearsed, host, asClients(kube));
  await writeObjects(ownObjects(kube, changed, command), folder);
  command.session.reporter.report({
    type: 'line',
    host: 'localhost',
    text: `[init] Rendered below ${folder}; nothing was changed elsewhere`,
  });
}

/** The objects of a phase as YAML; no cluster is asked and nothing changed. */
export async function printManifests(command: InitCommand): Promise<void> {
  const { overlayHost } = await import('../../host/overlay.ts');
  const { asClients } = await import('../../workflows/host-clients.ts');
  const { overlayKubeClient } = await import('../../kube/overlay-client.ts');
  const { localHost } = await import('../../host/local-host.ts');
  const { flags, io, session } = command;
  const host = session.closing(flags.host === undefined ? localHost() : await openTarget(flags, io));
  const kube = overlayKubeClient();
  const { changed } = await initOn(
    { ...command, run: { ...rehearsing(command.run), reporter: silentReporter } },
    overlayHost({ name: host.name, base: host }),
    asClients(kube),
  );
  const objects = ownObjects(kube, changed, command).map(unsigned);
  if (session.json) io.result({ objects });
  else io.stdout.write(await yamlOf(objects));
}

/** What would have been written; of a phase alone without what it builds on, the administrator's rights. */
function ownObjects(
  kube: OverlayKubeClient,
  changed: readonly Decided[],
  { selection: { only } }: InitCommand,
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
