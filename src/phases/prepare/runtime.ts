import { KinitError } from '../../errors.ts';
import type { Change } from '../../execute/change.ts';
import type { Observed } from '../../execute/observed.ts';
import { maySecret } from '../../execute/own-lines.ts';
import { parseJson } from '../../json.ts';
import { certsDirectory, containerdConfig, registryHosts } from '../../manifests/containerd-config.ts';
import { pauseImage } from '../../manifests/images.ts';
import type { Phase } from '../phase.ts';
import type { PrepareContext } from './context.ts';
import { textAt } from './edit.ts';

const containerdFile = '/etc/containerd/config.toml';
const dockerFile = '/etc/docker/daemon.json';

/** The container runtime as the kubelet needs it, running now and after every boot. */
export const runtime: Phase<PrepareContext> = {
  name: 'runtime',
  title: 'Container runtime',
  reads: ({ inventory }) =>
    inventory.runtime.name === 'docker'
      ? { files: [dockerFile], paths: ['/etc/docker'], services: ['docker'] }
      : {
          files: [containerdFile, ...mirrored(inventory.runtime.registryMirrors).map(({ file }) => file)],
          paths: [
            '/etc/containerd',
            certsDirectory,
            ...mirrored(inventory.runtime.registryMirrors).map(({ folder }) => folder),
          ],
          services: ['containerd'],
        },
  desired: (context, observed): readonly Change[] =>
    context.inventory.runtime.name === 'docker' ? docker(context, observed) : containerd(context, observed),
};

function containerd({ inventory, cluster, release }: PrepareContext, observed: Observed): readonly Change[] {
  const { cgroupDriver, registryMirrors, sandboxImage = pauseImage(cluster, release) } = inventory.runtime;
  const registries = mirrored(registryMirrors);
  const folders = ['/etc/containerd', ...(registries.length > 0 ? [certsDirectory] : [])];
  return [
    ...[...folders, ...registries.map(({ folder }) => folder)].map(
      (path): Change => ({ kind: 'directory', path, mode: 0o755 }),
    ),
    {
      kind: 'file',
      path: containerdFile,
      content: maySecret(containerdConfig({ sandboxImage, cgroupDriver }), textAt(containerdFile, observed)),
      mode: 0o644,
      says: `[runtime] Writing ${containerdFile}: ${cgroupDriver} cgroups, sandbox image ${sandboxImage}`,
    },
    ...registries.map(
      ({ registry, mirrors, file }): Change => ({
        kind: 'file',
        path: file,
        content: registryHosts(registry, mirrors),
        mode: 0o644,
        says: `[runtime] Taking images of ${registry} from ${mirrors.join(', ')}`,
      }),
    ),
    running('containerd', containerdFile),
  ];
}

function mirrored(registryMirrors: Readonly<Record<string, readonly string[]>>) {
  return Object.entries(registryMirrors).map(([registry, mirrors]) => {
    const folder = `${certsDirectory}/${registry}`;
    return { registry, mirrors, folder, file: `${folder}/hosts.toml` };
  });
}

/** docker takes one file alone, so what it holds already stays beside what Kubernetes needs. */
function docker({ inventory, host }: PrepareContext, observed: Observed): readonly Change[] {
  const { cgroupDriver, registryMirrors } = inventory.runtime;
  const mirrors = registryMirrors['docker.io'] ?? [];
  const insecure = Object.entries(registryMirrors).flatMap(([registry, urls]) =>
    urls.some((url) => url.replace(/\/$/, '') === `http://${registry}`) ? [registry] : [],
  );
  const text = textAt(dockerFile, observed);
  const there = text === undefined || text.trim() === '' ? {} : parse(text, host.name);
  const given = listIn(there, 'exec-opts');
  const others = given.filter((option) => !String(option).startsWith('native.cgroupdriver='));
  const known = listIn(there, 'insecure-registries');
  const wanted = {
    ...there,
    'exec-opts': [...others, `native.cgroupdriver=${cgroupDriver}`],
    ...(mirrors.length > 0 ? { 'registry-mirrors': mirrors } : {}),
    ...(insecure.length > 0 ? { 'insecure-registries': [...new Set([...known, ...insecure])] } : {}),
  };
  const content =
    JSON.stringify(wanted) === JSON.stringify(there) && text !== undefined
      ? text
      : `${JSON.stringify(wanted, null, 2)}\n`;
  return [
    { kind: 'directory', path: '/etc/docker', mode: 0o755 },
    {
      kind: 'file',
      path: dockerFile,
      content: maySecret(content, text),
      mode: observed.files.get(dockerFile)?.mode || 0o644,
      says: `[runtime] Writing ${dockerFile}: ${cgroupDriver} cgroups`,
    },
    running('docker', dockerFile),
  ];
}

function listIn(settings: Readonly<Record<string, unknown>>, key: string): readonly unknown[] {
  const list = settings[key];
  return Array.isArray(list) ? list : [];
}

function parse(text: string, host: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = parseJson(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {
    // told below
  }
  throw new KinitError(`${dockerFile} is not the JSON that docker takes`, { host, hint: 'mend it, or remove it' });
}

function running(name: string, file: string): Change {
  return {
    kind: 'service',
    name,
    state: 'running',
    enabled: true,
    restartFor: [file],
    says: `[runtime] Starting ${name}`,
  };
}
