import { hostPort, splitHostPort } from '../config/network.ts';
import type { InitConfig } from '../config/types.ts';
import type { KubeObject } from '../kube/client.ts';
import type { KubeProxyObject } from '../release/addons.ts';
import type { Release } from '../release/release.ts';
import { toYaml } from '../yaml.ts';
import { withComponentHash } from './component-hash.ts';
import { componentImage } from './images.ts';
import { kubeProxyConfiguration } from './kube-proxy-configuration.ts';
import { type Patch, patched } from './patches.ts';
import { clusterRoleBinding, joiningNodes, readerRole } from './rbac.ts';

const name = 'kube-proxy';
const namespace = 'kube-system';
const configurationKey = 'config.conf';

export interface KubeProxyOptions {
  readonly proxyEnvironment: ReadonlyMap<string, string>;
  readonly patches?: readonly Patch[];
}

/** The objects of kube-proxy in kubeadm's order. Throws InputError naming the file of a patch that does not fit. */
export function kubeProxyObjects(
  config: InitConfig,
  release: Release,
  { proxyEnvironment, patches = [] }: KubeProxyOptions,
): readonly KubeObject[] {
  const deployed = daemonSet(config, release, proxyEnvironment);
  const objects: Readonly<Record<KubeProxyObject, readonly KubeObject[]>> = {
    account: [{ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace } }],
    configuration: [configMap(config, release)],
    daemonset: [release.addons.kubeProxy.patchable ? patched('kubeproxydaemonset', deployed, patches) : deployed],
    roles: [
      clusterRoleBinding('kubeadm:node-proxier', 'system:node-proxier', [{ kind: 'ServiceAccount', name, namespace }]),
      ...readerRole({ name, namespace, resource: 'configmaps', resourceName: name }, [joiningNodes]),
    ],
  };
  return release.addons.kubeProxy.order.flatMap((part) => objects[part]);
}

function configMap(config: InitConfig, release: Release): KubeObject {
  const object: KubeObject = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { labels: { app: name }, name, namespace },
    data: {
      [configurationKey]: toYaml(kubeProxyConfiguration(config, release)).trimEnd(),
      'kubeconfig.conf': kubeconfig(controlPlaneServer(config)),
    },
  };
  return release.addons.componentHash && !config.kubeProxy.userSupplied ? withComponentHash(object) : object;
}

/** `https://` and the control plane's endpoint, or this node's where there is none (kubeadm GetControlPlaneEndpoint). */
function controlPlaneServer({ cluster, localAPIEndpoint: { advertiseAddress, bindPort } }: InitConfig): string {
  const endpoint = cluster.controlPlaneEndpoint ? splitHostPort(cluster.controlPlaneEndpoint) : undefined;
  return `https://${hostPort(endpoint?.host ?? advertiseAddress, endpoint?.port ?? bindPort)}`;
}

/** As kubeadm writes it: text, in this order; the annotation's hash is over its bytes. */
function kubeconfig(server: string): string {
  const context = { cluster: 'default', namespace: 'default', user: 'default' };
  const account = '/var/run/secrets/kubernetes.io/serviceaccount';
  const document = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ cluster: { 'certificate-authority': `${account}/ca.crt`, server }, name: 'default' }],
    contexts: [{ context, name: 'default' }],
    'current-context': 'default',
    users: [{ name: 'default', user: { tokenFile: `${account}/token` } }],
  };
  return toYaml(document, { sortKeys: false }).trimEnd();
}

function daemonSet(
  { cluster }: InitConfig,
  release: Release,
  proxyEnvironment: ReadonlyMap<string, string>,
): KubeObject {
  const labels = { 'k8s-app': name };
  return {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { labels, name, namespace },
    spec: {
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          containers: [
            {
              name,
              image: componentImage(cluster, release, name),
              imagePullPolicy: 'IfNotPresent',
              command: [
                '/usr/local/bin/kube-proxy',
                `--config=/var/lib/kube-proxy/${configurationKey}`,
                '--hostname-override=$(NODE_NAME)',
              ],
              env: [
                { name: 'NODE_NAME', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } },
                ...environment(release, proxyEnvironment),
              ],
              securityContext: { privileged: true },
              volumeMounts: [
                { mountPath: '/var/lib/kube-proxy', name },
                { mountPath: '/run/xtables.lock', name: 'xtables-lock' },
                { mountPath: '/lib/modules', name: 'lib-modules', readOnly: true },
              ],
            },
          ],
          hostNetwork: true,
          nodeSelector: { 'kubernetes.io/os': 'linux' },
          priorityClassName: 'system-node-critical',
          serviceAccountName: name,
          tolerations: [
            ...(release.addons.kubeProxy.toleratesCriticalAddons
              ? [{ key: 'CriticalAddonsOnly', operator: 'Exists' }]
              : []),
            { operator: 'Exists' },
          ],
          volumes: [
            { configMap: { name }, name },
            { hostPath: { path: '/run/xtables.lock', type: 'FileOrCreate' }, name: 'xtables-lock' },
            { hostPath: { path: '/lib/modules' }, name: 'lib-modules' },
          ],
        },
      },
      updateStrategy: { type: 'RollingUpdate' },
    },
  };
}

function environment({ controlPlane }: Release, proxies: ReadonlyMap<string, string>): readonly object[] {
  const variables = [...proxies].map(([variable, value]) => ({ name: variable, value }));
  return controlPlane.sortsEnvironment ? variables.sort((a, b) => (a.name < b.name ? -1 : 1)) : variables;
}
