import { checkArguments, checkComponentGates, checkEtcdArguments } from '../../config/extra-arguments.ts';
import { releaseFor } from '../../release/release.ts';
import { removedComponentGates } from '../../release/removed-gates.ts';
import { failure, type Problem } from '../problem.ts';
import type { UpgradeRule } from './seen.ts';

/** A component with an argument that its next version has not got does not start. */
export const lostArguments: UpgradeRule = ({ cluster, through }) => {
  const found = new Map<string, Problem>();
  for (const version of through) {
    const release = releaseFor(version);
    const report = (path: readonly (string | number)[] | string, message: string) => {
      const place = typeof path === 'string' ? path : path.join('.');
      const name = `${place} ${message}`;
      if (found.has(name)) return;
      const mend = 'kubectl -n kube-system edit configmap kubeadm-config';
      found.set(name, failure('RemovedArgument', `kubeadm-config ${place}: ${message}`, { mend }));
    };
    const { apiServer, controllerManager, scheduler, etcd } = cluster;
    const parts = [
      ['kube-apiserver', 'apiServer', apiServer],
      ['kube-controller-manager', 'controllerManager', controllerManager],
      ['kube-scheduler', 'scheduler', scheduler],
    ] as const;
    for (const [component, field, { extraArgs }] of parts) {
      checkArguments(component, extraArgs, {
        path: [field, 'extraArgs'],
        release,
        report,
        gone: removedComponentGates,
      });
    }
    if (etcd.local) checkEtcdArguments(etcd.local, release, report);
  }
  return [...found.values()];
};

/** The same of feature gates in the files of kubelets and kube-proxies. */
export const lostGates: UpgradeRule = ({ components, from, through }) => {
  const { kubelet, kubeProxy } = components;
  const maps = [
    [releaseFor(from).node.kubeletConfigMap, kubelet],
    ['kube-proxy', kubeProxy],
  ] as const;
  const found = new Map<string, Problem>();
  for (const [name, object = {}] of maps) {
    for (const version of through) {
      const report = (path: readonly (string | number)[] | string, message: string) => {
        const place = typeof path === 'string' ? path : path.join('.');
        const mend = `kubectl -n kube-system edit configmap ${name}`;
        found.set(`${name} ${message}`, failure('RemovedArgument', `${name} ${place}: ${message}`, { mend }));
      };
      checkComponentGates({ object }, releaseFor(version), report, removedComponentGates);
    }
  }
  return [...found.values()];
};
