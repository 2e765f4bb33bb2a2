import type { FileChange } from '../execute/change.ts';
import { patched } from '../manifests/patches.ts';
import { manifestsDirectory } from '../release/paths.ts';
import { toYaml } from '../yaml.ts';
import type { ControlPlaneContext } from './context.ts';

/** The file of a static pod, with the user's patches for it. */
export function manifestFile(name: string, pod: object, { patches }: Pick<ControlPlaneContext, 'patches'>): FileChange {
  return {
    kind: 'file',
    path: `${manifestsDirectory}/${name}.yaml`,
    content: toYaml(patched(name, pod, patches)),
    mode: 0o600,
  };
}
