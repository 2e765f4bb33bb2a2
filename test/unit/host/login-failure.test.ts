import { expect, it } from 'vitest';
import type { SshEndpoint } from '../../../src/host/ssh/endpoint.ts';
import { loginFailure } from '../../../src/host/ssh/failure.ts';

const endpoint = { name: 'root@w1', address: 'w1', port: 22, user: 'root' } as Partial<SshEndpoint> as SshEndpoint;
const login = { locked: [], notTried: [], certificates: [] };

it('a refused login names a few of the methods that a server offers, each on the line', () => {
  const offered = ['publickey', 'evil\nerror: forged', ...Array.from({ length: 10_000 }, (_, n) => `m${n}`)];
  const { message } = loginFailure(endpoint, ['key k'], offered, login);
  expect(message).toBe(
    'login as root refused: tried key k; it takes publickey, evil error: forged, m0, m1, m2, m3, m4, m5 and 9994 more',
  );
});
