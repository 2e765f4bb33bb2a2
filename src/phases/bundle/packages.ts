import { type BundleDistribution, rpmFolder } from '../../bundle/lock.ts';
import { exitCodes, KinitError } from '../../errors.ts';
import type { Change } from '../../execute/change.ts';
import type { Observed } from '../../execute/observed.ts';
import { packagesBefore } from '../../execute/record-paths.ts';
import type { Facts } from '../../host/facts/facts.ts';
import type { Phase } from '../phase.ts';
import { type BundleContext, bundleFolder, repositoryFile, repositoryId } from './context.ts';

/** A repository of the bundle's packages on the host: the RPMs that are not installed there, and its metadata. */
export const bundlePackages: Phase<BundleContext> = {
  name: 'bundle-packages',
  title: 'Packages of the bundle',
  reads: (context) => ({
    facts: true,
    files: [repositoryFile],
    paths: rpmPaths(context).map((path) => `${bundleFolder(context)}/${path}`),
    commands: [installedQuery],
  }),
  desired: (context, observed): readonly Change[] => {
    const { distribution, kubernetesVersion } = context.lock;
    if (distribution === undefined || observed.facts === undefined) return [];
    refuseOther(distribution, observed.facts);
    const folder = bundleFolder(context);
    const installed = new Set(installedPackages(observed).map(({ full }) => full));
    const needed = rpmPaths(context).filter((path) => !installed.has(/([^/]+)\.rpm$/.exec(path)?.[1] ?? ''));
    return [
      ...needed.map(
        (path): Change => ({ kind: 'upload', path: `${folder}/${path}`, mode: 0o644, source: context.source(path) }),
      ),
      { kind: 'file', path: repositoryFile, mode: 0o644, content: repositoryText(folder, kubernetesVersion) },
    ];
  },
};

/** Installs what the bundle is for, from nothing but the bundle. */
export const bundleInstall: Phase<BundleContext> = {
  name: 'bundle-install',
  title: 'Installing from the bundle',
  reads: () => ({ facts: true, paths: [packagesBefore], commands: [installedQuery] }),
  desired: ({ lock }, observed): readonly Change[] => {
    const installed = installedPackages(observed);
    const missing = lock.packages.filter((wanted) => !installed.some((one) => satisfies(one, wanted)));
    const isInterrupted = (observed.paths.get(packagesBefore)?.type ?? 'absent') !== 'absent';
    if (observed.facts === undefined || (missing.length === 0 && !isInterrupted)) return [];
    return [
      {
        kind: 'packages',
        manager: observed.facts.programs.has('dnf') ? 'dnf' : 'yum',
        names: missing,
        options: bundleOnly,
        says: `[bundle] Installing ${missing.join(', ')}`,
        advice:
          'the packages come from the bundle alone; make it again on a host of the same release if it lacks something',
      },
    ];
  },
};

/** What makes yum and dnf look at the bundle and at nothing else. */
export const bundleOnly: readonly string[] = [
  '--disablerepo=*',
  `--enablerepo=${repositoryId}`,
  '--disableexcludes=all',
];

/** Switched off, so that it is in nobody's way: whoever installs from it names it. */
function repositoryText(folder: string, kubernetesVersion: string): string {
  return `# Made by kinit: packages for Kubernetes ${kubernetesVersion} without a network.
# Their signatures were checked where the bundle was made, their digests when they came here.
[${repositoryId}]
name=kinit bundle
baseurl=file://${folder}/${rpmFolder}
enabled=0
gpgcheck=0
repo_gpgcheck=0
metadata_expire=1
`;
}

function rpmPaths({ lock }: BundleContext): readonly string[] {
  return lock.files.flatMap(({ path }) => (path.startsWith(`${rpmFolder}/`) ? [path] : []));
}

/** A minor release of another week is the same distribution. */
function refuseOther(wanted: BundleDistribution, { os, architecture }: Facts): void {
  const major = (version: string) => version.split('.')[0];
  if (wanted.id === os.id && major(wanted.version) === major(os.version) && wanted.architecture === architecture)
    return;
  const made = `${wanted.id} ${wanted.version} on ${wanted.architecture}`;
  throw new KinitError(`the bundle's packages are for ${made}, and this is ${os.name} on ${architecture}`, {
    exitCode: exitCodes.preflight,
    hint: `make a bundle on such a host: kinit bundle create --host`,
  });
}

const installedQuery = ['rpm', '-qa', '--qf', '%{NAME} %{NAME}-%{VERSION}-%{RELEASE}.%{ARCH}\\n'] as const;

interface Installed {
  readonly name: string;
  /** `name-version-release.architecture`. */
  readonly full: string;
}

function installedPackages({ commands }: Observed): readonly Installed[] {
  const answer = commands.get(installedQuery.join('\0'))?.stdout ?? '';
  return answer.split('\n').flatMap((line) => {
    const [name = '', full = ''] = line.split(' ');
    return full === '' ? [] : [{ name, full }];
  });
}

/** `socat`, `kubelet-1.20.2` and `containerd.io-1.*` are what dnf takes for a package of any version, of one and of some. */
function satisfies({ name, full }: Installed, wanted: string): boolean {
  if (name === wanted) return true;
  const version = wanted.startsWith(`${name}-`) ? wanted.slice(name.length + 1) : undefined;
  if (version === undefined) return false;
  const there = full.slice(name.length + 1);
  return version.endsWith('*')
    ? there.startsWith(version.slice(0, -1))
    : /^[-.]/.test(there.slice(version.length)) && there.startsWith(version);
}
