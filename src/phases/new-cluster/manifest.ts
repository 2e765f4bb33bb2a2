/**
 * etcd's flag that makes a cluster of one member out of the data of many
 * (https://etcd.io/docs/v3.5/op-guide/configuration/#unsafe-feature; 3.4 to 3.7 have it).
 */
const flag = '--force-new-cluster';

/** Whether the manifest of etcd asks for a new cluster. */
export function isForced(manifest: string): boolean {
  return manifest.includes(flag);
}

/**
 * The manifest of an etcd that makes its own member a new cluster when it starts, and knows no others; undefined where it
 * does not have its flags a line each, as kubeadm and kinit write them.
 */
export function forcedManifest(manifest: string): string | undefined {
  const lines = alone(manifest.split('\n'));
  const at = lines.findIndex((line) => argument(line, '--data-dir') !== undefined);
  const indent = /^\s*- /.exec(lines[at] ?? '')?.[0];
  if (indent === undefined) return undefined;
  return (isForced(manifest) ? lines : lines.toSpliced(at, 0, `${indent}${flag}=true`)).join('\n');
}

/** The same, when there is that cluster. */
export function unforcedManifest(manifest: string): string {
  return manifest
    .split('\n')
    .filter((line) => !line.includes(flag))
    .join('\n');
}

/** `--initial-cluster` as `init` writes it: whoever asks these members later does not ask those that are no more. */
function alone(lines: readonly string[]): readonly string[] {
  const value = (name: string) => lines.map((line) => argument(line, name)).find((found) => found !== undefined);
  const [name, peerUrl] = [value('--name'), value('--initial-advertise-peer-urls')];
  if (name === undefined || peerUrl === undefined) return lines;
  return lines
    .filter((line) => argument(line, '--initial-cluster-state') === undefined)
    .map((line) => {
      const peers = argument(line, '--initial-cluster');
      return peers === undefined ? line : line.replace(peers, () => `${name}=${peerUrl}`);
    });
}

function argument(line: string, name: string): string | undefined {
  const [, value] = new RegExp(`^\\s*- ["']?${name}=([^\\s"']+)["']?\\s*$`).exec(line) ?? [];
  return value;
}
