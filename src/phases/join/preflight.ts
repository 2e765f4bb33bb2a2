import type { Change } from '../../execute/change.ts';
import type { Observed } from '../../execute/observed.ts';
import { joinSubject, preflightReads } from '../../preflight/subject.ts';
import type { JoinContext } from '../join-context.ts';
import { bootstrapKubeletConf, kubeletConf } from '../paths.ts';
import type { Phase } from '../phase.ts';
import { checked } from '../preflight-result.ts';

/** Everything that stands in the way of a worker, told at once. */
export const joinPreflight: Phase<JoinContext> = {
  name: 'preflight',
  title: 'Preflight checks',
  reads: (context) => {
    const reads = preflightReads(subjectOf(context), context.release);
    return { ...reads, files: [context.config.caCertPath] };
  },
  desired: (context, observed): readonly Change[] => {
    const subject = subjectOf(context);
    const ours = isOurs(context, observed)
      ? {
          ports: new Set([10250]),
          paths: new Set([kubeletConf, bootstrapKubeletConf, context.config.caCertPath, '/etc/kubernetes/manifests']),
          node: true,
        }
      : undefined;
    const { ignorePreflightErrors } = context.config.nodeRegistration;
    return [
      { kind: 'note', text: '[preflight] Running pre-flight checks' },
      ...checked(
        { subject, release: context.release, observed, ...(ours === undefined ? {} : { ours }) },
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
