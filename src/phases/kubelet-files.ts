import type { Arg } from '../config/types.ts';
import type { Change } from '../execute/change.ts';
import type { Observed, Reads } from '../execute/observed.ts';
import { instanceText } from '../manifests/kubelet-configuration.ts';
import { kubeadmFlagsEnv } from '../manifests/kubelet-flags.ts';
import { kubeletDropIn, kubeletUnit } from '../manifests/kubelet-unit.ts';
import { kubeletConfigFile, kubeletDirectory, kubeletFlagsFile, kubeletInstanceConfigFile } from '../release/paths.ts';
import { toYaml } from '../yaml.ts';

export interface KubeletFiles {
  readonly configuration: object;
  /** From v1.34 on. */
  readonly instance: { readonly containerRuntimeEndpoint: string } | undefined;
  readonly flags: readonly Arg[];
}

const unitPaths = ['/usr/lib/systemd/system/kubelet.service', '/lib/systemd/system/kubelet.service'];
/** Where kinit puts the kubelet's unit and drop-in on a host whose packages bring none. */
export const unitFile = '/etc/systemd/system/kubelet.service';
export const dropInFile = '/etc/systemd/system/kubelet.service.d/10-kubeadm.conf';
const packagedDropIns = [
  '/usr/lib/systemd/system/kubelet.service.d/10-kubeadm.conf',
  '/lib/systemd/system/kubelet.service.d/10-kubeadm.conf',
];

/** What has to be seen of a node before its kubelet is configured. */
export const kubeletReads: Reads = {
  files: [kubeletConfigFile, kubeletInstanceConfigFile, kubeletFlagsFile, unitFile, dropInFile],
  paths: [...unitPaths, ...packagedDropIns, kubeletDirectory],
  services: ['kubelet'],
};

/** The kubelet's files in kubeadm's order for a node; the unit and its drop-in only where neither a package nor somebody else brought one. */
export function kubeletFileChanges(files: KubeletFiles, observed: Observed): readonly Change[] {
  const there = (path: string) => observed.paths.get(path)?.type === 'file';
  const isOthers = (path: string, ours: string) => {
    const seen = observed.files.get(path);
    return seen?.type === 'file' && seen.content?.toString('utf8') !== ours;
  };
  const unit: Change[] =
    unitPaths.some(there) || isOthers(unitFile, kubeletUnit)
      ? []
      : [{ kind: 'file', path: unitFile, content: kubeletUnit, mode: 0o644 }];
  const dropIn: Change[] =
    packagedDropIns.some(there) || isOthers(dropInFile, kubeletDropIn)
      ? []
      : [{ kind: 'file', path: dropInFile, content: kubeletDropIn, mode: 0o644 }];
  const says = (path: string) => `[kubelet-start] Writing kubelet configuration to file "${path}"`;
  return [
    ...unit,
    ...dropIn,
    { kind: 'directory', path: kubeletDirectory, mode: 0o700 },
    {
      kind: 'file',
      path: kubeletFlagsFile,
      content: kubeadmFlagsEnv(files.flags),
      mode: 0o644,
      says: `[kubelet-start] Writing kubelet environment file with flags to file "${kubeletFlagsFile}"`,
    },
    ...(files.instance === undefined
      ? []
      : [
          {
            kind: 'file',
            path: kubeletInstanceConfigFile,
            content: instanceText(files.instance),
            mode: 0o644,
            says: says(kubeletInstanceConfigFile),
          } satisfies Change,
        ]),
    yamlFile(kubeletConfigFile, files.configuration, says(kubeletConfigFile)),
  ];
}

/** The kubelet running with what its files say now, and at every boot. */
export function kubeletRunning(extra: readonly string[] = []): Change {
  return {
    kind: 'service',
    name: 'kubelet',
    state: 'running',
    enabled: true,
    restartFor: [kubeletConfigFile, kubeletInstanceConfigFile, kubeletFlagsFile, unitFile, dropInFile, ...extra],
    says: '[kubelet-start] Starting the kubelet',
  };
}

function yamlFile(path: string, object: object, says: string): Change {
  return { kind: 'file', path, content: toYaml(object), mode: 0o644, says };
}
