import { describe, expect, it } from 'vitest';
import { initConfig, noExtras } from '../manifests/config.ts';
import { namesOf, preflightOf } from './hosts.ts';

interface Given {
  readonly address: string;
  readonly port?: number;
  readonly bind?: string;
}

/** The host advertises 192.0.2.10; a program listens somewhere on it. */
function found(version: string, { address, port = 6443, bind }: Given): readonly string[] {
  const extras = { ...noExtras, extraArgs: bind === undefined ? [] : [{ name: 'bind-address', value: bind }] };
  const { cluster, localAPIEndpoint } = initConfig(version, {
    cluster: { apiServer: { ...extras, certSANs: [] }, scheduler: extras },
  });
  const facts = { listening: [{ address, port, process: 'haproxy' }] };
  return namesOf(preflightOf('init', version, { facts, subject: { cluster, localAPIEndpoint } }));
}

describe('a port of the control plane that somebody listens on', () => {
  it.each([
    ['1.36.3', { address: '192.0.2.99' }, ['ERROR Port-6443']],
    ['1.36.3', { address: '192.0.2.99', bind: '192.0.2.10' }, ['ERROR Port-6443']],
    ['1.37.0', { address: '192.0.2.10' }, ['ERROR Port-6443']],
    ['1.37.0', { address: '0.0.0.0' }, ['ERROR Port-6443']],
    ['1.37.0', { address: '::' }, ['ERROR Port-6443']],
    ['1.37.0', { address: '192.0.2.99', bind: '0.0.0.0' }, ['ERROR Port-6443']],
    ['1.37.0', { address: '192.0.2.99', bind: '192.0.2.10' }, []],
    ['1.37.0', { address: '192.0.2.10', bind: '192.0.2.11' }, []],
    ['1.37.0', { address: '192.0.2.99' }, ['warning Port-6443']],
    ['1.37.0', { address: '127.0.0.1', port: 10259 }, ['ERROR Port-10259']],
    ['1.37.0', { address: '192.0.2.99', port: 10259 }, []],
    ['1.37.0', { address: '192.0.2.99', port: 2379 }, []],
    ['1.37.0', { address: '127.0.0.1', port: 2379 }, ['ERROR Port-2379']],
    ['1.37.0', { address: '192.0.2.99', port: 10250 }, ['ERROR Port-10250']],
    ['1.36.3', { address: '192.0.2.99', port: 2379 }, ['ERROR Port-2379']],
  ])('is in the way of %s by the address that it is on: %j', (version, given, problems) => {
    expect(found(version, given)).toEqual(problems);
  });
});
