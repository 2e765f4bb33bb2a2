import { hostPort } from '../../config/network.ts';
import { type Problem, warning } from '../problem.ts';
import type { PlannedCluster } from './rule.ts';

/** How often it is asked for each control plane, since it may choose by chance. */
const attempts = 4;

/** Whoever answers is known by the certificate, of which each API server has one of its own. */
const asking = `balancer=$1; shift
print() { timeout 5 openssl s_client -connect "$1" </dev/null 2>/dev/null | openssl x509 -noout -fingerprint -sha256 2>/dev/null; }
for server; do echo "server $server $(print "$server")"; done
left=$(($# * ${attempts}))
while [ "$left" -gt 0 ]; do echo "balancer $balancer $(print "$balancer")"; left=$((left - 1)); done`;

/** The command that tells on a control plane of a cluster that runs where the user's own load balancer leads; undefined without one. */
export function externalQuestion({ balancer, hosts, bindPort }: PlannedCluster): readonly string[] | undefined {
  if (balancer.kind !== 'external') return undefined;
  const servers = hosts
    .filter(({ role }) => role === 'control-plane')
    .map(({ address }) => hostPort(address, bindPort));
  return ['sh', '-c', asking, 'kinit', hostPort(balancer.address, balancer.port), ...servers];
}

/** What is wrong with where it leads: nowhere, elsewhere, or not to every API server that answers. */
export function externalProblems(planned: PlannedCluster, answer: string): readonly Problem[] {
  const { balancer, hosts, bindPort } = planned;
  if (balancer.kind !== 'external') return [];
  const lines = answer.split('\n').map((line) => line.split(' '));
  const prints = (what: string) =>
    lines.flatMap(([kind, at = '', ...print]) =>
      kind === what && print.join('') ? [[at, print.join(' ')] as const] : [],
    );
  const servers = new Map(prints('server'));
  const behind = new Set(prints('balancer').map(([, print]) => print));
  if (servers.size === 0) return [];
  const at = hostPort(balancer.address, balancer.port);
  const mend = `let ${at} lead to port ${bindPort} of every control plane, with checks of https /readyz`;
  if (behind.size === 0)
    return [warning('ExternalBalancer', `nobody answers with TLS at the load balancer ${at}`, { mend })];
  const unseen = hosts.filter(({ role, address }) => {
    const print = servers.get(hostPort(address, bindPort));
    return role === 'control-plane' && print !== undefined && !behind.has(print);
  });
  if (unseen.length === servers.size) {
    return [
      warning('ExternalBalancer', `the load balancer ${at} leads to none of the control planes, but to somebody else`, {
        mend,
      }),
    ];
  }
  if (unseen.length === 0) return [];
  const names = unseen.map(({ name }) => name).join(', ');
  const message = `the load balancer ${at} did not lead to ${names} in ${attempts * servers.size} tries`;
  return [warning('ExternalBalancer', message, { mend })];
}
