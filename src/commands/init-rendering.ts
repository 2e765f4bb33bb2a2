import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { OverlayKubeClient } from '../kube/overlay-client.ts';
import { silentReporter } from '../report/reporter.ts';
import { type InitRun, initOn } from './init-on.ts';
import { openTarget } from './targets.ts';

/** Renders everything for a bare host below a folder, with this machine's name and addresses where none are given. */
export async function intoFolder(run: InitRun, folder: string): Promise<void> {
  const { localHost } = await import('../host/local-host.ts');
  const { overlayHost } = await import('../host/overlay.ts');
  const { overlayKubeClient } = await import('../kube/overlay-client.ts');
  const here = localHost();
  try {
    const { facts } = await here.observe({ facts: true });
    if (facts === undefined) throw new Error('this machine told no facts');
    const skip = [...(run.selection.skip ?? []), 'preflight'];
    const kube = overlayKubeClient();
    const host = overlayHost({ name: 'localhost', facts, folder });
    await initOn({ ...run, selection: { ...run.selection, skip } }, host, kube);
    await writeObjects(kube, folder);
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
  const { overlayHost } = await import('../host/overlay.ts');
  const { overlayKubeClient } = await import('../kube/overlay-client.ts');
  const { localHost } = await import('../host/local-host.ts');
  const host = run.flags.host === undefined ? localHost() : await openTarget(run.flags, run.io);
  try {
    const kube = overlayKubeClient();
    await initOn(
      { ...run, story: { ...run.story, reporter: silentReporter } },
      overlayHost({ name: host.name, base: host }),
      kube,
    );
    run.io.stdout.write(await yamlOf(kube));
  } finally {
    await host.close();
  }
}

async function writeObjects(kube: OverlayKubeClient, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  // Tokens are among the objects.
  await writeFile(join(folder, 'api-objects.yaml'), await yamlOf(kube), { mode: 0o600 });
}

async function yamlOf(kube: OverlayKubeClient): Promise<string> {
  const { toYaml } = await import('../yaml.ts');
  const documents = kube.written().map((object) => toYaml(object));
  return documents.join('---\n');
}
