import type { Arg } from '../../config/types.ts';
import type { KubeObject } from '../../kube/client.ts';
import { removedArguments } from '../../release/removed-arguments.ts';
import { argumentPresence } from '../../release/static-pod-arguments.ts';
import { type Problem, warning } from '../problem.ts';
import type { UpgradeRule } from './seen.ts';
import { nodeOf } from './workloads.ts';

/**
 * Arguments that somebody has written into a manifest on a control plane alone, and that go on the way: an upgrade writes the
 * manifests anew from kubeadm-config, so that no component is stopped by them, and what they did is over.
 */
export const livingArguments: UpgradeRule = ({ cluster, pods, from, to }) => {
  const own = argumentPresence(from);
  const gone = removedArguments(to);
  const written = {
    'kube-apiserver': cluster.apiServer.extraArgs,
    'kube-controller-manager': cluster.controllerManager.extraArgs,
    'kube-scheduler': cluster.scheduler.extraArgs,
  } as const;
  return Object.entries(written).flatMap(([name, extraArgs]) => {
    const component = name as keyof typeof written;
    const known = new Set([...Object.keys(own[component]), ...extraArgs.map(nameOf)]);
    return pods.filter(isOf(component)).flatMap((pod): readonly Problem[] =>
      argumentsOf(pod).flatMap((argument) => {
        const removed = gone[component].get(argument);
        if (removed === undefined || known.has(argument)) return [];
        const { since, instead = 'what does the same' } = removed;
        return [
          warning(
            'RemovedArgument',
            `${component} of ${nodeOf(pod)} runs with --${argument}, which kubeadm-config does not have: it went with ${since}, and the upgrade writes the manifest without it`,
            {
              mend: `nothing where nobody misses it; else write ${instead} there: kubectl -n kube-system edit configmap kubeadm-config`,
            },
          ),
        ];
      }),
    );
  });
};

function isOf(component: string): (pod: KubeObject) => boolean {
  return ({ metadata: { namespace, labels = {} } }) =>
    namespace === 'kube-system' && labels['component'] === component && labels['tier'] === 'control-plane';
}

function argumentsOf(pod: KubeObject): readonly string[] {
  const { containers = [] } = (pod['spec'] ?? {}) as {
    readonly containers?: readonly { readonly command?: readonly string[] }[];
  };
  const words = containers.flatMap(({ command = [] }) => command);
  return words.flatMap((word) => (word.startsWith('--') ? [canonical(word.slice(2).replace(/=.*$/s, ''))] : []));
}

function nameOf({ name }: Arg): string {
  return canonical(name);
}

/** Go's flags take an underscore for a dash. */
function canonical(name: string): string {
  return name.replaceAll('_', '-');
}
