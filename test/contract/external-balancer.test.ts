import { execFile } from 'node:child_process';
import { type AddressInfo, connect, createServer, type Server } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { promisify } from 'node:util';
import { afterAll, describe, expect, test } from 'vitest';
import { externalProblems, externalQuestion } from '../../src/preflight/between/external-balancer.ts';
import type { PlannedCluster } from '../../src/preflight/between/rule.ts';
import { testAuthority, testCertificate } from '../certificates.ts';

const open: Server[] = [];
afterAll(() => {
  for (const server of open) server.close();
});

async function listening(server: Server, address: string, port = 0): Promise<number> {
  open.push(server);
  await new Promise<void>((resolve) => server.listen(port, address, resolve));
  return (server.address() as AddressInfo).port;
}

const authority = await testAuthority();

/** An API server as far as TLS goes, with a certificate of its own. */
async function apiServer(name: string) {
  const { certificate, key } = await testCertificate(authority, name, [name]);
  return createTlsServer({ cert: certificate, key: key.reveal() });
}

describe('where a load balancer leads', () => {
  test('is seen by the certificates of who answers behind it', { timeout: 60_000 }, async () => {
    const port = await listening(await apiServer('m1'), '127.0.0.1');
    await listening(await apiServer('m2'), '127.0.0.2', port);
    let targets = ['127.0.0.1'];
    let turn = 0;
    const relay = createServer((from) => {
      turn += 1;
      const to = connect(port, targets[turn % targets.length] ?? '');
      for (const end of [from, to]) end.on('error', () => undefined);
      from.pipe(to).pipe(from);
    });
    const planned: PlannedCluster = {
      hosts: [
        { name: 'm1', address: '127.0.0.1', role: 'control-plane' },
        { name: 'm2', address: '127.0.0.2', role: 'control-plane' },
      ],
      balancer: { kind: 'external', address: '127.0.0.1', port: await listening(relay, '127.0.0.1') },
      endpoint: undefined,
      bindPort: port,
      localEtcd: true,
    };
    const told = async () => {
      const [program = '', ...argv] = externalQuestion(planned) ?? [];
      const { stdout } = await promisify(execFile)(program, argv);
      return externalProblems(planned, stdout).map(({ message }) => message);
    };
    expect(await told()).toEqual([expect.stringContaining('did not lead to m2')]);
    targets = ['127.0.0.1', '127.0.0.2'];
    expect(await told()).toEqual([]);
  });
});
