import { X509Certificate } from 'node:crypto';
import { type Change, refOf } from '../../execute/change.ts';
import { clusterAdminsBinding } from '../../manifests/rbac.ts';
import { partsOf } from '../../pki/certificate-parts.ts';
import { type KubeconfigEntry, kubeconfigTable } from '../../pki/kubeconfig-table.ts';
import { adminConf, kubernetesDirectory, superAdminConf } from '../../release/paths.ts';
import type { Phase } from '../phase.ts';
import type { UpgradeContext } from '../upgrade-context.ts';

/**
 * From v1.29 on admin.conf is of a group of its own, and super-admin.conf has the rights that nothing takes away. The group is
 * bound by admin.conf as it was; the new one takes its place whole (kubernetes#121305, in that minor's `apply`).
 */
export const administratorsSplit: Phase<UpgradeContext> = {
  name: 'kubeconfig',
  title: "Administrators' kubeconfigs",
  serves: ['control-plane'],
  reads: (context) =>
    context.release.upgrade.splitsAdmin
      ? {
          kubeconfigs: [adminConf, superAdminConf],
          keyPairs: [`${context.config.cluster.certificatesDir}/ca`],
          objects: bindings(context).map(refOf),
          paths: [context.folders.kubeconfigs, newAdmin(context)],
        }
      : {},
  desired: (context, observed): readonly Change[] => {
    const { config, release } = context;
    if (!release.upgrade.splitsAdmin) return [];
    const entry = (name: string) => kubeconfigTable(config, release).find((one) => one.name === name);
    const [admin, superAdmin] = [entry('admin'), entry('super-admin')];
    const certificate = observed.kubeconfigs.get(adminConf)?.clientCertificate;
    const groups = certificate === undefined ? [] : partsOf(new X509Certificate(certificate)).organizations;
    const isNew = JSON.stringify(groups) === JSON.stringify(admin?.client.subject.organizations);
    return [
      ...bindings(context).map((object): Change => ({ kind: 'object', how: 'once', object })),
      ...(superAdmin === undefined ? [] : [written(superAdmin, superAdminConf, context)]),
      ...(admin === undefined || isNew
        ? []
        : [
            { kind: 'directory', path: context.folders.kubeconfigs, mode: 0o700 } satisfies Change,
            written(admin, newAdmin(context), context),
            { kind: 'copy', from: newAdmin(context), to: adminConf } satisfies Change,
            { kind: 'absent', path: context.folders.kubeconfigs, transient: true } satisfies Change,
          ]),
    ];
  },
};

function bindings({ release }: UpgradeContext) {
  const binding = clusterAdminsBinding(release);
  return binding === undefined ? [] : [binding];
}

function newAdmin({ folders }: UpgradeContext): string {
  return `${folders.kubeconfigs}/admin.conf`;
}

function written(entry: KubeconfigEntry, path: string, { config }: UpgradeContext): Change {
  return {
    kind: 'kubeconfig',
    path,
    directory: config.cluster.certificatesDir,
    clusterName: config.cluster.clusterName,
    server: entry.server,
    user: entry.user,
    client: entry.client,
    preferences: entry.preferences,
    says: `[kubeconfig] Writing "${entry.file}" kubeconfig file in folder "${kubernetesDirectory}"`,
  };
}
