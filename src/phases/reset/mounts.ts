import type { UnmountFlag } from '../../config/types.ts';
import type { Observed } from '../../execute/observed.ts';
import { kubeletDirectory } from '../../release/paths.ts';

/** What has to be seen for podMounts. */
export const mountsFile = '/proc/mounts';
export const kubeletDirectoryQuestion: readonly string[] = ['readlink', '-f', kubeletDirectory];

/** What is mounted below the kubelet's directory, wherever its links lead. */
export function podMounts(observed: Observed): readonly string[] {
  return mountsBelow(mountsText(observed), realKubeletDirectory(observed));
}

/** Where the kubelet's directory really is. */
export function realKubeletDirectory({ commands }: Observed): string {
  return commands.get(kubeletDirectoryQuestion.join('\0'))?.stdout.trim() || kubeletDirectory;
}

/** The mounts of the host, as the kernel lists them. */
export function mountsText({ files }: Observed): string {
  return files.get(mountsFile)?.content?.toString('utf8') ?? '';
}

/** Mount points below a directory, the deepest first, out of /proc/mounts; the directory itself may be one and stays. */
export function mountsBelow(mounts: string, directory: string): readonly string[] {
  return mounts
    .split('\n')
    .map((line) => unescaped(line.split(' ')[1] ?? ''))
    .filter((path) => path.startsWith(`${directory}/`))
    .reverse();
}

/** umount(8)'s options for the flags of umount(2) that ResetConfiguration names; MNT_EXPIRE has none. */
export function unmountOptions(flags: readonly UnmountFlag[]): readonly string[] {
  return flags.flatMap((flag) => options[flag]);
}

const options: Readonly<Record<UnmountFlag, readonly string[]>> = {
  MNT_FORCE: ['-f'],
  MNT_DETACH: ['-l'],
  MNT_EXPIRE: [],
  UMOUNT_NOFOLLOW: ['-c'],
};

/** As fstab(5) writes a space: `\040`. */
function unescaped(path: string): string {
  return path.replaceAll(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}
