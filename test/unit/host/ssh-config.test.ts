import { describe, expect, it } from 'vitest';
import { readSshConfig, type SshConfig } from '../../../src/host/ssh/config.ts';

function configFor(
  host: string,
  text: string,
  more: { user?: string; files?: Record<string, string> } = {},
): Promise<SshConfig> {
  const files: Record<string, string> = { '/home/me/.ssh/config': text, ...more.files };
  return readSshConfig({
    host,
    user: more.user,
    localUser: 'me',
    home: '/home/me',
    files: ['/home/me/.ssh/config', '/etc/ssh/ssh_config'],
    includeFolder: () => '/home/me/.ssh',
    read: async (pattern) => {
      const start = pattern.replace(/\*.*$/, '');
      const names = Object.keys(files).filter((name) =>
        pattern.endsWith('*') ? name.startsWith(start) : name === pattern,
      );
      return names.sort().map((path) => ({ path, text: files[path] ?? '' }));
    },
  });
}

describe("ssh's own configuration", () => {
  it.each([
    ['ConnectTimeout 4', 4],
    ['ConnectTimeout=30\nConnectTimeout 2', 30],
    ['ConnectTimeout none', undefined],
    ['', undefined],
  ])('says with "%s" that a connection may take %s seconds', async (text, seconds) => {
    expect((await configFor('node1', text)).connectTimeout).toBe(seconds);
  });

  it.each(['0', '-1', 'soon', '1h x'])('is refused where a connection may take %s', async (wrong) => {
    await expect(configFor('node1', `ConnectTimeout ${wrong}`)).rejects.toThrow('is refused by ssh');
  });

  it('takes the first value of a keyword, from the first block that matches', async () => {
    const text = 'Host node1\n  Port 2201\n  User admin\nHost *\n  Port 2222\n  User other\n  ProxyJump jump';
    expect(await configFor('node1', text)).toEqual({
      port: 2201,
      user: 'admin',
      proxyJump: 'jump',
      identityFiles: [],
      identitiesOnly: false,
    });
    expect(await configFor('node2', text)).toMatchObject({ port: 2222, user: 'other' });
  });

  it.each([
    ['Host node?', 'node1', true],
    ['Host node?', 'node12', false],
    ['Host a b node1', 'node1', true],
    ['Host * !node1', 'node1', false],
    ['Host !node1 *', 'node2', true],
    ['Host "node1"', 'node1', true],
    ['host=node1', 'node1', true],
    ['Match all', 'node1', true],
    ['Match host node1', 'node1', true],
    ['Match host 10.0.0.*', 'node1', false],
    ['Match originalhost node*,other', 'node1', true],
    ['Match !host node1', 'node1', false],
    ['Match user admin', 'node1', true],
    ['Match user root', 'node1', false],
    ['Match localuser me host node1', 'node1', true],
    ['Match exec "true"', 'node1', false],
    ['Match originalhost=node1', 'node1', true],
    ['Match originalhost=other', 'node1', false],
    ['Match !originalhost=other', 'node1', true],
    ['Match originalhost="node1" user=admin', 'node1', true],
    ['Match final originalhost node1', 'node1', true],
    ['Match !final', 'node1', true],
    ['Match canonical', 'node1', false],
  ])('%s: applies to %s: %s', async (header, host, applies) => {
    const { port } = await configFor(host, `${header}\n  Port 2201`, { user: 'admin' });
    expect(port).toBe(applies ? 2201 : undefined);
  });

  it('adds identity files up', async () => {
    const text =
      'IdentityFile ~/one\nHost *\n  IdentityFile "~/with space"\n  IdentitiesOnly yes\n  IdentityFile ~/one';
    expect(await configFor('node1', text)).toMatchObject({
      identityFiles: ['~/one', '~/with space'],
      identitiesOnly: true,
    });
  });

  it('reads what an Include names, in its place and under its condition', async () => {
    const files = {
      '/home/me/.ssh/conf.d/10': 'Host node1\n  Port 2201',
      '/home/me/.ssh/conf.d/20': 'Host *\n  Port 2202\n  User included',
      '/abs': 'User absolute',
    };
    const text = 'Include conf.d/*\nHost node1\n  Include /abs\n  Port 22';
    expect(await configFor('node1', text, { files })).toMatchObject({ port: 2201, user: 'included' });
    expect(await configFor('node2', 'Host node1\n Include /abs', { files })).not.toHaveProperty('user');
  });

  it('ends with an Include that includes itself', async () => {
    expect(await configFor('node1', 'Include config\nPort 2201')).toMatchObject({ port: 2201 });
  });

  it('reads the system-wide file after the own one', async () => {
    const files = { '/etc/ssh/ssh_config': 'Host *\n  Port 2299\n  StrictHostKeyChecking accept-new' };
    expect(await configFor('node1', 'Port 2201 # mine', { files })).toMatchObject({
      port: 2201,
      strictHostKeyChecking: 'accept-new',
    });
  });
});
