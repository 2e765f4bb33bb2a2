import { seconds } from '../config/duration.ts';
import { type Change, objectKey, refOf } from '../execute/change.ts';
import type { KubeObject } from '../kube/client.ts';
import { clusterAdminsBinding } from '../manifests/rbac.ts';
import { superAdminConf } from '../release/paths.ts';
import type { InitContext } from './context.ts';
import type { Phase } from './phase.ts';

/**
 * The rights of admin.conf, before anything else is read or written with it. Where its group is not `system:masters` (1.29
 * and later) it has none until that group is bound; super-admin.conf binds it where admin.conf itself may not, and the rest
 * waits until that is in force (kubeadm's EnsureAdminClusterRoleBinding, app/phases/kubeconfig). A kubeconfig of the user's
 * own brings its own rights (app/cmd/init.go, initData.Client).
 */
export const adminAccess: Phase<InitContext> = {
  name: 'admin-access',
  title: "The administrator's rights",
  serves: ['upload-config', 'upload-certs', 'mark-control-plane', 'bootstrap-token', 'addon', 'network'],
  reads: (context) => ({ objects: bindings(context).map((binding) => ({ ...refOf(binding), hidden: 'absent' })) }),
  desired: (context, observed) =>
    bindings(context)
      .filter((binding) => !observed.objects.has(objectKey(binding)))
      .flatMap((binding): readonly Change[] => [
        { kind: 'object', object: binding, how: 'once', as: 'super-admin' },
        letIn(binding, context),
      ]),
};

function bindings({ release, kubeconfig }: InitContext): readonly KubeObject[] {
  const binding = kubeconfig === undefined ? clusterAdminsBinding(release) : undefined;
  return binding ? [binding] : [];
}

/** The API server looks at bindings through a cache of its own. */
function letIn(binding: KubeObject, { config }: InitContext): Change {
  const { name } = binding.metadata;
  return {
    kind: 'wait',
    until: { on: 'object', what: `admin.conf to be let in by ClusterRoleBinding ${name}`, ref: refOf(binding) },
    deadline: seconds(config.timeouts.kubernetesAPICall),
    advice: `see whether it binds the group ${name} to cluster-admin: \`kubectl --kubeconfig ${superAdminConf} get clusterrolebinding ${name} -o yaml\``,
  };
}
