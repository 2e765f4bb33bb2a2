import type { Change } from '../../execute/change.ts';
import type { Observed } from '../../execute/observed.ts';
import { balancersDirectory } from '../../manifests/haproxy.ts';
import {
  adminConf,
  bootstrapKubeletConf,
  kubeletConf,
  kubeletDirectory,
  kubernetesDirectory,
  manifestsDirectory,
  superAdminConf,
} from '../../release/paths.ts';
import type { Phase } from '../phase.ts';
import { certificatePaths, certificateRemovals, certificatesDirectory } from './certificates.ts';
import { cniState, cniStatePaths } from './cni-state.ts';
import type { ResetContext } from './context.ts';
import {
  kubeletDirectoryQuestion,
  mountsBelow,
  mountsFile,
  mountsText,
  podMounts,
  realKubeletDirectory,
} from './mounts.ts';
import { ownUnitFiles, ownUnitRemoval } from './own-unit.ts';
import { packagedQuestion, unpackaged } from './packaged.ts';

/** The last part: the files of the node. The manifests go last, for they tell a reset that was killed what to remove. */
export const cleanupNode: Phase<ResetContext> = {
  name: 'cleanup-node',
  title: 'Files of the node',
  reads: ({ config, release, resident }) => ({
    files: ownUnitFiles,
    paths: [
      kubeletDirectory,
      manifestsDirectory,
      temporaryDirectory,
      pluginDirectory,
      kubernetesDirectory,
      balancersDirectory,
      ...kubeconfigs,
      ...certificatePaths(certificatesDirectory(config, resident)),
      ...release.reset.statefulDirectories,
      ...cniStatePaths,
    ],
    services: ['kubelet'],
    commands: [kubeletDirectoryQuestion, packagedQuestion([...ownFolders, certificatesDirectory(config, resident)])],
    // Who unmounts them is a phase before, which a rehearsal only tells of.
    running: { files: [mountsFile] },
  }),
  desired: (context, observed): readonly Change[] => {
    const { config, release, resident } = context;
    const certificates = certificatesDirectory(config, resident);
    const stateful = release.reset.statefulDirectories;
    const isOurs = unpackaged(observed, [...ownFolders, certificates]);
    const gone = (path: string): Change => (isOurs(path) ? { kind: 'absent', path, optional: true } : emptied(path));
    return [
      ...sandboxMounts(observed),
      ...telling(context, certificates),
      ...kubeletState(observed),
      ...stateful.filter((path) => path !== '/var/lib/cni').map(emptied),
      ...(stateful.includes('/var/lib/cni') ? cniState(observed) : []),
      ...temporary(context, observed),
      ...certificateRemovals(certificates, gone),
      ...kubeconfigs.map((path): Change => ({ kind: 'absent', path, optional: true })),
      ...balancers(observed),
      ...ownUnitRemoval(observed),
      ...emptyPluginDirectory(observed),
      gone(manifestsDirectory),
      ...emptyFolder(observed, [manifestsDirectory, certificates].filter(isOurs), isOurs),
    ];
  },
};

const ownFolders = [kubernetesDirectory, manifestsDirectory];

/** What load balancers of kinit's read. */
function balancers({ paths }: Observed): readonly Change[] {
  if ((paths.get(balancersDirectory)?.type ?? 'absent') === 'absent') return [];
  return [{ kind: 'absent', path: balancersDirectory, optional: true }];
}

/** kubeadm's upgrade keeps copies of etcd's data and of manifests there, its dry run what it would have written. */
function temporary({ config }: ResetContext, { paths }: Observed): readonly Change[] {
  const entries = paths.get(temporaryDirectory)?.entries ?? [];
  const left = entries.filter((name) => name.startsWith('kubeadm-'));
  if (config.cleanupTmpDir || (entries.length > 0 && left.length === entries.length)) {
    const says = left.length === 0 ? {} : { says: leftByKubeadm(left) };
    return [{ kind: 'absent', path: temporaryDirectory, optional: true, ...says }];
  }
  return left.map(
    (name): Change => ({
      kind: 'absent',
      path: `${temporaryDirectory}/${name}`,
      optional: true,
      says: leftByKubeadm([name]),
    }),
  );
}

function leftByKubeadm(names: readonly string[]): string {
  return `[reset] Removing what kubeadm has left in ${temporaryDirectory}: ${names.join(' ')}`;
}

/** /etc/kubernetes itself, where nothing but what goes was in it. */
function emptyFolder(
  { paths }: Observed,
  folders: readonly string[],
  isOurs: (path: string) => boolean,
): readonly Change[] {
  const entries = paths.get(kubernetesDirectory)?.entries;
  if (entries === undefined || !isOurs(kubernetesDirectory)) return [];
  const remaining = paths.get(temporaryDirectory)?.entries?.some((name) => !name.startsWith('kubeadm-')) ?? false;
  const going = new Set([...folders, balancersDirectory, ...(remaining ? [] : [temporaryDirectory]), ...kubeconfigs]);
  if (!entries.every((name) => going.has(`${kubernetesDirectory}/${name}`))) return [];
  const removes = [kubernetesDirectory];
  return [{ kind: 'command', argv: ['rmdir', kubernetesDirectory], optional: true, removes }];
}

const temporaryDirectory = `${kubernetesDirectory}/tmp`;
/** The kubelet and the controller manager make it for the flex volumes that nobody may have. */
const pluginDirectory = '/usr/libexec/kubernetes/kubelet-plugins/volume/exec';
const kubeconfigs = [
  adminConf,
  superAdminConf,
  kubeletConf,
  bootstrapKubeletConf,
  `${kubernetesDirectory}/controller-manager.conf`,
  `${kubernetesDirectory}/scheduler.conf`,
];

/** The shared memory of pods, which containerd leaves mounted where its CRI plugin was not asked to remove them. */
function sandboxMounts(observed: Observed): readonly Change[] {
  const mounts = mountsBelow(mountsText(observed), sandboxesDirectory);
  if (mounts.length === 0) return [];
  const removes = mounts.map((path) => `mount ${path}`);
  return [{ kind: 'command', argv: ['umount', '--', ...mounts], optional: true, removes }];
}

const sandboxesDirectory = '/run/containerd/io.containerd.grpc.v1.cri/sandboxes';

function emptied(path: string): Change {
  return { kind: 'absent', path, contents: true, optional: true };
}

function emptyPluginDirectory({ paths }: Observed): readonly Change[] {
  if (paths.get(pluginDirectory)?.entries?.length !== 0) return [];
  const argv = ['rmdir', '-p', '--ignore-fail-on-non-empty', pluginDirectory];
  return [{ kind: 'command', argv, optional: true }];
}

/** kubeadm's lines, in the words of the release. */
function telling({ release, config }: ResetContext, certificates: string): readonly Change[] {
  const { namesStatefulApart, statefulDirectories } = release.reset;
  const line = (text: string): Change => ({ kind: 'note', text: `[reset] ${text}` });
  const list = (paths: readonly string[]) => `[${paths.join(' ')}]`;
  const temporaries = config.cleanupTmpDir ? [temporaryDirectory] : [];
  const directories = namesStatefulApart
    ? [
        line(`Deleting contents of config directories: ${list([manifestsDirectory, certificates, ...temporaries])}`),
        line(`Deleting files: ${list(kubeconfigs)}`),
        line(`Deleting contents of stateful directories: ${list([kubeletDirectory, ...statefulDirectories])}`),
      ]
    : [
        line(
          `Deleting contents of directories: ${list([manifestsDirectory, kubeletDirectory, certificates, ...temporaries])}`,
        ),
        line(`Deleting files: ${list(kubeconfigs)}`),
      ];
  if (certificates === `${kubernetesDirectory}/pki`) return directories;
  const other = `[reset] WARNING: Cleaning a non-default certificates directory: "${certificates}"`;
  return [{ kind: 'note', warning: true, text: other }, ...directories];
}

/** A removal must never follow a volume that is still mounted: what is below it is the user's. */
function kubeletState(observed: Observed): readonly Change[] {
  const mounts = podMounts(observed);
  if (mounts.length === 0) return [emptied(kubeletDirectory)];
  const root = realKubeletDirectory(observed);
  const entries = observed.paths.get(kubeletDirectory)?.entries ?? [];
  const free = entries.filter((name) => !mounts.some((path) => `${path}/`.startsWith(`${root}/${name}/`)));
  return [
    { kind: 'note', warning: true, text: `[reset] What is below ${mounts.join(', ')} stays as long as it is mounted` },
    ...free.map((name): Change => ({ kind: 'absent', path: `${kubeletDirectory}/${name}`, optional: true })),
  ];
}
