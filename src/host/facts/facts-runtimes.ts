import { defined } from '../../defined.ts';
import type { Runtime } from './facts.ts';
import { unquoted } from './facts-sections.ts';

/** The runtimes of the script's answer: `socket PATH`, then what each of its tools told, a keyword before every line. */
export function parseRuntimes(lines: readonly string[]): readonly Runtime[] {
  const runtimes: { socket: string; told: [string, string][] }[] = [];
  for (const line of lines) {
    const at = line.indexOf(' ');
    const [keyword, rest] = [line.slice(0, at), line.slice(at + 1)];
    if (keyword === 'socket') runtimes.push({ socket: rest, told: [] });
    else runtimes.at(-1)?.told.push([keyword, rest]);
  }
  return runtimes.map(({ socket, told }) => runtimeOf(socket, told));
}

function runtimeOf(socket: string, told: readonly [string, string][]): Runtime {
  const all = (keyword: string) => told.flatMap(([key, rest]) => (key === keyword ? [rest] : []));
  const info = all('info').join('\n');
  const config = containerdConfig(all('config'));
  const crio = new Map(all('crio').map((line) => [line.replace(/ .*/, ''), unquoted(line.replace(/^\S+ /, ''))]));
  return {
    socket,
    name: all('name')[0],
    version: all('version')[0]?.replace(/^v/, ''),
    problem: all('problem')[0] ?? notReady(info),
    cgroupDriver:
      driverOf(/"SystemdCgroup": *(true|false)/.exec(info)?.[1]) ??
      all('driver')[0] ??
      crio.get('cgroup_manager') ??
      driverOf(config.systemdCgroup),
    sandboxImage: /"sandboxImage": *"([^"]+)"/.exec(info)?.[1] ?? crio.get('pause_image') ?? config.sandboxImage,
    disabledPlugins: config.disabledPlugins,
    ...defined({ registryFolder: config.registryFolder }),
    images: all('image'),
  };
}

function driverOf(systemdCgroup: string | undefined): string | undefined {
  return systemdCgroup === undefined ? undefined : systemdCgroup === 'true' ? 'systemd' : 'cgroupfs';
}

/** The CRI Status conditions are an array of objects; NetworkReady is no matter of preflight. */
function notReady(info: string): string | undefined {
  const condition = (info.match(/\{[^{}]*\}/g) ?? []).find((text) => /"type": *"RuntimeReady"/.test(text));
  if (condition === undefined || /"status": *true/.test(condition)) return undefined;
  const message = /"message": *"([^"]*)"/.exec(condition)?.[1];
  return `RuntimeReady is false${message ? `: ${message}` : ''}`;
}

interface ContainerdConfig {
  readonly disabledPlugins: readonly string[];
  readonly sandboxImage: string | undefined;
  readonly systemdCgroup: string | undefined;
  readonly registryFolder: string | undefined;
}

/** The few settings of `containerd config dump` that matter here; both configuration versions (1.x and 2.x). */
function containerdConfig(lines: readonly string[]): ContainerdConfig {
  let section = '';
  const found: {
    disabledPlugins: string[];
    sandboxImage?: string;
    systemdCgroup?: string;
    runtime: string;
    registryFolder?: string | undefined;
  } = {
    disabledPlugins: [],
    runtime: 'runc',
  };
  const drivers = new Map<string, string>();
  for (const line of lines.map((text) => text.trim())) {
    if (line.startsWith('[')) {
      section = line;
      continue;
    }
    const [, key, value = ''] = /^(\w+)\s*=\s*(.*)$/.exec(line) ?? [];
    if (key === 'disabled_plugins')
      found.disabledPlugins = [...value.matchAll(/["']([^"']+)["']/g)].map((one) => one[1] ?? '');
    else if (key === 'sandbox_image' || (key === 'sandbox' && section.includes('pinned_images')))
      found.sandboxImage = unquoted(value);
    else if (key === 'config_path' && /cri\b.*\.registry\]$/.test(section))
      found.registryFolder = unquoted(value).split(':')[0] || undefined;
    else if (key === 'default_runtime_name') found.runtime = unquoted(value);
    else if (key === 'SystemdCgroup')
      drivers.set(/runtimes\.["']?([\w.-]+?)["']?\.options/.exec(section)?.[1] ?? '', value);
  }
  return {
    disabledPlugins: found.disabledPlugins,
    sandboxImage: found.sandboxImage,
    systemdCgroup: drivers.get(found.runtime) ?? drivers.get('runc'),
    registryFolder: found.registryFolder,
  };
}
