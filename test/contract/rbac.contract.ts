import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { KubeClient, KubeObject } from '../../src/kube/client.ts';
import { httpsKubeClient } from '../../src/kube/https-client.ts';
import { bootstrapTokenObjects, tokenSecret } from '../../src/manifests/bootstrap-token.ts';
import { clusterInfoObjects } from '../../src/manifests/cluster-info.ts';
import { clusterAdminsBinding, joiningNodes, nodes, readerRole } from '../../src/manifests/rbac.ts';
import { Secret } from '../../src/secret.ts';
import { type Pair, testCertificate } from '../certificates.ts';
import { release } from '../unit/manifests/config.ts';

/** Somebody with a client certificate, somebody with a bootstrap token, or nobody. */
export type Who = { readonly user: string; readonly groups: readonly string[] } | { readonly token: string } | 'nobody';

export interface RbacFixture {
  /** The cluster as it is seen by somebody. */
  readonly as: (who: Who) => Promise<KubeClient>;
  readonly close: () => Promise<void>;
}

/** Clients of an API server for whoever its CA can vouch for. */
export function clientOf(server: string, authority: Pair): RbacFixture['as'] {
  return async (who) => {
    const settings = { server, ca: authority.certificate };
    if (who === 'nobody') return httpsKubeClient(settings);
    if ('token' in who) return httpsKubeClient({ ...settings, credentials: { token: new Secret(who.token) } });
    const credentials = await testCertificate(authority, who.user, [], undefined, who.groups);
    return httpsKubeClient({ ...settings, credentials });
  };
}

const superAdmin: Who = { user: 'kubernetes-super-admin', groups: ['system:masters'] };
const admin: Who = { user: 'kubernetes-admin', groups: ['kubeadm:cluster-admins'] };
const kubeletClient: Who = { user: 'kube-apiserver-kubelet-client', groups: [] };
const node: Who = { user: 'system:node:w1', groups: ['system:nodes'] };

/** Milliseconds that an API server may take to see a binding that was just made, and to forget a token: that takes it 10 s. */
const inForce = { timeout: 20_000, interval: 50 };

const forbidden = { status: 403, reason: 'Forbidden' };
const newest = release('v1.36.3');

/** What an API server lets whom do, as far as kinit builds on it; the cluster is left as it was. */
export function rbacContract(name: string, makeFixture: () => Promise<RbacFixture>): void {
  let fixture: RbacFixture;
  const clients = new Map<Who, Promise<KubeClient>>();
  const as = (who: Who) => {
    const client = clients.get(who) ?? fixture.as(who);
    clients.set(who, client);
    return client;
  };
  const id = randomBytes(4).toString('hex');
  const namespace = `rights-${id}`;
  const made: KubeObject[] = [];
  const make = async (...objects: readonly (KubeObject | undefined)[]) => {
    for (const object of objects) if (object) made.push(await (await as(superAdmin)).create(object));
  };
  const unmake = async () => {
    for (const { apiVersion, kind, metadata } of made.splice(0).reverse()) {
      const { name: its, namespace: within } = metadata;
      await (await as(superAdmin)).delete({ apiVersion, kind, name: its, ...(within ? { namespace: within } : {}) });
    }
  };
  const settings = { apiVersion: 'v1', kind: 'ConfigMap', namespace, name: 'settings' };
  const other = { ...settings, name: 'other' };
  const get = async (who: Who, ref: typeof settings) => (await as(who)).get(ref);
  const binding = clusterAdminsBinding(newest) as KubeObject;
  const nodeRef = { apiVersion: 'v1', kind: 'Node' };

  describe(`${name}: who may do what`, { timeout: 40_000 }, () => {
    beforeAll(async () => {
      fixture = await makeFixture();
      const root = await as(superAdmin);
      await root.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
      for (const { kind, apiVersion, name: its } of [settings, other])
        await root.create({ apiVersion, kind, metadata: { name: its, namespace }, data: { colour: 'blue' } });
    });

    afterAll(async () => {
      await unmake();
      await (await as(superAdmin)).delete({ apiVersion: 'v1', kind: 'Namespace', name: namespace });
      for (const client of clients.values()) (await client).close();
      await fixture.close();
    });

    it('everybody may ask for health and version, and nobody for more without a binding', async () => {
      for (const who of [admin, node, 'nobody'] as const) {
        for (const path of ['/livez', '/readyz', '/version'])
          expect(await (await as(who)).raw(path), path).toMatchObject({ status: 200 });
        await expect(get(who, settings)).rejects.toMatchObject(forbidden);
      }
      expect((await (await as(admin)).raw('/api')).status).toBe(200);
      expect((await (await as('nobody')).raw('/api')).status).toBe(403);
    });

    it('the super administrator may do everything, bound or not', async () => {
      expect(await get(superAdmin, settings)).toMatchObject({ data: { colour: 'blue' } });
    });

    it('the administrator may do nothing before his group is bound, not even bind it, and everything from then on', async () => {
      const client = await as(admin);
      await expect(client.create(binding)).rejects.toMatchObject(forbidden);
      await expect(
        client.get({ apiVersion: binding.apiVersion, kind: binding.kind, name: binding.metadata.name }),
      ).rejects.toMatchObject(forbidden);
      await expect(client.list({ apiVersion: 'v1', kind: 'Secret', namespace })).rejects.toMatchObject(forbidden);
      await make(binding);
      await expect
        .poll(() => get(admin, settings).catch(({ status }) => status), inForce)
        .toMatchObject({ data: { colour: 'blue' } });
      await expect(client.create(binding)).rejects.toMatchObject({ status: 409 });
      await client.update({
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: 'other', namespace },
        data: { colour: 'red' },
      });
      await unmake();
      await expect.poll(() => get(admin, settings).catch(({ status }) => status), inForce).toBe(403);
    });

    it('a named object of a namespace is read by those whom its Role names, and no other object', async () => {
      const readable = { name: 'readers', namespace, resource: 'configmaps', resourceName: 'settings' } as const;
      await make(...readerRole(readable, [nodes, joiningNodes]));
      await expect
        .poll(() => get(node, settings).catch(({ status }) => status), inForce)
        .toMatchObject({ data: { colour: 'blue' } });
      await expect(get(node, other)).rejects.toMatchObject(forbidden);
      await expect((await as(node)).list({ apiVersion: 'v1', kind: 'ConfigMap', namespace })).rejects.toMatchObject(
        forbidden,
      );
      await expect(get(admin, settings)).rejects.toMatchObject(forbidden);
      await unmake();
    });

    it('a node sees itself and its pods, as the newest API servers want it asked', async () => {
      const client = await as(node);
      expect(await client.get({ ...nodeRef, name: 'w1' })).toBeUndefined();
      expect(await client.list({ apiVersion: 'v1', kind: 'Pod', fieldSelector: 'spec.nodeName=w1' })).toEqual([]);
      await expect(client.list({ apiVersion: 'v1', kind: 'Secret' })).rejects.toMatchObject(forbidden);
      await expect(client.delete({ ...nodeRef, name: 'w1' })).rejects.toMatchObject(forbidden);
    });

    it('the API server itself reaches kubelets by its name, where its certificate has no group', async () => {
      const client = await as(kubeletClient);
      await expect(client.list(nodeRef)).rejects.toMatchObject(forbidden);
      const own = bootstrapTokenObjects(newest).find(
        ({ metadata }) => metadata.name === 'kubeadm:apiserver-kubelet-client',
      );
      await make(own && { ...own, metadata: { name: `rights-${id}` } });
      await expect.poll(() => client.list(nodeRef).catch(({ status }) => status), inForce).toBeInstanceOf(Array);
      await expect(get(kubeletClient, settings)).rejects.toMatchObject(forbidden);
      await unmake();
    });

    it('a bootstrap token is nobody once it is gone, and may see nodes and ask for a certificate while it is there', async () => {
      const group = `system:bootstrappers:rights-${id}`;
      const token = `${randomBytes(3).toString('hex')}.${randomBytes(8).toString('hex')}`;
      const secret = tokenSecret(
        { token, ttl: '10m0s', usages: ['authentication'], groups: [group], description: '' },
        Date.now(),
      );
      const client = await as({ token });
      await expect(client.get({ ...nodeRef, name: 'w1' })).rejects.toMatchObject({ status: 401 });
      const rights = bootstrapTokenObjects(newest).filter(({ metadata }) =>
        /get-nodes|kubelet-bootstrap/.test(metadata.name),
      );
      await make(secret, ...rights.map((object) => renamed(object, `-${id}`, group)));
      await expect
        .poll(() => client.get({ ...nodeRef, name: 'w1' }).catch(({ status }) => status), inForce)
        .toBeUndefined();
      await expect(client.list(nodeRef)).rejects.toMatchObject(forbidden);
      await expect(
        client.list({ apiVersion: 'certificates.k8s.io/v1', kind: 'CertificateSigningRequest' }),
      ).resolves.toBeInstanceOf(Array);
      await expect(get({ token }, settings)).rejects.toMatchObject(forbidden);
      await unmake();
      await expect.poll(() => client.get({ ...nodeRef, name: 'w1' }).catch(({ status }) => status), inForce).toBe(401);
    });

    it('whoever has no credentials reads cluster-info where its Role lets him', async () => {
      const [, role, roleBinding] = clusterInfoObjects(newest, { caPem: '', server: '' });
      const within = (object: KubeObject | undefined) =>
        object && { ...object, metadata: { name: object.metadata.name, namespace } };
      await (await as(superAdmin)).create({ ...settings, metadata: { name: 'cluster-info', namespace }, data: {} });
      await make(within(role), within(roleBinding));
      const info = { ...settings, name: 'cluster-info' };
      await expect
        .poll(() => get('nobody', info).catch(({ status }) => status), inForce)
        .toMatchObject({ metadata: { namespace } });
      await expect(get('nobody', settings)).rejects.toMatchObject(forbidden);
      await unmake();
    });
  });
}

/** The same rights under other names, for another group: the cluster may have its own already. */
function renamed(object: KubeObject, suffix: string, group: string): KubeObject {
  const { roleRef } = object as KubeObject & { roleRef?: { kind: string; name: string } };
  const ours = roleRef?.name.startsWith('kubeadm:')
    ? { roleRef: { ...roleRef, name: `${roleRef.name}${suffix}` } }
    : {};
  return {
    ...object,
    metadata: { name: `${object.metadata.name}${suffix}` },
    ...ours,
    ...(object['subjects'] === undefined ? {} : { subjects: [{ kind: 'Group', name: group }] }),
  };
}
