import { FakeKube } from '../fakes/kube.ts';
import { kubeServer } from '../fakes/kube-server.ts';
import { anonymous } from '../fakes/rbac.ts';
import { clientOf, rbacContract } from './rbac.contract.ts';

rbacContract('an API server over HTTPS', async () => {
  const server = await kubeServer(new FakeKube());
  return { as: clientOf(server.url, server.authority), close: () => server.close() };
});

rbacContract('a fake cluster', async () => {
  const fake = new FakeKube();
  return {
    as: async (who) => {
      if (who === 'nobody') return fake.as(anonymous);
      if ('token' in who) return fake.asToken(who.token);
      return fake.as({ user: who.user, groups: [...who.groups, 'system:authenticated'] });
    },
    close: async () => undefined,
  };
});
