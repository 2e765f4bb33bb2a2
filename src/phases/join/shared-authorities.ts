import type { JoinControlPlaneContext } from '../join-context.ts';
import type { Phase } from '../phase.ts';
import { withShared } from './foreseen-certificates.ts';
import { refuseProblems } from './refuse-problems.ts';
import { sharedCertificates, sharedReads } from './shared-certificates.ts';

/**
 * That the certificates which all control planes share are there, before the node's own are made: one that made a CA, or a
 * key for service accounts, of its own would be a control plane of nobody's.
 */
export const sharedAuthorities: Phase<JoinControlPlaneContext> = {
  name: 'control-plane-prepare',
  part: 'certs',
  title: 'Shared certificates there',
  reads: sharedReads,
  foresees: withShared,
  desired: (context, observed) => {
    const onHost = { ...context, controlPlane: { ...context.controlPlane, shared: { from: 'host' } as const } };
    refuseProblems(sharedCertificates(onHost, observed).problems);
    return [];
  },
};
