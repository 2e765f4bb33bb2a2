import { beforeAll, describe, expect, it } from 'vitest';
import { fetchedKubeconfig } from '../../../src/pki/fetched-kubeconfig.ts';
import { readKubeconfig } from '../../../src/pki/kubeconfig.ts';
import { kubeconfigDocument } from '../../../src/pki/kubeconfig-document.ts';
import { mergeKubeconfig, readOwnKubeconfig } from '../../../src/pki/merge-kubeconfig.ts';
import { toYaml } from '../../../src/yaml.ts';
import { type Pair, testAuthority, testCertificate } from '../../certificates.ts';

let red: Pair;
let blue: Pair;
beforeAll(async () => {
  [red, blue] = [await testAuthority(), await testAuthority()];
});

interface Wish {
  readonly ca: Pair;
  readonly name?: string;
  readonly server?: string;
  readonly admin?: Pair;
}

/** What `fetch` finds on a control plane. */
async function fetched({ ca, name = 'kubernetes', server = 'https://192.0.2.10:6443', admin }: Wish) {
  const client = admin ?? (await testCertificate(ca, 'kubernetes-admin'));
  const text = toYaml(
    kubeconfigDocument({
      clusterName: name,
      server,
      caPem: ca.certificate,
      user: 'kubernetes-admin',
      client: { certificatePem: client.certificate, key: client.key },
      preferences: false,
    }),
  );
  return { text, taken: fetchedKubeconfig(text, 'admin.conf', readKubeconfig(text)) };
}

type Lists = Readonly<Record<string, readonly { readonly name: string }[]>>;
const merged = (own: string, taken: Awaited<ReturnType<typeof fetched>>['taken'], others: readonly string[] = []) => {
  const result = mergeKubeconfig(
    readOwnKubeconfig(own, 'config'),
    taken,
    others.map((text, index) => readOwnKubeconfig(text, `config${index}`)),
  );
  return { ...result, lists: result.document as Lists };
};
const entry = (lists: Lists, list: string, name: string) => lists[list]?.find((each) => each.name === name);

describe('merging a fetched cluster into a kubeconfig', () => {
  it('keeps both of two clusters that call everything alike, each with its own administrator', async () => {
    const first = await fetched({ ca: red });
    const second = await fetched({ ca: blue, server: 'https://192.0.2.20:6443' });
    const one = merged('', first.taken);
    const { lists, names } = merged(toYaml(one.document), second.taken);
    expect(names).toEqual({
      cluster: 'kubernetes-2',
      user: 'kubernetes-admin@kubernetes-2',
      context: 'kubernetes-admin@kubernetes-2',
    });
    expect(entry(lists, 'users', 'kubernetes-admin@kubernetes')).toMatchObject({ user: first.taken.user });
    expect(entry(lists, 'users', names.user)).toMatchObject({ user: second.taken.user });
    expect(entry(lists, 'clusters', 'kubernetes')).toMatchObject({ cluster: first.taken.cluster });
  });

  it('never repoints an entry of the user’s that has the name of the cluster', async () => {
    const own = toYaml({
      clusters: [{ name: 'prod', cluster: { server: 'https://prod.example' } }],
      contexts: [{ name: 'prod', context: { cluster: 'prod', user: 'me' } }],
      users: [{ name: 'me', user: { token: 'secret' } }],
      'current-context': 'prod',
    });
    const { lists, names, contextBefore } = merged(own, (await fetched({ ca: red, name: 'prod' })).taken);
    expect(names.cluster).toBe('prod-2');
    expect(contextBefore).toBe('prod');
    expect(lists).toMatchObject({
      clusters: [{ name: 'prod', cluster: { server: 'https://prod.example' } }, { name: 'prod-2' }],
      contexts: [{ name: 'prod', context: { cluster: 'prod', user: 'me' } }, { name: names.context }],
      users: [{ name: 'me', user: { token: 'secret' } }, { name: names.user }],
    });
  });

  it.each([
    ['names a cluster that is not there', { name: 'mine', context: { cluster: 'kubernetes', user: 'me' } }],
    [
      'names a user that is not there',
      { name: 'mine', context: { cluster: 'x', user: 'kubernetes-admin@kubernetes' } },
    ],
  ])('gives no meaning to a context that %s', async (_, context) => {
    const { names } = merged(toYaml({ contexts: [context] }), (await fetched({ ca: red })).taken);
    expect(names.cluster).toBe('kubernetes-2');
  });

  it('counts the names in the other files of $KUBECONFIG, before which the first one wins', async () => {
    const other = toYaml({ users: [{ name: 'kubernetes-admin@kubernetes', user: { token: 'x' } }] });
    expect(merged('', (await fetched({ ca: red })).taken, [other]).names.cluster).toBe('kubernetes-2');
  });

  it('gives the same cluster’s administrator its renewed certificate in place, whatever its entries are called', async () => {
    const old = await fetched({ ca: red });
    const next = await fetched({ ca: red });
    const { lists, done, names } = merged(old.text, next.taken);
    expect([done, names.user]).toEqual(['renewed', 'kubernetes-admin']);
    expect(lists['users']).toEqual([{ name: 'kubernetes-admin', user: next.taken.user }]);
    expect(lists['clusters']).toHaveLength(1);
    expect(merged(next.text, next.taken).done).toBe('unchanged');
  });

  it.each([
    ['another server', { server: 'https://192.0.2.66:6443' }, false],
    ['a certificate that this CA has not signed', {}, true],
  ])('replaces nothing for who shows the CA of a known cluster with %s', async (_, wish, foreign) => {
    const old = await fetched({ ca: red });
    const admin = foreign ? await testCertificate(blue, 'kubernetes-admin') : undefined;
    const { lists, done } = merged(old.text, (await fetched({ ca: red, ...wish, ...(admin ? { admin } : {}) })).taken);
    expect(done).toBe('added');
    expect(lists['users']?.[0]).toEqual({ name: 'kubernetes-admin', user: old.taken.user });
  });

  it('replaces no credentials that the user gives another cluster too', async () => {
    const old = await fetched({ ca: red });
    const own = readOwnKubeconfig(old.text, 'config').fields as Record<string, object[]>;
    const contexts = [...(own['contexts'] ?? []), { name: 'b', context: { cluster: 'b', user: 'kubernetes-admin' } }];
    const { done } = merged(toYaml({ ...own, contexts }), (await fetched({ ca: red })).taken);
    expect(done).toBe('added');
  });

  it('keeps what it does not know', async () => {
    const own = toYaml({ preferences: { colors: true }, extensions: [{ name: 'x', extension: { y: 1 } }] });
    expect(merged(own, (await fetched({ ca: red })).taken).document).toMatchObject({
      preferences: { colors: true },
      extensions: [{ name: 'x', extension: { y: 1 } }],
    });
  });
});
