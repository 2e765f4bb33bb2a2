import type { Change } from '../../execute/change.ts';
import { mergeReads, type Observed } from '../../execute/observed.ts';
import { requiredImages } from '../../manifests/images.ts';
import { ownNode } from '../../preflight/own-node.ts';
import { preflightReads } from '../../preflight/preflight.ts';
import { failure, type Problem } from '../../preflight/problem.ts';
import { joinSubject } from '../../preflight/subject.ts';
import { missingImages } from '../image-pull.ts';
import type { JoinContext, JoinControlPlaneContext } from '../join-context.ts';
import type { Phase } from '../phase.ts';
import { checked } from '../preflight-result.ts';
import { pullLines } from '../pull-lines.ts';
import { sharedCertificates, sharedReads } from './shared-certificates.ts';
import { endpointReads, unknownEndpoint } from './unknown-endpoint.ts';

/** Everything that stands in the way of a node, told at once; of a control plane also what stands in the cluster's way. */
export const joinPreflight: Phase<JoinContext> = {
  name: 'preflight',
  title: 'Preflight checks',
  reads: (context) =>
    mergeReads([
      preflightReads(subjectOf(context), context.release),
      { files: [context.config.caCertPath] },
      endpointReads(context),
      ...(isControlPlane(context) ? [sharedReads(context)] : []),
    ]),
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
        [...unknownEndpoint(context, observed), ...(isControlPlane(context) ? notReady(context, observed) : [])],
      ),
      ...context.release.lines.readsConfiguration.map((text): Change => ({ kind: 'note', text })),
      ...(isControlPlane(context) ? controlPlaneImages(context, observed) : []),
    ];
  },
};

function subjectOf({ config, cluster, kubeletConfiguration }: JoinContext) {
  return joinSubject(config, { cluster, kubelet: kubeletConfiguration });
}

function isControlPlane(context: JoinContext): context is JoinControlPlaneContext {
  return context.controlPlane !== undefined;
}

/** The cluster's CA is what a run leaves first: with it the rest is a run of ours that goes on. A control plane's files tell. */
function isOurs({ config, caPem, controlPlane }: JoinContext, observed: Observed): boolean {
  if (controlPlane !== undefined) return controlPlane.owned;
  return observed.files.get(config.caCertPath)?.content?.toString('utf8').trim() === caPem.trim();
}

/** Why the cluster or what it shares cannot carry one more control plane (kubeadm's checkIfReadyForAdditionalControlPlane). */
function notReady(context: JoinControlPlaneContext, observed: Observed): readonly Problem[] {
  const { controlPlaneEndpoint } = context.cluster;
  const endpoint = controlPlaneEndpoint === undefined || controlPlaneEndpoint === '' ? [noEndpoint] : [];
  return [...endpoint, ...sharedCertificates(context, observed).problems];
}

const noEndpoint = failure(
  'ControlPlaneEndpoint',
  'the cluster has no controlPlaneEndpoint, an address that all control planes can share: one more cannot take over from the first',
  {
    mend: 'a cluster that is made with `kinit init --control-plane-endpoint NAME:PORT` takes further control planes',
  },
);

function controlPlaneImages(context: JoinControlPlaneContext, { facts }: Observed): readonly Change[] {
  const { config, cluster, release } = context;
  const { ignorePreflightErrors } = config.nodeRegistration;
  return [
    { kind: 'note', text: '[preflight] Running pre-flight checks before initializing the new control plane instance' },
    ...pullLines(release),
    ...missingImages(requiredImages(cluster, release), config.nodeRegistration, facts, ignorePreflightErrors),
  ];
}
