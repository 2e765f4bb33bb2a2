import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { caCertHash } from '../../../src/kube/ca-pin.ts';
import { tokenSecret } from '../../../src/manifests/bootstrap-token.ts';
import { kubeconfigDocument } from '../../../src/pki/kubeconfig-document.ts';
import { toYaml } from '../../../src/yaml.ts';
import { kinit as runKinit } from '../../command-line.ts';
import { FakeKube } from '../../fakes/kube.ts';
import { type KubeServer, kubeServer } from '../../fakes/kube-server.ts';

const now = Date.parse('2026-03-01T12:00:00Z');
const group = 'system:bootstrappers:kubeadm:default-node-token';

let folder: string;
let fake: FakeKube;
let server: KubeServer;
let kubeconfig: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kinit-token-'));
});

afterAll(() => rm(folder, { recursive: true }));

beforeEach(async () => {
  await server?.close();
  fake = new FakeKube();
  server = await kubeServer(fake);
  kubeconfig = join(folder, 'admin.conf');
  const document = kubeconfigDocument({
    clusterName: 'kubernetes',
    server: server.url,
    caPem: server.authority.certificate,
    user: 'kubernetes-admin',
    client: { certificatePem: server.admin.certificate, key: server.admin.key },
    preferences: false,
  });
  await writeFile(kubeconfig, toYaml(document), { mode: 0o600 });
});

afterAll(() => server.close());

const kinit = (...argv: readonly string[]) =>
  runKinit(['token', ...argv], { env: { HOME: folder, KUBECONFIG: kubeconfig }, cwd: folder, now: () => now });

const tokens = () =>
  fake.objects('Secret').map((secret) => ({
    type: secret['type'],
    name: secret.metadata.name,
    ...Object.fromEntries(
      Object.entries(secret['data'] as Record<string, string>).map(([key, value]) => [
        key,
        Buffer.from(value, 'base64').toString(),
      ]),
    ),
  }));

describe('kinit token create', () => {
  it('creates a random token of 24 hours for joining nodes and prints it alone', async () => {
    const { code, out, err } = await kinit('create');
    expect({ code, err }).toEqual({ code: 0, err: '' });
    const [id, secret] = out.trim().split('.');
    expect(out).toMatch(/^[a-z0-9]{6}\.[a-z0-9]{16}\n$/);
    expect(tokens()).toEqual([
      {
        type: 'bootstrap.kubernetes.io/token',
        name: `bootstrap-token-${id}`,
        'token-id': id,
        'token-secret': secret,
        expiration: '2026-03-02T12:00:00Z',
        'usage-bootstrap-signing': 'true',
        'usage-bootstrap-authentication': 'true',
        'auth-extra-groups': group,
      },
    ]);
  });

  it('makes the token that its flags describe', async () => {
    const { code, out } = await kinit(
      ...['create', 'abcdef.0123456789abcdef', '--ttl', '0', '--usages', 'authentication'],
      ...['--groups', 'system:bootstrappers:a,system:bootstrappers:b', '--description', 'for the new rack'],
    );
    expect({ code, out }).toEqual({ code: 0, out: 'abcdef.0123456789abcdef\n' });
    expect(tokens()).toEqual([
      {
        type: 'bootstrap.kubernetes.io/token',
        name: 'bootstrap-token-abcdef',
        'token-id': 'abcdef',
        'token-secret': '0123456789abcdef',
        description: 'for the new rack',
        'usage-bootstrap-authentication': 'true',
        'auth-extra-groups': 'system:bootstrappers:a,system:bootstrappers:b',
      },
    ]);
  });

  it('makes the tokens of a configuration file', async () => {
    const file = join(folder, 'init.yaml');
    await writeFile(
      file,
      'apiVersion: kubeadm.k8s.io/v1beta3\nkind: InitConfiguration\nbootstrapTokens:\n- token: "fedcba.0123456789abcdef"\n  ttl: 1h0m0s\n',
    );
    const { code, out } = await kinit('create', '--config', file);
    expect({ code, out }).toEqual({ code: 0, out: 'fedcba.0123456789abcdef\n' });
    expect(tokens()).toMatchObject([{ 'token-id': 'fedcba', expiration: '2026-03-01T13:00:00Z' }]);
  });

  it('prints the join command with the address and the pin of the cluster', async () => {
    const { out } = await kinit('create', 'abcdef.0123456789abcdef', '--print-join-command');
    const pin = caCertHash(server.authority.certificate);
    expect(out).toBe(
      `kinit join 127.0.0.1:${server.port} --token abcdef.0123456789abcdef --discovery-token-ca-cert-hash ${pin} \n`,
    );
  });

  it('prints the join command of a control plane where it is given the key', async () => {
    const key = 'ab'.repeat(32);
    const { out } = await kinit('create', '--print-join-command', '--certificate-key', key);
    expect(out.trimEnd()).toMatch(new RegExp(` --control-plane --certificate-key ${key}$`));
  });

  it('changes nothing in a dry run', async () => {
    const { code, out, err } = await kinit('create', 'abcdef.0123456789abcdef', '--dry-run');
    expect({ code, out }).toEqual({ code: 0, out: 'abcdef.0123456789abcdef\n' });
    expect(err).toContain('would create the Secret kube-system/bootstrap-token-abcdef');
    expect(tokens()).toEqual([]);
  });

  it('leaves a token alone that has the same id: exit 1', async () => {
    await kinit('create', 'abcdef.0123456789abcdef');
    const { code, err } = await kinit('create', 'abcdef.ffffffffffffffff');
    expect(code).toBe(1);
    expect(err).toContain('a token with id "abcdef" already exists');
    expect(tokens()).toMatchObject([{ 'token-secret': '0123456789abcdef' }]);
  });

  it.each([
    ['a malformed token', ['create', 'ABCDEF.0123456789abcdef'], 'token: is not a token'],
    ['a ttl that is none', ['create', '--ttl', 'tomorrow'], '--ttl'],
    ['a ttl in the past', ['create', '--ttl=-1h'], '--ttl'],
    ['an unknown usage', ['create', '--usages', 'signing,authentification'], '--usages'],
    ['a group of another kind', ['create', '--groups', 'system:masters'], '--groups'],
    ['groups without the usage that they belong to', ['create', '--usages', 'signing', '--groups', group], '--groups'],
    [
      'a certificate key without the command that it is for',
      ['create', '--certificate-key', 'ab'.repeat(32)],
      '--certificate-key',
    ],
    ['a malformed certificate key', ['create', '--print-join-command', '--certificate-key', 'zz'], '--certificate-key'],
    ['flags beside a configuration file', ['create', '--config', '/dev/null', '--ttl', '1h'], '--config'],
    ['an unknown flag', ['create', '--tll', '1h'], '--tll'],
    ['a format that is not built in', ['list', '-o', 'jsonpath={.token}'], 'pipe `-o json` into jq'],
    ['something that is no token and no id', ['delete', 'abcdef', 'abc'], 'argument 2'],
  ])('refuses %s: exit 3, nothing touched', async (_, argv, message) => {
    const { code, out, err } = await kinit(...argv);
    expect({ code, out }).toEqual({ code: 3, out: '' });
    expect(err).toContain(message);
    expect(fake.calls.filter((call) => !/^(get|list) /.test(call))).toEqual([]);
  });
});

describe('kinit token list', () => {
  const lasting = { token: 'abcdef.0123456789abcdef', usages: ['signing', 'authentication'], groups: [group] };
  const fleeting = {
    token: 'fedcba.0123456789abcdef',
    ttl: '90m',
    description: 'rack 7',
    usages: ['signing'],
    groups: [],
  };

  it('prints kubeadm’s table', async () => {
    for (const token of [lasting, fleeting]) await fake.create(tokenSecret(token, now));
    const { code, out } = await kinit('list');
    expect(code).toBe(0);
    expect(out).toBe(
      [
        'TOKEN                     TTL         EXPIRES                USAGES                   DESCRIPTION                                                EXTRA GROUPS',
        `abcdef.0123456789abcdef   <forever>   <never>                authentication,signing   <none>                                                     ${group}`,
        'fedcba.0123456789abcdef   1h          2026-03-01T13:30:00Z   signing                  rack 7                                                     <none>',
        '',
      ].join('\n'),
    );
  });

  it('prints kubeadm’s JSON, a document per token', async () => {
    await fake.create(tokenSecret(fleeting, now));
    const { out } = await kinit('list', '-o', 'json');
    expect(out).toBe(`{
    "kind": "BootstrapToken",
    "apiVersion": "output.kubeadm.k8s.io/v1alpha3",
    "token": "fedcba.0123456789abcdef",
    "description": "rack 7",
    "expires": "2026-03-01T13:30:00Z",
    "usages": [
        "signing"
    ]
}
`);
  });

  it('prints kubeadm’s YAML, documents apart', async () => {
    for (const token of [lasting, fleeting]) await fake.create(tokenSecret(token, now));
    const { out } = await kinit('list', '-o', 'yaml');
    expect(out).toBe(`apiVersion: output.kubeadm.k8s.io/v1alpha3
groups:
- ${group}
kind: BootstrapToken
token: abcdef.0123456789abcdef
usages:
- authentication
- signing
---
apiVersion: output.kubeadm.k8s.io/v1alpha3
description: rack 7
expires: "2026-03-01T13:30:00Z"
kind: BootstrapToken
token: fedcba.0123456789abcdef
usages:
- signing
`);
  });

  it('passes over other secrets and names malformed tokens', async () => {
    const token = tokenSecret(lasting, now);
    await fake.create({ ...token, type: 'Opaque', metadata: { ...token.metadata, name: 'other' } });
    await fake.create({ ...token, metadata: { ...token.metadata, name: 'bootstrap-token-zzzzzz' } });
    const { code, out, err } = await kinit('list');
    expect({ code, out }).toEqual({ code: 0, out: '' });
    expect(err).toContain('bootstrap-token-zzzzzz');
  });

  it('names a few malformed tokens of many', async () => {
    const token = tokenSecret(lasting, now);
    for (let n = 10; n < 40; n++)
      await fake.create({ ...token, metadata: { ...token.metadata, name: `bootstrap-token-zzzz${n}` } });
    const { err } = await kinit('list');
    expect(err).toMatch(
      /^warning: the Secrets bootstrap-token-zzzz10, .*zzzz19 and 20 more are no well-formed [^\n]*\n$/,
    );
  });
});

describe('kinit token delete', () => {
  it('takes tokens and ids', async () => {
    await kinit('create', 'aaaaaa.0123456789abcdef');
    await kinit('create', 'bbbbbb.0123456789abcdef');
    const { code, out } = await kinit('delete', 'aaaaaa', 'bbbbbb.0123456789abcdef');
    expect(code).toBe(0);
    expect(out).toBe('bootstrap token "aaaaaa" deleted\nbootstrap token "bbbbbb" deleted\n');
    expect(tokens()).toEqual([]);
  });

  it('deletes the others and names those that there are not: exit 1', async () => {
    await kinit('create', 'bbbbbb.0123456789abcdef');
    const { code, out, err } = await kinit('delete', 'aaaaaa', 'bbbbbb');
    expect({ code, out }).toEqual({ code: 1, out: 'bootstrap token "bbbbbb" deleted\n' });
    expect(err).toContain('no bootstrap token aaaaaa');
  });

  it('deletes nothing in a dry run', async () => {
    await kinit('create', 'bbbbbb.0123456789abcdef');
    expect(await kinit('delete', 'bbbbbb', '--dry-run')).toMatchObject({
      code: 0,
      out: 'bootstrap token "bbbbbb" would be deleted\n',
    });
    expect(tokens()).toHaveLength(1);
  });
});

describe('kinit token', () => {
  it('generates tokens without a cluster, no two alike', async () => {
    await server.close();
    const printed = await Promise.all(Array.from({ length: 20 }, () => kinit('generate')));
    expect(new Set(printed.map(({ out }) => out)).size).toBe(20);
    for (const { out } of printed) expect(out).toMatch(/^[a-z0-9]{6}\.[a-z0-9]{16}\n$/);
  });

  it('says which kubeconfig is missing and how to name another: exit 1', async () => {
    const { code, err } = await kinit('list', '--kubeconfig', 'nowhere.conf');
    expect(code).toBe(1);
    expect(err).toContain(`${folder}/nowhere.conf does not exist`);
    expect(err).toContain('--kubeconfig');
  });

  it('refuses an API server that the kubeconfig’s CA has not signed: exit 6', async () => {
    const impostor = await kubeServer(new FakeKube(), { port: 0 });
    const text = toYaml(
      kubeconfigDocument({
        clusterName: 'kubernetes',
        server: impostor.url,
        caPem: server.authority.certificate,
        user: 'kubernetes-admin',
        client: { certificatePem: server.admin.certificate, key: server.admin.key },
        preferences: false,
      }),
    );
    await writeFile(join(folder, 'other.conf'), text);
    expect(await kinit('list', '--kubeconfig', 'other.conf')).toMatchObject({ code: 6, out: '' });
    await impostor.close();
  });
});
