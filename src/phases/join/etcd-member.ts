import { seconds } from '../../config/duration.ts';
import { initialCluster, memberAt } from '../../etcd/members.ts';
import type { Change } from '../../execute/change.ts';
import { etcdPod } from '../../manifests/etcd.ts';
import { etcdImage } from '../../manifests/images.ts';
import { manifestsDirectory } from '../../release/paths.ts';
import type { JoinControlPlaneContext } from '../join-context.ts';
import { manifestFile } from '../manifest-file.ts';
import type { Phase } from '../phase.ts';
import { etcdManifest, ownMember, ownMemberReads, ownPeerUrl } from './own-member.ts';

/** What a member of the cluster's own etcd becomes, step by step; each is decided on what the one before has left. */
export type EtcdSteps = readonly Phase<JoinControlPlaneContext>[];

/** The steps under the name that the target's kubeadm has for them: a phase, or a part of one. */
export function etcdSteps(name: string, part?: string): EtcdSteps {
  return [departed, announced, started, voting].map(({ title, desired }) => ({
    name,
    ...(part === undefined ? {} : { part, steps: [part] }),
    title,
    reads: ownMemberReads,
    desired: (context, observed) =>
      desired(context, observed).map((change) => (part === undefined ? change : { ...change, step: part })),
  }));
}

type Step = Pick<Phase<JoinControlPlaneContext>, 'title' | 'desired'>;

/** What an earlier life of this host has left, and cannot be used again: a learner whose data are gone. */
const departed: Step = {
  title: 'etcd member of before',
  desired: (context, observed): readonly Change[] => {
    const { etcd: access } = context.controlPlane;
    if (access === undefined || observed.etcd?.members === undefined) return [];
    if (ownMember(context, observed.etcd.members, observed) !== 'without its data') return [];
    const peerUrl = ownPeerUrl(context);
    const says = `[etcd] Removing the learner ${peerUrl}, whose data are gone`;
    return [{ kind: 'etcd-member', how: 'absent', peerUrl, access, says }];
  },
};

/** The others know of it, as a learner: until it has caught up they go on without it. */
const announced: Step = {
  title: 'etcd member announced',
  desired: (context): readonly Change[] => {
    const { etcd: access } = context.controlPlane;
    if (context.cluster.etcd.external) return external;
    if (access === undefined) throw new Error('nobody knows where etcd is');
    return [
      {
        kind: 'etcd-member',
        how: 'announced',
        peerUrl: ownPeerUrl(context),
        access,
        deadline: seconds(context.config.timeouts.etcdAPICall),
        advice: learnerAdvice,
        says: '[etcd] Announcing the new etcd member to the existing etcd cluster',
      },
    ];
  },
};

const external: readonly Change[] = [
  { kind: 'note', text: '[control-plane-join] Using external etcd - no local stacked instance added' },
];

const learnerAdvice =
  '`etcdctl member list` on a control plane shows whom etcd waits for: finish the join of that host, or take out what it has left with `etcdctl member remove ID`; then run the same command again';

/** Its manifest, with the cluster as the others tell it now. One that has started goes on with what it has. */
const started: Step = {
  title: 'etcd',
  desired: (context, observed): readonly Change[] => {
    const { config, controlPlane } = context;
    const { local } = context.cluster.etcd;
    if (local === undefined) return [];
    const members = observed.etcd?.members ?? [];
    const own = { name: config.nodeRegistration.name, peerURL: ownPeerUrl(context) };
    const hasStarted = memberAt(members, own.peerURL)?.name === own.name;
    if (hasStarted && observed.files.get(etcdManifest)?.type === 'file') return [];
    const pod = etcdPod(controlPlane.config, context.release, { initialCluster: initialCluster(members, own) });
    return [
      { kind: 'directory', path: manifestsDirectory, mode: 0o700 },
      { kind: 'directory', path: local.dataDir, mode: 0o700 },
      { ...manifestFile('etcd', pod, controlPlane), says: '[etcd] Creating static Pod manifest for "etcd"' },
    ];
  },
};

/** It has started, caught up with the others, and votes. */
const voting: Step = {
  title: 'etcd member votes',
  desired: (context): readonly Change[] => {
    const { etcd: access, config } = context.controlPlane;
    if (context.cluster.etcd.external || access === undefined) return [];
    const image = etcdImage(context.cluster, context.release);
    return [
      {
        kind: 'etcd-member',
        how: 'voting',
        peerUrl: ownPeerUrl(context),
        access,
        // As long again as for an answer: its kubelet has to start it first.
        deadline: 2 * seconds(context.config.timeouts.etcdAPICall),
        advice: `look on this host whether the runtime has the image ${image}, and at the container: \`crictl --runtime-endpoint ${config.nodeRegistration.criSocket} ps -a | grep etcd\` and \`crictl logs CONTAINERID\`; then run the same command again`,
        says: '[etcd] Waiting for the new etcd member to join the cluster',
      },
    ];
  },
};
