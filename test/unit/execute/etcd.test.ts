import { expect, test } from 'vitest';
import type { EtcdMemberChange } from '../../../src/execute/change.ts';
import { removeEtcdMember } from '../../../src/execute/etcd.ts';
import { type Reporter, silentReporter } from '../../../src/report/reporter.ts';
import { target } from './target.ts';

const leaving: EtcdMemberChange = {
  kind: 'etcd-member',
  how: 'absent',
  peerUrl: 'https://192.0.2.1:2380',
  access: { servers: ['https://192.0.2.1:2379'], caFile: '/ca.crt', certFile: '/client.crt', keyFile: '/client.key' },
};

test('an etcd member that cannot leave stops what follows, and the way on is told', async () => {
  await expect(removeEtcdMember(leaving, target())).rejects.toMatchObject({
    message: expect.stringMatching(
      /^the etcd member https:\/\/192\.0\.2\.1:2380 could not leave .*ca\.crt is missing$/,
    ),
    hint: expect.stringContaining('no file of the host was touched'),
  });
});

test('an etcd member whose cluster was given up is only warned of', async () => {
  const warnings: string[] = [];
  const report: Reporter['report'] = (event) => void (event.type === 'warning' && warnings.push(event.text));
  await removeEtcdMember({ ...leaving, optional: true }, target({ reporter: { ...silentReporter, report } }));
  expect(warnings).toEqual([expect.stringMatching(/could not leave .*; if .* remove it there with etcdctl$/)]);
});
