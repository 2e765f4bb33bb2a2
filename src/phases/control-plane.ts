import type { Change } from '../execute/change.ts';
import { staticPods } from '../manifests/static-pods.ts';
import type { InitContext } from './context.ts';
import { manifestFile } from './manifest-file.ts';
import { manifestsDirectory } from './paths.ts';
import type { Phase } from './phase.ts';

/** The static pods of kube-apiserver, kube-controller-manager and kube-scheduler. */
export const controlPlane: Phase<InitContext> = {
  name: 'control-plane',
  title: 'Control plane',
  steps: ['apiserver', 'controller-manager', 'scheduler'],
  reads: () => ({
    files: components.map((name) => `${manifestsDirectory}/${name}.yaml`),
    paths: [manifestsDirectory],
  }),
  desired: (context): readonly Change[] => [
    { kind: 'note', text: `[control-plane] Using manifest folder "${manifestsDirectory}"` },
    { kind: 'directory', path: manifestsDirectory, mode: 0o700 },
    ...staticPods(context.config, context.release, context).map(
      ({ name, pod }): Change => ({
        ...manifestFile(name, pod, context),
        step: name.replace('kube-', ''),
        says: `[control-plane] Creating static Pod manifest for "${name}"`,
      }),
    ),
  ],
};

const components = ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler'];
