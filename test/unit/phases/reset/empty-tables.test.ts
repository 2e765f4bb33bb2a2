import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { emptyTables, emptyTablesQuestion } from '../../../../src/phases/reset/empty-tables.ts';

const base = (hook: string, policy = 'accept', rules = '') =>
  `\tchain ${hook.toUpperCase()} {\n\t\ttype filter hook ${hook} priority filter; policy ${policy};\n${rules}\t}\n`;
const managed = '# Warning: table ip filter is managed by iptables-nft, do not touch!\n';
const kube = '\tchain KUBE-FIREWALL {\n\t\tip saddr != 127.0.0.0/8 counter packets 0 bytes 0 drop\n\t}\n';

/** What a table holds, and whether nothing of it is the host's own. */
const tables: readonly (readonly [string, string, boolean])[] = [
  ['nothing at all', '', true],
  ['base chains alone', base('input') + base('output'), true],
  [
    'chains of Kubernetes, and the jumps to them',
    kube + base('input', 'accept', '\t\tcounter packets 1 bytes 60 jump KUBE-FIREWALL\n'),
    true,
  ],
  ['a rule of the host', base('input', 'accept', '\t\ttcp dport 22 counter packets 0 bytes 0 accept\n'), false],
  ['a policy of the host', base('forward', 'drop'), false],
  ['a chain of docker', '\tchain DOCKER {\n\t\tiifname "docker0" return\n\t}\n', false],
  ['a jump to docker', base('forward', 'accept', '\t\tcounter packets 0 bytes 0 jump DOCKER-USER\n'), false],
  ['a set', '\tset allowed {\n\t\ttype ipv4_addr\n\t}\n', false],
];

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kinit-nft-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Runs a command beside an `nft` that knows one table, and writes down what it is to delete. */
function run(argv: readonly string[], name: string, body: string) {
  const text = `${managed}table ${name} {\n${body}}\n`;
  writeFileSync(join(folder, 'table'), text);
  const nft = `#!/bin/sh
case $* in
  'list tables') echo 'table inet firewalld'; echo 'table ${name}' ;;
  'list table ${name}') cat ${join(folder, 'table')} ;;
  delete*) echo "$*" >>${join(folder, 'deleted')} ;;
  *) exit 1 ;;
esac
`;
  writeFileSync(join(folder, 'nft'), nft);
  chmodSync(join(folder, 'nft'), 0o755);
  const [program = '', ...rest] = argv;
  return spawnSync(program, rest, { env: { PATH: `${folder}:/usr/bin:/bin` }, encoding: 'utf8' });
}

const deleted = () => {
  try {
    return readFileSync(join(folder, 'deleted'), 'utf8');
  } catch {
    return '';
  }
};

describe('a table that iptables has made in nftables', () => {
  it.each(tables)('with %s: whether it is to go', (_, body, goes) => {
    expect(run(emptyTablesQuestion, 'ip filter', body).stdout).toBe(goes ? 'ip filter\n' : '');
  });

  it.each(tables)('with %s goes only when it is empty by then', (_, body) => {
    const [change] = emptyTables('ip filter\n');
    if (change?.kind !== 'command') throw new Error('nothing is removed');
    run(change.argv, 'ip filter', body);
    const isEmpty = !body.split('\n').some((line) => line.startsWith('\t\t') && !line.includes(' hook '));
    expect(deleted()).toBe(isEmpty ? 'delete table ip filter\n' : '');
  });

  it('is one of iptables’ own names', () => {
    expect(run(emptyTablesQuestion, 'ip mine', '').stdout).toBe('');
    expect(emptyTables('ip mine\ninet filter\n')).toEqual([]);
  });
});
