import type { Change, EtcdMemberChange, NodeChange, WaitChange } from '../execute/change.ts';
import { serviceCommands } from '../execute/operations.ts';
import { quote, quoteAll } from '../host/quote.ts';
import { reveal, Secret } from '../secret.ts';
import type { HostPlan } from './plan-entry.ts';

/**
 * A plan as a POSIX shell script to read, or to run as root on the host. What is secret, signed or an object of the
 * cluster stands in it by name alone: as a file below $SECRETS (as on the host) or $OBJECTS.
 */
export function planScript({ host, changes }: HostPlan): string {
  const sections: string[] = [];
  let objects = 0;
  let phase = '';
  for (const { phase: own, change } of changes) {
    if (own !== phase) sections.push('', `# ${own}`);
    phase = own;
    if (change.kind === 'object') objects += 1;
    sections.push(...linesOf(change, objects));
  }
  const body = sections.join('\n');
  return [
    '#!/bin/sh',
    `# What kinit would do on ${oneLine(host)}; to be run there as root.`,
    'set -eu',
    ...(body.includes('"$SECRETS')
      ? [`: "\${SECRETS:?a directory with this host's secret files, below it as on the host}"`]
      : []),
    ...(body.includes('"$BUNDLE"')
      ? [`: "\${BUNDLE:?a directory with the files of the bundle, below it as on the host}"`]
      : []),
    ...(body.includes('"$OBJECTS')
      ? [`: "\${OBJECTS:?a directory with the objects of the cluster, named as below}"`]
      : []),
    ...(/^(put|.*\| put) /m.test(body) ? ['', put] : []),
    ...(/\bkubectl /.test(body) ? ['', `export KUBECONFIG="\${KUBECONFIG:-/etc/kubernetes/admin.conf}"`] : []),
    body,
    '',
  ].join('\n');
}

/** Atomic, and with its mode from the first byte. */
const put = `put() { # MODE FILE: what is on standard input becomes the file
  mkdir -p "\${2%/*}"
  (umask 077 && cat >"$2.new")
  chmod "$1" "$2.new"
  mv -f "$2.new" "$2"
}`;

function linesOf(change: Change, objects: number): readonly string[] {
  switch (change.kind) {
    case 'note':
      return change.text.split('\n').map((line) => `# ${line.trim()}`);
    case 'file':
      if (change.content instanceof Secret) return [secretFile(change.path, change.mode)];
      return [fileLines(change.path, change.mode, change.content)];
    case 'upload':
      return [`install -D -m ${octal(change.mode)} "$BUNDLE"${quote(change.path)} ${quote(change.path)}`];
    case 'directory':
      return [`mkdir -p -m ${octal(change.mode)} ${quote(change.path)}`];
    case 'absent':
      return [change.contents ? `find ${quote(change.path)} -mindepth 1 -delete` : `rm -rf ${quote(change.path)}`];
    case 'certificate': {
      const base = `${change.directory}/${change.spec.path}`;
      const signer = change.spec.signer === undefined ? 'self-signed' : `signed by ${change.spec.signer}`;
      const key = change.keepKey ? [] : [secretFile(`${base}.key`, 0o600)];
      return [`# ${change.spec.name}: ${signer}`, ...key, secretFile(`${base}.crt`, 0o644)];
    }
    case 'key-pair':
      return [...(change.keepKey ? [] : [secretFile(change.privatePath, 0o600)]), secretFile(change.publicPath, 0o600)];
    case 'kubeconfig':
      return [secretFile(change.path, 0o600)];
    case 'command':
      return commandLines(change.argv, change.stdin, change.optional === true);
    case 'packages':
      return [quoteAll([change.manager, '-y', ...change.options, 'install', ...change.names])];
    case 'service':
      return serviceCommands(change).map(quoteAll);
    case 'object':
      return [objectLine(change, objects)];
    case 'node':
      return nodeLines(change);
    case 'etcd-member':
      return [etcdMemberLine(change)];
    case 'awaited':
      return [`# waits for ${oneLine(change.what)}`, `until [ -s ${quote(change.path)} ]; do sleep 1; done`];
    case 'wait':
      return [`# waits for ${oneLine(change.until.what)}`, waitLine(change)];
  }
}

function fileLines(path: string, mode: number, content: string): string {
  const to = `put ${octal(mode)} ${quote(path)}`;
  if (!content.endsWith('\n')) return `printf %s ${quote(content)} | ${to}`;
  return `${to} <<'${delimiter(content)}'\n${content}${delimiter(content)}`;
}

/** A line that the text does not have. */
function delimiter(text: string): string {
  const lines = new Set(text.split('\n'));
  let word = 'EOF';
  while (lines.has(word)) word += '_';
  return word;
}

function secretFile(path: string, mode: number): string {
  return `install -D -m ${octal(mode)} "$SECRETS"${quote(path)} ${quote(path)}`;
}

function commandLines(
  argv: readonly string[],
  stdin: string | Secret | undefined,
  optional: boolean,
): readonly string[] {
  const command = `${quoteAll(argv)}${optional ? ' || :' : ''}`;
  if (stdin === undefined) return [command];
  if (stdin instanceof Secret) return [`${command} <"$SECRETS"/input-of-${quote(argv[0]?.split('/').at(-1) ?? '')}`];
  const text = reveal(stdin).replace(/\n?$/, '\n');
  return [`${command} <<'${delimiter(text)}'\n${text}${delimiter(text)}`];
}

function etcdMemberLine({ peerUrl, access }: EtcdMemberChange): string {
  const { servers, caFile, certFile, keyFile } = access;
  const flags = [`--endpoints=${servers.join(',')}`, `--cacert=${caFile}`, `--cert=${certFile}`, `--key=${keyFile}`];
  const member = quoteAll(['env', 'ETCDCTL_API=3', 'etcdctl', ...flags, 'member']);
  return `${member} remove "$(${member} list | grep -F ${quote(peerUrl)} | cut -d, -f1)"`;
}

function objectLine({ object, how }: Change & { readonly kind: 'object' }, number: number): string {
  const { name, namespace } = object.metadata;
  const inNamespace = namespace === undefined ? [] : ['-n', namespace];
  if (how === 'absent') return quoteAll(['kubectl', ...inNamespace, 'delete', object.kind.toLowerCase(), name]);
  const file = `${String(number).padStart(3, '0')}-${object.kind.toLowerCase()}-${name.replaceAll(':', '-')}.yaml`;
  const verb = how === 'once' ? 'create' : how === 'applied' ? 'apply --server-side' : 'apply';
  return `kubectl ${verb} -f "$OBJECTS"/${quote(file)}`;
}

function nodeLines({ name, labels, annotations, taints }: NodeChange): readonly string[] {
  const pairs = (all: Readonly<Record<string, string>>) => Object.entries(all).map(([key, value]) => `${key}=${value}`);
  const words = taints.map(({ key, value, effect }) => `${key}${value ? `=${value}` : ''}:${effect}`);
  const line = (verb: string, marks: readonly string[]) =>
    marks.length === 0 ? [] : [quoteAll(['kubectl', verb, 'node', name, ...marks, '--overwrite'])];
  return [...line('label', pairs(labels)), ...line('annotate', pairs(annotations)), ...line('taint', words)];
}

function waitLine({ until }: WaitChange): string {
  switch (until.on) {
    case 'http':
      return `until curl -fsSk ${quote(until.url)} >/dev/null; do sleep 1; done`;
    case 'api':
      return `until kubectl get --raw ${quote(until.path)} >/dev/null; do sleep 1; done`;
    case 'object': {
      const { kind, name, namespace } = until.ref;
      const object = [`${kind.toLowerCase()}/${name}`, ...(namespace === undefined ? [] : ['-n', namespace])];
      if (until.ready === 'node-ready')
        return quoteAll(['kubectl', 'wait', '--for=condition=Ready', ...object, '--timeout=300s']);
      return `until ${quoteAll(['kubectl', 'get', ...object])} >/dev/null; do sleep 1; done`;
    }
  }
}

function octal(mode: number): string {
  return mode.toString(8).padStart(4, '0');
}

function oneLine(text: string): string {
  return text.replaceAll('\n', ' ');
}
