import { memberAt } from '../../etcd/members.ts';
import { quote, quoteAll } from '../../host/shell/quote.ts';
import type { EtcdMemberChange } from '../change.ts';
import { removeEtcdMember } from '../etcd.ts';
import { announceMember, awaitAlone, promoteMember } from '../etcd-join.ts';
import type { Observed } from '../observed.ts';
import type { Target } from '../target.ts';
import { type Kind, told, unseen } from './kind.ts';

/** A member of the etcd cluster that is to leave it, or to join it. */
export const etcdMember: Kind<EtcdMemberChange> = {
  before: unseen.before,
  holds,
  performed: { by: 'itself', perform: (change, target) => ways[change.how].perform(change, target) },
  rehearsed: told,
  words: ({ how, peerUrl }) => ways[how].words(peerUrl),
  entries: ({ how, peerUrl }) => [ways[how].entry(peerUrl)],
  script: (change) => {
    const { servers, caFile, certFile, keyFile } = change.access;
    const flags = [`--endpoints=${servers.join(',')}`, `--cacert=${caFile}`, `--cert=${certFile}`, `--key=${keyFile}`];
    const member = quoteAll(['env', 'ETCDCTL_API=3', 'etcdctl', ...flags, 'member']);
    const id = `"$(${member} list | grep -F ${quote(change.peerUrl)} | cut -d, -f1)"`;
    return [ways[change.how].script(member, id, change.peerUrl)];
  },
  // Who has left joins again as a new member, with new data; who has joined leaves by a reset.
  undo: () => [],
};

/** Whether somebody has left is found out where it is done. */
function holds({ how, peerUrl }: EtcdMemberChange, { etcd }: Observed): boolean {
  if (how === 'absent' || how === 'alone' || etcd?.members === undefined) return false;
  const own = memberAt(etcd.members, peerUrl);
  if (own === undefined) return false;
  return how === 'announced' || (!own.isLearner && etcd.healthy.has(own.id));
}

interface Way {
  readonly perform: (change: EtcdMemberChange, target: Target) => Promise<void>;
  readonly words: (peerUrl: string) => string;
  readonly entry: (peerUrl: string) => { readonly action: 'create' | 'update' | 'delete'; readonly what: string };
  readonly script: (member: string, id: string, peerUrl: string) => string;
}

const ways: Readonly<Record<EtcdMemberChange['how'], Way>> = {
  absent: {
    perform: removeEtcdMember,
    words: (peerUrl) => `removing the etcd member ${peerUrl}`,
    entry: (peerUrl) => ({ action: 'delete', what: `etcd member ${peerUrl}` }),
    script: (member, id) => `${member} remove ${id}`,
  },
  announced: {
    perform: announceMember,
    words: (peerUrl) => `announcing the etcd member ${peerUrl}`,
    entry: (peerUrl) => ({ action: 'create', what: `etcd member ${peerUrl}, a learner at first` }),
    script: (member, _, peerUrl) => `${member} add "$(hostname)" --learner ${quote(`--peer-urls=${peerUrl}`)}`,
  },
  voting: {
    perform: promoteMember,
    words: (peerUrl) => `giving the etcd member ${peerUrl} its vote`,
    entry: (peerUrl) => ({ action: 'update', what: `etcd member ${peerUrl}: its vote, once it has caught up` }),
    script: (member, id) => `until ${member} promote ${id}; do sleep 1; done`,
  },
  alone: {
    perform: awaitAlone,
    words: (peerUrl) => `waiting for the etcd member ${peerUrl} to lead a cluster of its own`,
    entry: (peerUrl) => ({ action: 'update', what: `etcd member ${peerUrl}: the only one of its cluster` }),
    script: (member) => `until [ "$(${member} list | wc -l)" = 1 ]; do sleep 1; done`,
  },
};
