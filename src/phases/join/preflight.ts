import type { Change } from '../../execute/change.ts';
import { mergeReads, type Observed } from '../../execute/observed.ts';
import { ownNode } from '../../preflight/own-node.ts';
import { preflightReads } from '../../preflight/preflight.ts';
import { joinSubject } from '../../preflight/subject.ts';
import type { JoinContext } from '../join-context.ts';
import type { Phase } from '../phase.ts';
import { checked } from '../preflight-result.ts';

/** Everything that stands in the way of a worker, told at once. */
export const joinPreflight: Phase<JoinContext> = {
  name: 'preflight',
  title: 'Preflight checks',
  reads: (context) =>
    mergeReads([preflightReads(subjectOf(context), context.release), { files: [context.config.caCertPath] }]),
  desired: (context, observed): readonly Change[] => {
    const subject = subjectOf(context);
    const { ignorePreflightErrors } = context.config.nodeRegistration;
    return [
      { kind: 'note', text: '[preflight] Running pre-flight checks' },
      ...checked(
        {
          subject,
          release: context.release,
          observed,
          ...(isOurs(context, observed) ? { ours: ownNode(subject) } : {}),
        },
        ignorePreflightErrors,
      ),
      ...context.release.lines.readsConfiguration.map((text): Change => ({ kind: 'note', text })),
    ];
  },
};

function subjectOf({ config, cluster, kubeletConfiguration }: JoinContext) {
  return joinSubject(config, { cluster, kubelet: kubeletConfiguration });
}

/** The cluster's CA is what a run leaves first: with it the rest is a run of ours that goes on. */
function isOurs({ config, caPem }: JoinContext, observed: Observed): boolean {
  return observed.files.get(config.caCertPath)?.content?.toString('utf8').trim() === caPem.trim();
}
