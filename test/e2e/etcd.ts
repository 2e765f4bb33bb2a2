import type { LabHost } from '../lab/host.ts';
import { on } from './kit.ts';

const pki = '/etc/kubernetes/pki/etcd';

/** One question to the JSON gateway of the etcd on a host. Throws where it does not answer, or says no. */
export async function askEtcd(host: LabHost, path: string, question: object = {}): Promise<Record<string, unknown>> {
  const certificates = ['--cacert', `${pki}/ca.crt`, '--cert', `${pki}/server.crt`, '--key', `${pki}/server.key`];
  const body = ['-m', '10', '-X', 'POST', '-d', JSON.stringify(question)];
  const answer = await on(host, 'curl', '-sf', ...certificates, ...body, `https://127.0.0.1:2379${path}`);
  return JSON.parse(answer) as Record<string, unknown>;
}

/** The members of etcd as one of them tells: name, whether it has started, whether it is a learner. */
export async function members(through: LabHost): Promise<readonly string[]> {
  const { members: all } = (await askEtcd(through, '/v3/cluster/member/list')) as {
    members: { name?: string; isLearner?: boolean }[];
  };
  return all.map(({ name = 'not started', isLearner = false }) => `${name}${isLearner ? ' (learner)' : ''}`).sort();
}

/** Makes a member the leader; any of them may be asked. */
export async function lead(host: LabHost): Promise<void> {
  const status = (await askEtcd(host, '/v3/maintenance/status')) as { header: { member_id: string }; leader: string };
  const id = status.header.member_id;
  if (status.leader === id) return;
  const { members: all } = (await askEtcd(host, '/v3/cluster/member/list')) as {
    members: { ID: string; clientURLs: string[] }[];
  };
  const [server = ''] = all.find(({ ID }) => ID === status.leader)?.clientURLs ?? [];
  const certificates = ['--cacert', `${pki}/ca.crt`, '--cert', `${pki}/server.crt`, '--key', `${pki}/server.key`];
  const url = `${server}/v3/maintenance/transfer-leadership`;
  await on(host, 'curl', '-sf', ...certificates, '-m', '10', '-X', 'POST', '-d', JSON.stringify({ targetID: id }), url);
}
