import { posix } from 'node:path';
import type { ResetConfig } from '../../config/types.ts';
import type { Change } from '../../execute/change.ts';
import { certificateRows, serviceAccountFiles } from '../../pki/certificate-table.ts';
import { kubernetesDirectory } from '../../release/paths.ts';
import type { Resident } from './resident.ts';

/** Where the certificates lie: where the control plane says, else where the configuration does (kubeadm's order). */
export function certificatesDirectory({ certificatesDir }: ResetConfig, resident: Resident): string {
  return resident.certificatesDir ?? posix.normalize(certificatesDir).replace(/(?<=.)\/$/, '');
}

/**
 * The certificates and keys gone. Below /etc/kubernetes so is all else in the directory, as kubeadm does; elsewhere others
 * may keep theirs in it, so that only kubeadm's own files go.
 */
export function certificateRemovals(directory: string, gone: (path: string) => Change): readonly Change[] {
  if (directory.startsWith(`${kubernetesDirectory}/`)) return [gone(directory)];
  return ownFiles(directory).map((path): Change => ({ kind: 'absent', path, optional: true }));
}

/** What has to be seen of them. */
export function certificatePaths(directory: string): readonly string[] {
  return [directory, ...ownFiles(directory)];
}

function ownFiles(directory: string): readonly string[] {
  const files = [
    ...certificateRows('local').flatMap(({ path }) => [`${path}.crt`, `${path}.key`]),
    ...Object.values(serviceAccountFiles),
  ];
  return files.map((file) => `${directory}/${file}`);
}
