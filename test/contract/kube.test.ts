import { connect } from 'node:net';
import { httpsKubeClient } from '../../src/kube/https-client.ts';
import { FakeKube } from '../fakes/kube.ts';
import { kubeServer } from '../fakes/kube-server.ts';
import { kubeContract } from './kube.contract.ts';

kubeContract('a fake cluster', async () => ({ client: new FakeKube(), close: async () => undefined }));

kubeContract('an API server over HTTPS', async () => {
  const server = await kubeServer(new FakeKube());
  const client = httpsKubeClient({ server: server.url, ca: server.authority.certificate, credentials: server.admin });
  return {
    client,
    close: async () => {
      client.close();
      await server.close();
    },
  };
});

kubeContract('an API server over a dialled stream', async () => {
  const server = await kubeServer(new FakeKube(), { names: ['api.cluster.example'] });
  const client = httpsKubeClient({
    server: `https://api.cluster.example:${server.port}`,
    ca: server.authority.certificate,
    credentials: server.admin,
    dial: async ({ port }) => connect({ host: '127.0.0.1', port }),
  });
  return {
    client,
    close: async () => {
      client.close();
      await server.close();
    },
  };
});
