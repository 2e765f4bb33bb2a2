import { etcdClientPort, etcdPeerPort } from '../../release/ports.ts';
import { failure, warning } from '../problem.ts';
import {
  answerOf,
  type BetweenRule,
  controlPlanesAmong,
  type PlannedCluster,
  type PlannedHost,
  peersOf,
} from './rule.ts';

/** A refused connection has come through: nothing listens yet. A firewall rejects with another word, or says nothing. */
const asking = `export LC_ALL=C
for peer; do
  for port in ${etcdClientPort} ${etcdPeerPort}; do
    { said=$(timeout 3 bash -c ': </dev/tcp/$0/$1' "$peer" "$port" 2>&1); code=$?
    case $code-$said in 0-*) state=open ;; *refused*) state=open ;; 124-*) state='no answer' ;;
    *'No route'*|*unreachable*) state='rejected' ;; *) state=unknown ;; esac
    echo "$peer $port $state"; } &
  done
done
wait`;

function question(own: PlannedHost, cluster: PlannedCluster): readonly string[] {
  return ['sh', '-c', asking, 'kinit', ...peersOf(own, cluster).map(({ address }) => address)];
}

/** etcd's members talk to each other both ways, on both ports. */
export const etcdPortsBetween: BetweenRule = {
  reads: (own, cluster) => (cluster.localEtcd && peersOf(own, cluster).length > 0 ? [question(own, cluster)] : []),
  check: (members, cluster) => {
    const controlPlanes = controlPlanesAmong(members, cluster);
    return controlPlanes.flatMap(({ own, member }) => {
      const lines = (answerOf(member, question(own, cluster)) ?? '').split('\n');
      return peersOf(own, cluster).flatMap(({ name, address }) => {
        const closed = lines.flatMap((line) => {
          const [, peer, port, state] = /^(\S+) (\d+) (no answer|rejected)$/.exec(line) ?? [];
          return peer === address && port !== undefined ? [`${port} ${state}`] : [];
        });
        if (closed.length === 0) return [];
        const other = controlPlanes.find((one) => one.own.name === name)?.member;
        const message = `etcd’s ports of the control plane ${name} are not reached`;
        const more = {
          evidence: `${address}: ${closed.join(', ')}`,
          mend: `let ${etcdClientPort}/tcp and ${etcdPeerPort}/tcp through between the control planes`,
          // The preparation opens them where it is firewalld that keeps them shut.
          ...(other?.facts.firewalld.active ? { prepared: true } : {}),
        };
        // Of one that this run has not reached, nobody knows whether it is a wall between them or that it is down.
        const tell = other === undefined ? warning : failure;
        return [{ host: member.host, problem: tell('EtcdPorts', message, more) }];
      });
    });
  },
};
