import { quote, quoteAll } from '../../host/shell/quote.ts';
import type { EtcdMemberChange } from '../change.ts';
import { removeEtcdMember } from '../etcd.ts';
import { type Kind, told, unseen } from './kind.ts';

/** A member of the etcd cluster that is to leave it. */
export const etcdMember: Kind<EtcdMemberChange> = {
  before: unseen.before,
  holds: () => false,
  performed: { by: 'itself', perform: removeEtcdMember },
  rehearsed: told,
  words: ({ peerUrl }) => `removing the etcd member ${peerUrl}`,
  entries: ({ peerUrl }) => [{ action: 'delete', what: `etcd member ${peerUrl}` }],
  script: ({ peerUrl, access: { servers, caFile, certFile, keyFile } }) => {
    const flags = [`--endpoints=${servers.join(',')}`, `--cacert=${caFile}`, `--cert=${certFile}`, `--key=${keyFile}`];
    const member = quoteAll(['env', 'ETCDCTL_API=3', 'etcdctl', ...flags, 'member']);
    return [`${member} remove "$(${member} list | grep -F ${quote(peerUrl)} | cut -d, -f1)"`];
  },
  // Who has left joins again as a new member, with new data.
  undo: () => [],
};
