import type { Command } from 'commander';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Io } from '../../../src/commands/io.ts';
import { commandTable } from '../../../src/commands/table.ts';
import { inventoryJsonSchema } from '../../../src/inventory/schema.ts';
import { generateKey } from '../../../src/pki/keys.ts';
import { kubeconfigDocument } from '../../../src/pki/kubeconfig-document.ts';
import { redact, redactedReporter } from '../../../src/report/redact.ts';
import type { ReportEvent } from '../../../src/report/reporter.ts';
import { Secret } from '../../../src/secret.ts';
import { toYaml } from '../../../src/yaml.ts';
import { testAuthority, testCertificate } from '../../certificates.ts';

const authority = await testAuthority();
const client = await testCertificate(authority, 'kubernetes-admin');
const keys = [client.key, await generateKey('RSA-2048'), await generateKey('ECDSA-P384')].map((key) => key.reveal());
const base64 = (text: string) => Buffer.from(text).toString('base64');

const letters = [...'abcdefghijklmnopqrstuvwxyz0123456789'];
const word = (length: number) => fc.string({ unit: fc.constantFrom(...letters), minLength: length, maxLength: length });
const hex = fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: 64, maxLength: 64 });

/** A secret as it stands somewhere, and the part of it that nobody may read. */
interface Spilled {
  readonly text: string;
  readonly secret: string;
}

const tokens = fc.tuple(word(6), word(16)).map(([id, secret]): Spilled => ({ text: `${id}.${secret}`, secret }));
const privateKeys = fc.constantFrom(...keys).map((pem): Spilled => ({ text: pem, secret: pem.split('\n')[2] ?? '' }));
const certificateKeys = fc
  .tuple(
    hex,
    fc.constantFrom('--certificate-key ', '--certificate-key=', 'certificateKey: ', 'Using certificate key:\n'),
  )
  .map(([secret, before]): Spilled => ({ text: `${before}${secret}`, secret }));
const secretData = fc.constantFrom(...keys).map((pem): Spilled => {
  const secret = base64(pem);
  return { text: `data:\n  ca.key: ${secret}\n`, secret: secret.slice(80, 200) };
});
const kubeconfigs = fc.constantFrom(...keys).map((pem): Spilled => {
  const document = kubeconfigDocument({
    clusterName: 'kubernetes',
    server: 'https://192.0.2.1:6443',
    caPem: authority.certificate,
    user: 'kubernetes-admin',
    client: { certificatePem: client.certificate, key: new Secret(pem) },
    preferences: false,
  });
  return { text: toYaml(document), secret: base64(pem).slice(80, 160) };
});
const bearers = fc.uint8Array({ minLength: 30, maxLength: 60 }).map((bytes): Spilled => {
  const secret = Buffer.from(bytes).toString('base64url');
  return { text: `authorization: Bearer eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJrdWJlIn0.${secret}`, secret };
});

const spilled = fc.oneof(tokens, privateKeys, certificateKeys, secretData, kubeconfigs, bearers);
const around = fc.constantFrom('', ' ', '\n', '"', "'", ': ', '\nfailed: ', '\n\t');
/** As it is, as a string in JSON, and as JSON in a string in JSON. */
const wrapped = fc.constantFrom(
  (text: string) => text,
  (text: string) => JSON.stringify({ text }),
  (text: string) => JSON.stringify({ text: JSON.stringify({ text }) }),
);

const io = {} as Io;

function flagsOf(command: Command): string[] {
  const own = command.options.flatMap(({ long, short }) => [long ?? '', short ?? '']).filter(Boolean);
  return [...own, ...command.commands.flatMap((child) => flagsOf(child as Command))];
}

/** `ssh.user`: every path of a JSON Schema. */
function fieldsOf(schema: object, path = ''): string[] {
  const below = Object.entries({ ...('properties' in schema ? (schema.properties as object) : {}) });
  const items = 'items' in schema ? [['items', schema.items] as const] : [];
  return [...below, ...items].flatMap(([name, part]) => {
    const place = path === '' ? name : `${path}.${name}`;
    return [place, ...fieldsOf(part as object, place)];
  });
}

describe('the last net for secrets', () => {
  it('lets no token, key, kubeconfig credential or bearer token through, wherever it stands', () => {
    fc.assert(
      fc.property(spilled, around, around, wrapped, ({ text, secret }, before, after, wrap) => {
        expect(redact(wrap(`${before}${text}${after}`))).not.toContain(secret);
      }),
      { numRuns: 500 },
    );
  });

  it('lets no password in a URL through, and leaves URLs without one as they are', () => {
    expect(redact('baseurl=https://mirror:s3cret@repo.example.com:8443/k8s/ and')).toBe(
      'baseurl=https://mirror:<redacted>@repo.example.com:8443/k8s/ and',
    );
    const plain = 'https://10.0.0.5:2379, https://repo.example.com:8443/@scope/x ssh://root@10.0.0.1:22';
    expect(redact(plain)).toBe(plain);
  });

  it('catches a key that was cut off, without its newlines, or on lines of a diff, and no word behind it', () => {
    const [pem = ''] = keys;
    expect(redact(pem.slice(0, 150))).toBe('<redacted private key>');
    expect(redact(pem.replaceAll('\n', ''))).toBe('<redacted private key>');
    for (const bar of ['  | ', '+', '-', ' ']) {
      const text = `${pem.slice(0, 160)}\n`.replaceAll('\n', `\n${bar}`);
      expect(redact(text)).toBe('<redacted private key>');
    }
    expect(redact(`${pem.split('\n').slice(0, 3).join('\n')}\nhint: give another file`)).toBe(
      '<redacted private key>hint: give another file',
    );
  });

  it('leaves words and paths that only hold what is a password of this run', () => {
    new Secret('kubernetes');
    new Secret('control-plane');
    const text = '/etc/kubernetes/admin.conf of node-role.kubernetes.io/control-plane: kubernetes-admin';
    expect(redact(text)).toBe(text);
    expect(redact('sh: kubernetes: not found')).toBe('sh: <redacted>: not found');
  });

  it('leaves the rest of a text as it is, a token’s id, certificates, hashes and public keys too', () => {
    const text = [
      'join with token abcdef, CA sha256:'.concat('0123456789abcdef'.repeat(4)),
      authority.certificate,
      `certificate-authority-data: ${base64(authority.certificate)}`,
      'registry.aliyuncs.com/google_containers/kube-apiserver:v1.20.2 at cp1.example.com:6443',
      '[certs] Generating "apiserver-kubelet-client" certificate and key',
    ].join('\n');
    expect(redact(text)).toBe(text);
    expect(redact('token abcdef.0123456789abcdef is used')).toBe('token abcdef.<redacted> is used');
  });

  it.each([
    'ssh.password: is not a field here',
    'error: cluster.yaml:9 hosts[0].ssh.password: is not a field here; did you mean "port"?',
    'cluster.yaml:9 password: has to be text, not the number 5: put it in quotes ("5")',
    '  cluster.yaml:9 client-key-data: is not a field here',
    'admin.conf:12 users[0].user.client-key-data: is not base64',
    'cluster.yaml:4 data.token-secret: is required',
    '--sudo-password-stdin: stdin holds no password: give one line',
    'sudo on cp1 took no password: try another one',
    'certificateKey: is not a key of 64 hexadecimal digits',
    'worker.kubernetescluster.example.com and master.0123456789abcdef.internal are no hosts',
    'root@node01.internalnetworks does not answer at node02.internalnetworks:6443 and ssh://node03.internalnetworks',
    'password: is not a field here',
    'client-key-data: is not base64',
    'token-secret: is required',
    'the fields user, password: both are needed',
    'unknown field "password": did you mean "port"?',
    'the bastions ssh://gate:22,root@10.0.0.2 lead in a circle',
    'docker://nginx:1.21@sha256:0123abcd is not there',
    'it has to begin with "-----BEGIN RSA PRIVATE KEY-----": look at ca.key',
  ])('leaves kinit’s own words as they are: %s', (text) => {
    expect(redact(text)).toBe(text);
    expect(redact(JSON.stringify({ type: 'result', error: text, hint: `again: ${text}` }))).toContain(
      JSON.stringify(text).slice(1, -1),
    );
  });

  it('leaves what is said of any flag and of any field of the Inventory as it is', async () => {
    const flags = (
      await Promise.all(commandTable.map(async ({ load }) => flagsOf((await load())(io, () => {}))))
    ).flat();
    const fields = fieldsOf(inventoryJsonSchema());
    expect(fields).toContain('hosts.items.ssh.fingerprints');
    expect(flags).toContain('--sudo-password-stdin');
    for (const name of [...flags, ...fields]) {
      for (const place of [name, `c.yaml:3 ${name}`, `error: ${name}`]) {
        const text = `${place}: is not a field here`;
        expect(redact(text)).toBe(text);
      }
    }
  });

  it.each([
    ['yaml', 'auth:\n  password: s3cret\n', 'auth:\n  password: <redacted>\n'],
    ['a diff', '+    password: "s3cret"', '+    password: "<redacted>"'],
    ['a list', '- password: s3cret', '- password: <redacted>'],
    ['flow', '{user: a, password: s3cret}', '{user: a, password: <redacted>'],
    ['json', '{"registry-password":"s3cret","a":1}', '{"registry-password":"<redacted>","a":1}'],
    ['a Secret', 'stringData:\n  token-secret: 0123456789abcdef', 'stringData:\n  token-secret: <redacted>'],
    ['words in quotes', "password: 'correct horse' # c", "password: '<redacted>' # c"],
    ['quotes in quotes', '{"password":"a\\"b c","d":1}', '{"password":"<redacted>","d":1}'],
    ['json in json', '"{\\"password\\":\\"a b\\",\\"c\\":1}"', '"{\\"password\\":\\"<redacted>\\",\\"c\\":1}"'],
    ['a flag', 'curl --proxy-password=s3cret x', 'curl --proxy-password=<redacted> x'],
    ['an argument of a program', 'mount: user=a,password=s3cret failed', 'mount: user=a,password=<redacted> failed'],
  ])('takes the value of a field that holds a secret, in %s', (_, text, told) => {
    expect(redact(text)).toBe(told);
  });

  it('takes secrets of this run by their value, wherever they stand, but no short word', () => {
    new Secret('correct horse battery');
    new Secret('is');
    expect(redact('sh: correct horse battery: not found')).toBe('sh: <redacted>: not found');
    expect(redact('this is told')).toBe('this is told');
  });

  it('is spread under every event of a story', () => {
    const told: ReportEvent[] = [];
    const reporter = redactedReporter({ report: (event) => told.push(event), end: () => {} });
    reporter.report({ type: 'line', host: 'w1', phase: 'certs', text: `wrote ${keys[0]}` });
    reporter.report({ type: 'host', host: 'w1', state: 'failed', reason: '"--token abcdef.0123456789abcdef" failed' });
    reporter.report({ type: 'waiting', host: 'w1', what: 'a healthy kubelet', deadline: 240 });
    expect(told).toEqual([
      { type: 'line', host: 'w1', phase: 'certs', text: 'wrote <redacted private key>\n' },
      { type: 'host', host: 'w1', state: 'failed', reason: '"--token abcdef.<redacted>" failed' },
      { type: 'waiting', host: 'w1', what: 'a healthy kubelet', deadline: 240 },
    ]);
  });
});
