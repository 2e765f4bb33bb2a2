import { exitCodes, KinitError } from '../../errors.ts';
import type { Observed } from '../../execute/observed.ts';
import { packageSources } from '../../inventory/package-sources.ts';
import { isNode, type PrepareContext } from './context.ts';

/** Tells the name and version of every package; read before wantedPackages. */
export const installedQuery = ['rpm', '-qa', '--qf', '%{NAME} %{VERSION}\\n'] as const;

/** Every package that the host should have, as the package manager takes it, whatever is there. Throws KinitError. */
export function packagesOf(context: PrepareContext): readonly string[] {
  const { release, distribution, facts } = context;
  const version = release.version.text.slice(1);
  const isDocker = context.inventory.runtime.name === 'docker';
  const missing = release.preflight.programs
    .filter(({ name, unlessDocker }) => !facts.programs.has(name) && !(unlessDocker && isDocker))
    .map(({ name }) => distribution.packages[name] ?? name);
  const kubernetes = [`kubelet-${version}`, `kubectl-${version}`, 'kubernetes-cni', ...(isDocker ? [] : ['cri-tools'])];
  return [...new Set([...kubernetes, ...runtimePackages(context), ...missing, ...timePackages(context)])];
}

/** Those of them that are not there in this version. */
export function lackingPackages(context: PrepareContext, observed: Observed): readonly string[] {
  const installed = installedVersions(observed);
  return [...packagesOf(context), ...kubeadmToo(context, installed)]
    .filter((spec) => !isInstalled(spec, installed))
    .filter((spec) => !stays(spec, context, installed));
}

/** Packages of a living node that are there in another version: they stay. */
export function stayingPackages(context: PrepareContext, observed: Observed): readonly string[] {
  const installed = installedVersions(observed);
  return packagesOf(context)
    .filter((spec) => !isInstalled(spec, installed) && stays(spec, context, installed))
    .filter((spec) => !(context.upgrades === 'kubelet' && tools.includes(partsOf(spec).name)));
}

type Installed = ReadonlyMap<string, string>;

/** A living node keeps what it has in another version, but for what it is upgraded in. */
function stays(spec: string, { facts, upgrades }: PrepareContext, installed: Installed): boolean {
  if (!isNode(facts) || !disturbsNode(spec, installed)) return false;
  const upgraded = upgrades === undefined ? [] : ['kubelet', ...(upgrades === 'all' ? tools : [])];
  return !upgraded.includes(partsOf(spec).name);
}

/** Of Kubernetes, and for people. */
const tools: readonly string[] = ['kubectl', 'kubeadm'];

/** Where somebody has installed kubeadm, it goes on understanding the cluster. */
function kubeadmToo({ upgrades, release }: PrepareContext, installed: Installed): readonly string[] {
  return upgrades === 'all' && installed.has('kubeadm') ? [`kubeadm-${release.version.text.slice(1)}`] : [];
}

function runtimePackages(context: PrepareContext): readonly string[] {
  const { inventory, release, facts, host } = context;
  const { name, version } = inventory.runtime;
  refuseBeyondLast(context);
  if (name === 'docker') {
    const series = version ?? release.packages.docker;
    if (release.packages.docker === undefined || series === undefined) {
      throw new KinitError(`Kubernetes ${release.version.text} does not work with docker`, {
        host: host.name,
        exitCode: exitCodes.badInput,
        hint: 'runtime.name: containerd, or Kubernetes up to v1.23',
      });
    }
    // A docker that the operator has installed serves as well, as a containerd does.
    if (version === undefined && facts.services.has('docker')) return [];
    return ['docker-ce', 'docker-ce-cli', 'containerd.io'].map((one) =>
      one === 'containerd.io' ? one : spec(one, series),
    );
  }
  // A containerd that the operator has installed serves as well; preflight says where it does not.
  if (version === undefined && facts.programs.has('containerd')) return [];
  return [spec('containerd.io', version ?? newestThatFits(context))];
}

/** The series of containerd that the version wants, or the last one that the distribution's repository has. */
function newestThatFits({ release, distribution }: PrepareContext): string | undefined {
  const wanted = release.packages.containerd;
  const last = distribution.lastRuntimes?.['containerd.io'];
  return wanted !== undefined && last !== undefined && isNewer(wanted, last) ? last : wanted;
}

/** A version that the file names and docker's repository for the distribution never got is told before anything is tried. */
function refuseBeyondLast({ inventory, distribution, fromBundle, host }: PrepareContext): void {
  const { name, version } = inventory.runtime;
  const isPublic = Object.hasOwn(packageSources, inventory.packages.source) && fromBundle === undefined;
  const one = name === 'docker' ? 'docker-ce' : 'containerd.io';
  const last = distribution.lastRuntimes?.[one];
  if (!isPublic || version === undefined || last === undefined || !isNewer(version, last)) return;
  throw new KinitError(
    `there is no ${one} ${version} for ${distribution.name}: docker's repository ends with ${last}`,
    {
      host: host.name,
      exitCode: exitCodes.badInput,
      hint: `runtime.version: ${last}, or packages of your own (packages.source)`,
    },
  );
}

/** Of `2` and `1.6.33` the first one; a series is as new as what it begins with. */
function isNewer(series: string, version: string): boolean {
  const [wanted, last] = [series, version].map((text) => text.split('.').map(Number));
  for (const [at, part] of (wanted ?? []).entries()) {
    const other = last?.[at] ?? 0;
    if (part !== other) return part > other;
  }
  return false;
}

function timePackages({ inventory, distribution, facts }: PrepareContext): readonly string[] {
  const { timeSync, ntpServers } = inventory.preparation;
  const isKept = facts.timeSync.service !== undefined && ntpServers.length === 0;
  return timeSync === 'leave' || isKept || facts.programs.has('chronyc') ? [] : [distribution.chrony.package];
}

/** `1.7` is any patch of it, `1` any 1.x; three parts are exactly that. */
function spec(name: string, version: string | undefined): string {
  if (version === undefined) return name;
  return `${name}-${version}${/^\d+\.\d+\.\d+$/.test(version) ? '' : '.*'}`;
}

function installedVersions({ commands }: Observed): ReadonlyMap<string, string> {
  const answer = commands.get(installedQuery.join('\0'))?.stdout ?? '';
  return new Map(
    answer.split('\n').flatMap((line) => {
      const [name = '', version = ''] = line.split(' ');
      return version === '' ? [] : [[name, version] as const];
    }),
  );
}

function isInstalled(wanted: string, installed: ReadonlyMap<string, string>): boolean {
  const { name, version } = partsOf(wanted);
  const there = installed.get(name);
  if (there === undefined || version === undefined) return there !== undefined;
  return version.endsWith('*') ? there.startsWith(version.slice(0, -1)) : there === version;
}

function disturbsNode(wanted: string, installed: ReadonlyMap<string, string>): boolean {
  const { name, version } = partsOf(wanted);
  return version !== undefined && installed.has(name);
}

function partsOf(wanted: string): { readonly name: string; readonly version: string | undefined } {
  const [, name, version] = /^(.+)-(\d[\d.]*\*?)$/.exec(wanted) ?? [];
  return name === undefined ? { name: wanted, version: undefined } : { name, version };
}
