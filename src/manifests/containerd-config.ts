export interface ContainerdSettings {
  readonly sandboxImage: string;
  readonly cgroupDriver: 'systemd' | 'cgroupfs';
}

/** Where containerd looks for the hosts.toml of a registry. */
export const certsDirectory = '/etc/containerd/certs.d';

/**
 * /etc/containerd/config.toml: what is not in it is containerd's default. Version 2 is read by 1.x and by 2.x
 * (https://github.com/containerd/containerd/blob/main/docs/cri/config.md).
 */
export function containerdConfig({ sandboxImage, cgroupDriver }: ContainerdSettings): string {
  const cri = 'plugins."io.containerd.grpc.v1.cri"';
  return `# Made by kinit, with containerd's defaults for everything else.
version = 2

[${cri}]
  sandbox_image = ${toml(sandboxImage)}
  [${cri}.registry]
    config_path = "${certsDirectory}"
  [${cri}.containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
    [${cri}.containerd.runtimes.runc.options]
      SystemdCgroup = ${cgroupDriver === 'systemd'}
`;
}

/**
 * The hosts.toml of a registry: its mirrors in their order, then itself
 * (https://github.com/containerd/containerd/blob/main/docs/hosts.md).
 */
export function registryHosts(registry: string, mirrors: readonly string[]): string {
  const server = registry === 'docker.io' ? 'registry-1.docker.io' : registry;
  const hosts = mirrors.map((mirror) => `\n[host.${toml(mirror)}]\n  capabilities = ["pull", "resolve"]\n`);
  return `# Made by kinit.\nserver = ${toml(`https://${server}`)}\n${hosts.join('')}`;
}

/** A basic string of TOML (https://toml.io/en/v1.0.0#string), which keys may be too. */
function toml(text: string): string {
  const escaped = text.toWellFormed().replaceAll(/["\\]|[^\P{C}]|[\u2028\u2029]/gu, (character) => {
    if (character === '"' || character === '\\') return `\\${character}`;
    return `\\U${(character.codePointAt(0) ?? 0).toString(16).padStart(8, '0')}`;
  });
  return `"${escaped}"`;
}
