import { execFileSync } from 'node:child_process';
import { type AddressInfo, createServer } from 'node:net';
import { describe, expect, test } from 'vitest';
import { etcdPortsBetween } from '../../src/preflight/between/etcd-ports.ts';
import type { PlannedCluster } from '../../src/preflight/between/rule.ts';

const planned: PlannedCluster = {
  hosts: [
    { name: 'm1', address: '127.0.0.1', role: 'control-plane' },
    { name: 'm2', address: '127.0.0.2', role: 'control-plane' },
  ],
  balancer: { kind: 'none' },
  endpoint: undefined,
  bindPort: 6443,
  localEtcd: true,
};

describe('the question whether a port of etcd is reached', () => {
  test('is answered by who listens and by who refuses alike, but not by who is nowhere', async () => {
    const server = createServer().listen(0, '127.0.0.2');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as AddressInfo;
    const [[program = '', ...rest] = []] = etcdPortsBetween.reads?.(planned.hosts[0]!, planned) ?? [];
    const argv = rest.map((word) => word.replaceAll('2379', String(port)).replaceAll('2380', '1'));
    const said = execFileSync(program, argv, { encoding: 'utf8' });
    server.close();
    expect(said.trim().split('\n').sort()).toEqual([`127.0.0.2 1 open`, `127.0.0.2 ${port} open`].sort());
  });
});
