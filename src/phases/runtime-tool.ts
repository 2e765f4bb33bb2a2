import type { Facts } from '../host/facts/facts.ts';

/** What handles the images of a container runtime at its command line. */
export interface RuntimeTool {
  readonly program: string;
  /** The service that has to run for it. */
  readonly service: string | undefined;
  pull(image: string): readonly string[];
  /** Imports every image of an archive, by its name there. */
  load(archive: string): readonly string[];
  /** Writes the images that are there into one archive. */
  save(archive: string, images: readonly string[]): readonly string[];
  tag(image: string, name: string): readonly string[];
  push(image: string, options: { readonly plainHttp: boolean }): readonly string[];
  /** Runs a program of an image once, in a container of this name without a network, with folders of the host at their own paths. */
  once(image: string, name: string, folders: readonly string[], argv: readonly string[]): readonly string[];
}

/** The tool for the runtime behind this CRI socket: docker, CRI-O's podman, or containerd's ctr. */
export function runtimeTool(
  criSocket: string,
  facts: Pick<Facts, 'programs' | 'architecture'> & Partial<Pick<Facts, 'runtimes'>>,
): RuntimeTool {
  const { programs, architecture } = facts;
  const path = criSocket.replace(/^unix:\/\//, '');
  const crictl = ['crictl', '--runtime-endpoint', `unix://${path}`, 'pull'];
  if (/(docker(shim)?|cri-dockerd)\.sock$/.test(path)) return docker;
  if (/crio\.sock$/.test(path)) return { ...podman, pull: (image) => [...crictl, image] };
  const ctr = containerd(path, goArchitecture(architecture), registryFolderOf(facts));
  return programs.has('crictl') ? { ...ctr, pull: (image) => [...crictl, image] } : ctr;
}

/** containerd's own answer: `ctr` does not read its daemon's configuration, and with it its mirrors. */
function registryFolderOf({ runtimes = [] }: Partial<Pick<Facts, 'runtimes'>>): string | undefined {
  return runtimes.find(({ registryFolder }) => registryFolder !== undefined)?.registryFolder;
}

/**
 * A command that names those of the images of which no registry tells, and brings nothing to the runtime; undefined where that
 * has no such tool.
 */
export function imageProbe(
  criSocket: string,
  facts: Pick<Facts, 'programs'> & Partial<Pick<Facts, 'runtimes'>>,
  images: readonly string[],
): readonly string[] | undefined {
  const path = criSocket.replace(/^unix:\/\//, '');
  if (!/containerd\.sock$/.test(path) || !facts.programs.has('ctr')) return undefined;
  return ['sh', '-c', probing, 'kinit', registryFolderOf(facts) ?? '', ...images];
}

/** A manifest alone is asked for: what `content fetch --metadata-only` brings of an image for one platform is all of it. */
const probing = `
folder=$1 n=0; shift
for image; do
  { ctr content fetch-object \${folder:+--hosts-dir "$folder"} "$image" >/dev/null 2>&1 || echo "$image"; } &
  n=$((n + 1)); [ $((n % 8)) -ne 0 ] || wait
done
wait`;

/** Only this machine's platform is there of an image for many. */
function containerd(socket: string, architecture: string, registryFolder: string | undefined): RuntimeTool {
  const ctr = ['ctr', '--address', socket, '--namespace', 'k8s.io'];
  const images = [...ctr, 'images'];
  const platform = ['--platform', `linux/${architecture}`];
  const hosts = registryFolder === undefined ? [] : ['--hosts-dir', registryFolder];
  return {
    program: 'ctr',
    service: 'containerd',
    pull: (image) => [...images, 'pull', ...hosts, image],
    load: (archive) => [...images, 'import', archive],
    save: (archive, names) => [...images, 'export', ...platform, archive, ...names],
    tag: (image, name) => [...images, 'tag', '--force', image, name],
    push: (image, { plainHttp }) => [...images, 'push', ...(plainHttp ? ['--plain-http'] : []), ...platform, image],
    once: (image, name, folders, argv) => [
      ...[...ctr, 'run', '--rm', ...apiVersion],
      ...folders.flatMap((folder) => ['--mount', `type=bind,src=${folder},dst=${folder},options=rbind:rw`]),
      ...[image, name, ...argv],
    ],
  };
}

/** Whether a registry speaks plain HTTP stands in the daemon's own configuration. */
const docker: RuntimeTool = {
  program: 'docker',
  service: 'docker',
  pull: (image) => ['docker', 'pull', image],
  load: (archive) => ['docker', 'load', '--input', archive],
  save: (archive, names) => ['docker', 'save', '--output', archive, ...names],
  tag: (image, name) => ['docker', 'tag', image, name],
  push: (image) => ['docker', 'push', image],
  once: (image, name, folders, argv) => ['docker', ...runOnce(image, name, folders, argv)],
};

const podman: RuntimeTool = {
  program: 'podman',
  service: undefined,
  pull: (image) => ['podman', 'pull', image],
  load: (archive) => ['podman', 'load', '--input', archive],
  save: (archive, names) => ['podman', 'save', '--multi-image-archive', '--output', archive, ...names],
  tag: (image, name) => ['podman', 'tag', image, name],
  push: (image, { plainHttp }) => ['podman', 'push', ...(plainHttp ? ['--tls-verify=false'] : []), image],
  once: (image, name, folders, argv) => ['podman', ...runOnce(image, name, folders, argv)],
};

/** etcdctl before 3.4 speaks the old API where it is not told otherwise. */
const apiVersion = ['--env', 'ETCDCTL_API=3'];

function runOnce(image: string, name: string, folders: readonly string[], argv: readonly string[]): readonly string[] {
  const [program = '', ...rest] = argv;
  const volumes = folders.flatMap((folder) => ['--volume', `${folder}:${folder}`]);
  return [
    'run',
    '--rm',
    '--network=none',
    '--name',
    name,
    ...apiVersion,
    ...volumes,
    '--entrypoint',
    program,
    image,
    ...rest,
  ];
}

/** `uname -m` in the words of Go and of images. */
function goArchitecture(machine: string): string {
  return ({ x86_64: 'amd64', aarch64: 'arm64' } as Record<string, string>)[machine] ?? machine;
}

/** The facts as if the runtimes that are installed were running, where none is: for who is about to start one. */
export function asIfRunning(facts: Facts): Facts {
  if (facts.runtime.sockets.length > 0) return facts;
  const sockets = Object.entries(socketsOf).flatMap(([program, path]) => (facts.programs.has(program) ? [path] : []));
  return { ...facts, runtime: { ...facts.runtime, sockets } };
}

const socketsOf = {
  docker: '/var/run/docker.sock',
  containerd: '/var/run/containerd/containerd.sock',
  crio: '/var/run/crio/crio.sock',
} as const;
