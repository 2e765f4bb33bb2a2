import type { Change } from '../execute/change.ts';
import { requiredImages } from '../manifests/images.ts';
import { ownNode } from '../preflight/own-node.ts';
import { preflightReads } from '../preflight/preflight.ts';
import { initSubject } from '../preflight/subject.ts';
import type { InitContext } from './context.ts';
import { missingImages } from './image-pull.ts';
import type { Phase } from './phase.ts';
import { checked } from './preflight-result.ts';
import { pullLines } from './pull-lines.ts';

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
      ...pullLines(release),
      ...missingImages(requiredImages(config.cluster, release), config.nodeRegistration, observed.facts, ignored),
    ];
  },
};
