import { createPublicKey } from 'node:crypto';
import { defined } from '../defined.ts';
import { exitCodes, KinitError } from '../errors.ts';
import { reveal, type Secret } from '../secret.ts';
import { parseYaml } from '../yaml.ts';
import { certificatesAlone, readCertificateFile } from './certificate-file.ts';
import type { Kubeconfig } from './kubeconfig.ts';

/** What is taken of a kubeconfig that another machine wrote: a server, whom to trust and how to log in, and no more. */
export interface FetchedKubeconfig {
  /** Names as they stand there; those of kubeadm where they are no plain words. */
  readonly names: KubeconfigNames;
  readonly cluster: Readonly<Record<string, string>>;
  readonly user: Readonly<Record<string, string>>;
  /** Places of what was not taken. */
  readonly leftOut: readonly string[];
}

export interface KubeconfigNames {
  readonly cluster: string;
  readonly user: string;
  readonly context: string;
}

/**
 * Takes from the kubeconfig of another machine what is known to be harmless here. kubectl would run the programs (`exec`)
 * and hand out the files (`tokenFile`) that one names, on the machine that it is brought to. `read` is the same text as it
 * was read there, its files in it. Throws KinitError, exit 6, where nothing is left to log in with.
 */
export function fetchedKubeconfig(text: string, file: string, read: Kubeconfig): FetchedKubeconfig {
  const [document] = parseYaml(text, file);
  const root = asMap(document?.value);
  const contexts = entriesOf(root, 'contexts');
  const context = asMap(contexts.find(({ name }) => name === root['current-context']) ?? contexts[0]);
  const { cluster: clusterName, user: userName } = asMap(context['context']);
  const leftOut = strangeFields(root, { context: context['name'], cluster: clusterName, user: userName });
  const user = credentials(read, leftOut, file);
  return {
    names: {
      cluster: plainName(clusterName, 'kubernetes'),
      user: plainName(userName, 'kubernetes-admin'),
      context: plainName(context['name'], 'kubernetes-admin@kubernetes'),
    },
    cluster: {
      server: read.server,
      ...(read.ca === undefined ? {} : { 'certificate-authority-data': base64(certificatesAlone(read.ca)) }),
      ...defined({ 'tls-server-name': read.tlsServerName }),
    },
    user,
    leftOut,
  };
}

/** It as a kubeconfig of its own. It holds the key in the clear: wrap its YAML in a Secret. */
export function kubeconfigOf(
  { cluster, user }: Pick<FetchedKubeconfig, 'cluster' | 'user'>,
  names: KubeconfigNames,
): Readonly<Record<string, unknown>> {
  return {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: names.cluster, cluster }],
    contexts: [{ name: names.context, context: { cluster: names.cluster, user: names.user } }],
    'current-context': names.context,
    users: [{ name: names.user, user }],
  };
}

function credentials(
  { clientCertificate, clientKey, token }: Kubeconfig,
  leftOut: readonly string[],
  file: string,
): Readonly<Record<string, string>> {
  if (clientCertificate !== undefined && clientKey !== undefined) {
    refuseOtherKey(clientCertificate, clientKey, file);
    return {
      'client-certificate-data': base64(certificatesAlone(clientCertificate)),
      'client-key-data': base64(clientKey.reveal()),
    };
  }
  if (token !== undefined) return { token: reveal(token) };
  const others = leftOut.filter((place) => place.startsWith('users['));
  throw new KinitError(
    `${file} holds no client certificate with its key and no token${
      others.length === 0 ? '' : `, only what would act on this machine: ${others.join(', ')}`
    }`,
    {
      exitCode: exitCodes.trustRefused,
      hint: `look at it there; \`kinit init phase kubeconfig admin\` writes a new one once ${file} is moved away`,
    },
  );
}

function refuseOtherKey(certificate: string, key: Secret, file: string): void {
  const [own] = readCertificateFile(certificate).certificates ?? [];
  if (own?.publicKey.equals(createPublicKey(key.reveal()))) return;
  throw new KinitError(`the client certificate and the key in ${file} do not belong together`);
}

/** What each part may consist of (https://kubernetes.io/docs/reference/config-api/kubeconfig.v1/), files for what they hold. */
const known: Readonly<Record<string, readonly [entry: string, fields: readonly string[]]>> = {
  clusters: ['cluster', ['server', 'certificate-authority-data', 'certificate-authority', 'tls-server-name']],
  contexts: ['context', ['cluster', 'user']],
  users: ['user', ['client-certificate-data', 'client-certificate', 'client-key-data', 'client-key', 'token']],
};

/** Places of what is not taken; what is empty is not worth a word. */
function strangeFields(root: Fields, current: Readonly<Record<string, unknown>>): readonly string[] {
  const top = [...Object.keys(known), 'apiVersion', 'kind', 'current-context'];
  return [
    ...strangers(root, top, ''),
    ...Object.entries(known).flatMap(([list, [entry, fields]]) =>
      entriesOf(root, list).flatMap((each, index) => {
        const place = `${list}[${index}]`;
        if (each['name'] !== current[entry]) return [`${place} ${JSON.stringify(each['name'] ?? '')}`];
        return [
          ...strangers(each, ['name', entry], `${place}.`),
          ...strangers(asMap(each[entry]), fields, `${place}.${entry}.`),
        ];
      }),
    ),
  ];
}

function strangers(fields: Fields, expected: readonly string[], place: string): readonly string[] {
  return Object.entries(fields)
    .filter(([field, value]) => !expected.includes(field) && !isEmpty(value))
    .map(([field]) => `${place}${field}`);
}

function isEmpty(value: unknown): boolean {
  return (
    [null, undefined, '', false].includes(value as null) ||
    (typeof value === 'object' && Object.keys(value ?? {}).length === 0)
  );
}

/** A name that a person can type and a shell passes on. */
function plainName(name: unknown, usual: string): string {
  return typeof name === 'string' && /^[\w.@:/+-]{1,200}$/.test(name) ? name : usual;
}

type Fields = Readonly<Record<string, unknown>>;

function entriesOf(root: Fields, list: string): readonly Fields[] {
  const entries = root[list];
  return Array.isArray(entries) ? entries.map(asMap) : [];
}

function asMap(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {};
}

function base64(text: string): string {
  return Buffer.from(text, 'utf8').toString('base64');
}
