import type { Change } from '../execute/change.ts';
import type { Observed } from '../execute/observed.ts';
import { staticPods } from '../manifests/static-pods.ts';
import { manifestsDirectory, staticPodNames } from '../release/paths.ts';
import type { ControlPlaneContext } from './context.ts';
import { manifestFile } from './manifest-file.ts';
import type { Phase } from './phase.ts';

/** The static pods of kube-apiserver, kube-controller-manager and kube-scheduler. */
export const controlPlane: Phase<ControlPlaneContext> = {
  name: 'control-plane',
  title: 'Control plane',
  steps: ['apiserver', 'controller-manager', 'scheduler'],
  reads: ({ config }) => ({
    files: components.map((name) => `${manifestsDirectory}/${name}.yaml`),
    paths: [manifestsDirectory],
    keyPairs: [`${config.cluster.certificatesDir}/ca`],
  }),
  desired: (context, observed): readonly Change[] => [
    { kind: 'note', text: `[control-plane] Using manifest folder "${manifestsDirectory}"` },
    { kind: 'directory', path: manifestsDirectory, mode: 0o700 },
    ...staticPods(context.config, context.release, { ...context, externalCa: isExternal(context, observed) }).map(
      ({ name, pod }): Change => ({
        ...manifestFile(name, pod, context),
        step: name.replace('kube-', ''),
        says: `[control-plane] Creating static Pod manifest for "${name}"`,
      }),
    ),
  ],
};

/** A CA certificate without its key: it signs elsewhere. */
function isExternal({ config }: ControlPlaneContext, { keyPairs }: Observed): boolean {
  const ca = keyPairs.get(`${config.cluster.certificatesDir}/ca`);
  return ca?.certificate !== undefined && ca.key === undefined;
}

const components = staticPodNames.filter((name) => name !== 'etcd');
