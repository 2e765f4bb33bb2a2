import { mkdtemp, rm } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ConnectTarget } from '../../src/host/host.ts';
import { localTransport } from '../../src/host/local.ts';
import { shellHost } from '../../src/host/shell/shell-host.ts';
import type { Transport } from '../../src/host/transport.ts';
import { FakeHost } from '../fakes/host.ts';
import { type HostFixture, hostContract, processContract } from './host.contract.ts';

async function local(): Promise<HostFixture> {
  const directory = await mkdtemp(join(tmpdir(), 'kinit-local-'));
  const { transport, calls } = counted(localTransport());
  return {
    host: shellHost(transport, { name: 'localhost', local: true }),
    directory,
    roundTrips: calls,
    close: () => rm(directory, { recursive: true }),
  };
}

async function fake(): Promise<HostFixture> {
  const host = new FakeHost({
    commands: {
      true: {},
      false: { code: 1 },
      cat: (_, input) => ({ stdout: input.toString('utf8') }),
      'printf %s': ([, , text = '']) => ({ stdout: text }),
      'sh -c exit 3': { code: 3 },
    },
    connect: async (target: ConnectTarget) => createConnection(target as { host: string; port: number }),
  });
  return { host, directory: '/fake', roundTrips: () => host.roundTrips, close: () => host.close() };
}

function counted(transport: Transport): { readonly transport: Transport; readonly calls: () => number } {
  let calls = 0;
  const exec: Transport['exec'] = (command, options) => {
    calls += 1;
    return transport.exec(command, options);
  };
  return { transport: { ...transport, exec }, calls: () => calls };
}

hostContract('this machine', local);
processContract('this machine', local);
hostContract('a fake host', fake);
