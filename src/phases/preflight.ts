import type { Change } from '../execute/change.ts';
import { requiredImages } from '../manifests/images.ts';
import { initSubject, preflightReads } from '../preflight/subject.ts';
import type { Release } from '../release/release.ts';
import type { InitContext } from './context.ts';
import { missingImages } from './image-pull.ts';
import type { Phase } from './phase.ts';
import { checked } from './preflight-result.ts';

/** Everything that stands in the way of a control plane, told at once; then the images that are not there yet. */
export const preflight: Phase<InitContext> = {
  name: 'preflight',
  title: 'Preflight checks',
  reads: ({ config, release }) => preflightReads(initSubject(config), release),
  desired: (context, observed): readonly Change[] => {
    const { config, release, owned } = context;
    const subject = initSubject(config);
    const ours = owned === 'ours' ? ownControlPlane(context) : undefined;
    const ignored = config.nodeRegistration.ignorePreflightErrors;
    const warnings = checked({ subject, release, observed, ...(ours === undefined ? {} : { ours }) }, ignored);
    return [
      { kind: 'note', text: '[preflight] Running pre-flight checks' },
      ...warnings,
      ...pullLines(release).map((text): Change => ({ kind: 'note', text })),
      ...missingImages(requiredImages(config.cluster, release), config.nodeRegistration, observed.facts, ignored),
    ];
  },
};

/** kubeadm's lines before images are pulled, which it prints where none is missing too. */
function pullLines({ lines }: Release): readonly string[] {
  return [
    '[preflight] Pulling images required for setting up a Kubernetes cluster',
    '[preflight] This might take a minute or two, depending on the speed of your internet connection',
    lines.pullBeforehand,
  ];
}

/** The ports and files of the control plane that an earlier run has brought up. */
function ownControlPlane({ config }: InitContext) {
  const { etcd } = config.cluster;
  const manifests = ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'etcd'];
  return {
    ports: new Set([config.localAPIEndpoint.bindPort, 10250, 10257, 10259, 2379, 2380]),
    paths: new Set([
      ...manifests.map((name) => `/etc/kubernetes/manifests/${name}.yaml`),
      ...(etcd.local ? [etcd.local.dataDir] : []),
    ]),
    node: true,
  };
}
