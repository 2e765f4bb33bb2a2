import { PassThrough } from 'node:stream';
import type { Command } from 'commander';
import { describe, expect, test } from 'vitest';
import { initCommand } from '../../../src/commands/init/command.ts';
import type { Io } from '../../../src/commands/io.ts';
import { joinCommand } from '../../../src/commands/join/command.ts';
import { resetCommand } from '../../../src/commands/reset/command.ts';
import type { PhaseName } from '../../../src/release/phase-trees.ts';
import { minors, release } from '../manifests/config.ts';

const io: Io = {
  stdin: new PassThrough(),
  stdout: new PassThrough(),
  stderr: new PassThrough(),
  terminal: new PassThrough(),
  env: {},
  cwd: '/',
  signal: new AbortController().signal,
  now: () => 0,
  result: () => undefined,
};
const commands = {
  init: initCommand(io),
  join: joinCommand(io, () => undefined),
  reset: resetCommand(io, () => undefined),
};

/** `certs apiserver` for every phase and sub-phase, by its name and by every alias. */
function wordsOf({ name, aliases = [], steps }: PhaseName): string[][] {
  const own = [name, ...aliases];
  return steps === undefined
    ? own.map((word) => [word])
    : own.flatMap((word) => steps.flatMap(wordsOf).map((words) => [word, ...words]));
}

function find(command: Command, words: readonly string[]): Command | undefined {
  const [first, ...rest] = words;
  if (first === undefined) return command;
  const child = command.commands.find((one) => one.name() === first || one.aliases().includes(first));
  return child === undefined ? undefined : find(child as Command, rest);
}

describe.each(minors)('every phase of kubeadm %s is a command:', (version) => {
  test.each(['init', 'join', 'reset'] as const)('%s', (verb) => {
    const wanted = release(version).phases[verb].flatMap(wordsOf);
    expect(wanted.length).toBeGreaterThan(2);
    expect(wanted.filter((words) => find(commands[verb], ['phase', ...words]) === undefined)).toEqual([]);
  });
});

describe('flags that kubeadm’s phases inherit', () => {
  test.each([
    ['preflight', '--image-repository --cri-socket --ignore-preflight-errors --config --dry-run'],
    ['certs apiserver', '--cert-dir --apiserver-cert-extra-sans --service-cidr --control-plane-endpoint'],
    ['kubeconfig admin', '--kubeconfig-dir --cert-dir --apiserver-bind-port --node-name'],
    ['etcd local', '--patches --image-repository'],
    ['control-plane apiserver', '--apiserver-extra-args --feature-gates --patches'],
    ['control-plane scheduler', '--scheduler-extra-args'],
    ['kubelet-start', '--cri-socket --node-name --patches'],
    ['upload-config kubeadm', '--kubeconfig --cri-socket'],
    ['upload-certs', '--upload-certs --certificate-key --skip-certificate-key-print --kubeconfig'],
    ['bootstrap-token', '--skip-token-print --kubeconfig'],
    ['addon coredns', '--print-manifest --service-dns-domain --kubeconfig'],
    ['addon kube-proxy', '--print-manifest --pod-network-cidr'],
  ])('init phase %s: %s', (words, flags) => {
    const command = find(commands.init, ['phase', ...words.split(' ')]);
    expect(command?.options.map(({ long }) => long)).toEqual(expect.arrayContaining(flags.split(' ')));
  });

  test('and no others', () => {
    const flags = find(commands.init, ['phase', 'certs', 'ca'])?.options.map(({ long }) => long);
    expect(flags).not.toContain('--pod-network-cidr');
    expect(flags).not.toContain('--skip-phases');
  });
});
