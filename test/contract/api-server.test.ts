import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Secret } from '../../src/secret.ts';
import { kubeContract } from './kube.contract.ts';
import { clientOf, rbacContract } from './rbac.contract.ts';

/**
 * The fakes' suites against a real API server: `KINIT_API_SERVER=https://...` with `KINIT_API_CA=DIR`, where the client CA
 * lies as ca.crt and ca.key. The end-to-end tests give both.
 */
const { KINIT_API_SERVER: server = '', KINIT_API_CA: directory = '' } = process.env;
const [certificate = '', key = ''] = ['ca.crt', 'ca.key'].map((file) => readFileSync(join(directory, file), 'utf8'));
const as = clientOf(server, { certificate, key: new Secret(key) });

rbacContract('a real API server', async () => ({ as, close: async () => undefined }));
kubeContract('a real API server', async () => {
  const client = await as({ user: 'kubernetes-super-admin', groups: ['system:masters'] });
  return { client, close: async () => client.close() };
});
