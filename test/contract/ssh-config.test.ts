import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readSshConfig } from '../../src/host/ssh/config.ts';
import { readMatching } from '../../src/host/ssh/files.ts';
import { allowedHostKeyAlgorithms } from '../../src/host/ssh/known-hosts.ts';

const hasSsh = spawnSync('ssh', ['-V']).status === 0;

/** Configurations, and the host (and user) that is asked for. `{dir}` is a folder with the file `more`. */
const cases: readonly (readonly [name: string, text: string, host: string, user?: string])[] = [
  ['nothing', '', 'node1'],
  ['the first value wins', 'Host node1\n Port 2201\nHost *\n Port 22\n User other', 'node1'],
  ['a user that is given wins', 'Host *\n User other', 'node1', 'me'],
  ['double quotes', 'Host "node1"\n User "the user"\n IdentityFile "~/my keys/id"', 'node1'],
  ['single quotes', "Host 'node1'\n IdentityFile '/my keys/id'", 'node1'],
  ['quotes within a word', 'Host node1\n IdentityFile /my" "keys/"id"', 'node1'],
  ['escaped blanks', 'Host node1\n IdentityFile /my\\ keys/id', 'node1'],
  ['escaped quotes', 'Host node1\n IdentityFile /my\\"keys/id', 'node1'],
  ['a comment behind a value', 'Host node1 # first\n Port 2201 # the port', 'node1'],
  ['a hash within a word', 'Host node1\n User a#b', 'node1'],
  ['equals signs', 'Host=node1\n Port=2201\n User = other', 'node1'],
  ['tabs and CR LF', 'Host\tnode1\r\n\tPort\t2201\r\n', 'node1'],
  ['negation', 'Host * !node1\n Port 2201\nHost *\n Port 2202', 'node1'],
  ['HostName with tokens', 'Host node1\n HostName %h.example.com', 'node1'],
  ['HostName with a percent sign', 'Host node1\n HostName %h%%x', 'node1'],
  ['Match host after HostName', 'Host node1\n HostName 10.0.0.1\nMatch host 10.0.0.*\n Port 2201', 'node1'],
  ['Match originalhost', 'Host node1\n HostName 10.0.0.1\nMatch originalhost node1\n Port 2201', 'node1'],
  ['Match originalhost=', 'Match originalhost=node1\n Port 2201', 'node1'],
  ['Match originalhost= of another', 'Match originalhost=node2\n Port 2201', 'node1'],
  ['Match with several criteria', 'Match originalhost=node1 user=root\n Port 2201', 'node1', 'root'],
  ['Match with a list', 'Match host "node2,node1"\n Port 2201', 'node1'],
  ['Match negated', 'Match !host node2\n Port 2201', 'node1'],
  ['Match user from the file', 'Host node1\n User root\nMatch user root\n Port 2201', 'node1'],
  ['Match all', 'Match all\n Port 2201', 'node1'],
  ['Match final', 'Match final\n Port 2201\nHost node1\n User other', 'node1'],
  [
    'Match final after HostName',
    'Match final host 10.0.0.1\n Port 2201\nMatch all\nHost node1\n HostName 10.0.0.1',
    'node1',
  ],
  [
    'Host in the second reading',
    'Host 10.0.0.1\n Port 2201\nHost node1\n HostName 10.0.0.1\nMatch final\n User x',
    'node1',
  ],
  ['Match canonical', 'Match canonical\n Port 2201', 'node1'],
  ['several identity files', 'IdentityFile /a\nHost node1\n IdentityFile /b\n IdentityFile /a', 'node1'],
  ['no identity file', 'IdentityFile none', 'node1'],
  ['IdentitiesOnly', 'IdentitiesOnly yes\nIdentityAgent none', 'node1'],
  ['an agent', 'IdentityAgent "/run/my agent"', 'node1'],
  ['ProxyJump', 'ProxyJump root@gate:2222,other', 'node1'],
  ['ProxyJump none first', 'Host node1\n ProxyJump none\nHost *\n ProxyJump gate', 'node1'],
  ['ProxyCommand before ProxyJump', 'ProxyCommand nc "%h" 22\nProxyJump gate', 'node1'],
  ['ProxyJump before ProxyCommand', 'ProxyJump gate\nProxyCommand nc %h 22', 'node1'],
  ['several known hosts', 'UserKnownHostsFile /a "/b c"\nGlobalKnownHostsFile /d', 'node1'],
  ['no known hosts', 'UserKnownHostsFile none\nGlobalKnownHostsFile none', 'node1'],
  ['an alias for the key', 'HostKeyAlias other\nStrictHostKeyChecking accept-new', 'node1'],
  ['SHA-1 allowed', 'HostKeyAlgorithms +ssh-rsa', 'node1'],
  ['algorithms taken away', 'HostKeyAlgorithms -ecdsa*,ssh-ed25519', 'node1'],
  ['algorithms put first', 'HostKeyAlgorithms ^rsa-sha2-256', 'node1'],
  ['a list of algorithms', 'HostKeyAlgorithms rsa-sha2-256,ssh-ed25519', 'node1'],
  ['revoked keys', 'RevokedHostKeys /etc/ssh/revoked', 'node1'],
  ['an include', 'Include {dir}/mo*\nPort 2202', 'node1'],
  ['an include that is not there', 'Include {dir}/none\nPort 2202', 'node1'],
  ['an include in a block that does not match', 'Host node2\n Include {dir}/more\nHost *\n Port 2202', 'node1'],
  ['an include and what comes behind it', 'Host node1\n Include {dir}/more\n User after', 'node1'],
];

const fails: readonly (readonly [name: string, text: string])[] = [
  ['a port that is none', 'Port abc'],
  ['a port that is too large', 'Port 65536'],
  ['a quote that is not closed', 'User "other'],
];

describe.skipIf(!hasSsh)('the reader of ssh_config(5) says what ssh -G says', () => {
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'kinit-config-'));
    await writeFile(join(folder, 'more'), 'Host node1\n Port 2201\n User included\nHost other\n');
  });
  afterAll(() => rm(folder, { recursive: true }));

  async function write(text: string): Promise<string> {
    const file = join(folder, 'config');
    await writeFile(file, text.replaceAll('{dir}', folder));
    return file;
  }

  async function kinits(text: string, host: string, user?: string) {
    const { username, homedir } = userInfo();
    const config = await readSshConfig({
      host,
      user,
      localUser: username,
      home: homedir,
      files: [await write(text)],
      read: readMatching,
      includeFolder: () => `${homedir}/.ssh`,
    });
    const usual = 'usual';
    return {
      hostname: config.hostName ?? host,
      user: user ?? config.user ?? username,
      port: config.port ?? 22,
      identityfile: config.noIdentityFiles ? ['none'] : config.identityFiles.length > 0 ? config.identityFiles : usual,
      identitiesonly: config.identitiesOnly,
      identityagent: config.identityAgent,
      proxyjump: config.proxyJump === 'none' ? undefined : config.proxyJump,
      proxycommand: config.proxyCommand,
      hostkeyalias: config.hostKeyAlias,
      userknownhostsfile: config.userKnownHostsFiles ?? usual,
      globalknownhostsfile: config.globalKnownHostsFiles ?? usual,
      stricthostkeychecking: config.strictHostKeyChecking ?? 'ask',
      revokedhostkeys: config.revokedHostKeys,
      hostkeyalgorithms: allowedHostKeyAlgorithms(config.hostKeyAlgorithms),
    };
  }

  async function sshs(text: string, host: string, user?: string) {
    const login = user === undefined ? [] : ['-l', user];
    const { stdout, stderr, status } = spawnSync('ssh', ['-G', '-F', await write(text), ...login, host], {
      encoding: 'utf8',
    });
    expect([status, status === 0 ? '' : stderr]).toEqual([0, '']);
    const lines = stdout.split('\n').map((line) => /^(\S+) (.*)$/.exec(line) ?? []);
    const all = (name: string) => lines.flatMap(([, keyword, value = '']) => (keyword === name ? [value] : []));
    const one = (name: string) => all(name)[0];
    const files = (name: string, usual: RegExp) => {
      const value = one(name) ?? '';
      return usual.test(value) ? 'usual' : value === 'none' ? [] : value;
    };
    const supported: readonly string[] = allowedHostKeyAlgorithms('^*');
    return {
      hostname: one('hostname'),
      user: one('user'),
      port: Number(one('port')),
      identityfile: all('identityfile').includes('~/.ssh/id_rsa') ? 'usual' : all('identityfile'),
      identitiesonly: one('identitiesonly') === 'yes',
      identityagent: one('identityagent'),
      proxyjump: one('proxyjump'),
      proxycommand: one('proxycommand'),
      hostkeyalias: one('hostkeyalias'),
      userknownhostsfile: files('userknownhostsfile', /\/\.ssh\/known_hosts \S+\/\.ssh\/known_hosts2$/),
      globalknownhostsfile: files('globalknownhostsfile', /^\/etc\/ssh\/ssh_known_hosts \/etc\/ssh\/ssh_known_hosts2$/),
      stricthostkeychecking:
        { true: 'yes', false: 'no' }[one('stricthostkeychecking') ?? ''] ?? one('stricthostkeychecking'),
      revokedhostkeys: one('revokedhostkeys'),
      hostkeyalgorithms: (one('hostkeyalgorithms') ?? '').split(',').filter((name) => supported.includes(name)),
    };
  }

  it.each(cases)('%s', async (_, text = '', host = '', user) => {
    const mine = await kinits(text, host, user);
    const theirs = await sshs(text, host, user);
    const joined = (files: readonly string[] | string) =>
      typeof files === 'string' ? files : files.length === 0 ? files : files.join(' ');
    expect({
      ...mine,
      userknownhostsfile: joined(mine.userknownhostsfile),
      globalknownhostsfile: joined(mine.globalknownhostsfile),
    }).toEqual(theirs);
  });

  it.each(fails)('refuses what ssh refuses: %s', async (_, text) => {
    expect(spawnSync('ssh', ['-G', '-F', await write(text), 'node1']).status).not.toBe(0);
    await expect(kinits(text, 'node1')).rejects.toThrow(/line 1 is refused by ssh, and by kinit/);
  });
});
