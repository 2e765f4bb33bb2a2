import type { Change } from '../execute/change.ts';
import { requiredImages } from '../manifests/images.ts';
import { ownNode } from '../preflight/own-node.ts';
import { preflightReads } from '../preflight/preflight.ts';
import { initSubject } from '../preflight/subject.ts';
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
  desired: ({ config, release, owned }, observed): readonly Change[] => {
    const subject = initSubject(config);
    const ignored = config.nodeRegistration.ignorePreflightErrors;
    const warnings = checked(
      { subject, release, observed, ...(owned === 'ours' ? { ours: ownNode(subject) } : {}) },
      ignored,
    );
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
