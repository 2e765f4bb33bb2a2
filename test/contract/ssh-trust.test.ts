import { createHmac } from 'node:crypto';
import { chmod, mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import ssh2, { type ParsedKey } from 'ssh2';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Host } from '../../src/host/host.ts';
import { openHosts } from '../../src/host/open-hosts.ts';
import { fingerprint } from '../../src/host/ssh/known-hosts.ts';
import type { SshTarget } from '../../src/host/targets.ts';
import { Home } from './ssh-home.ts';
import { keyPair, type SshServer, type SshServerOptions, startSshServer } from './ssh-server.ts';

let home: Home;
const closing: (() => unknown)[] = [];

beforeEach(async () => {
  home = await Home.make();
});
afterEach(async () => {
  await Promise.all(closing.splice(0).map((close) => close()));
  await rm(home.path, { recursive: true });
});

async function start(options: SshServerOptions = {}): Promise<SshServer & { readonly target: SshTarget }> {
  const server = await startSshServer({ authorizedKeys: [home.key.public], ...options });
  closing.push(() => server.close());
  return { ...server, target: { address: '127.0.0.1', port: server.port } };
}

async function works(host: Host): Promise<void> {
  expect((await host.run(['printf', 'yes'])).stdout).toBe('yes');
  await host.close();
}

/** As ssh has them: known hosts by what the configuration names. */
async function openAsSsh(target: SshTarget, config: string, more = {}): Promise<Host> {
  await home.file('.ssh/config', config);
  const { knownHostsFiles: _, ...settings } = home.settings(more);
  const { hosts, failures } = await openHosts([target], settings);
  if (hosts[0] === undefined) throw failures[0];
  return hosts[0];
}

const noGlobal = 'GlobalKnownHostsFile none';

describe('the key of a host', () => {
  function revoked(server: SshServer): string {
    return `@revoked * ${server.publicKey}\n[127.0.0.1]:${server.port} ${server.publicKey}\n`;
  }
  function pin(server: SshServer): string {
    return fingerprint((ssh2.utils.parseKey(server.publicKey) as ParsedKey).getPublicSSH());
  }

  it.each([
    ['known', {}, false],
    ['pinned by its fingerprint', {}, true],
    ['new, and new ones are taken', { acceptNewHostKeys: true }, false],
  ])('is refused where it is revoked, though it is %s', async (_, settings, pinned) => {
    const server = await start();
    await home.file('.ssh/known_hosts', revoked(server));
    const target = { ...server.target, ...(pinned ? { fingerprints: [pin(server)] } : {}) };
    await expect(home.open(target, settings)).rejects.toMatchObject({
      exitCode: 6,
      message: expect.stringMatching(/is revoked \(.*known_hosts:1\)/),
    });
  });

  const port = (server: SshServer) => `[127.0.0.1]:${server.port}`;
  function hashed(name: string): string {
    const salt = Buffer.alloc(20, 7);
    return `|1|${salt.toString('base64')}|${createHmac('sha1', salt).update(name).digest('base64')}`;
  }
  const places: Readonly<Record<string, (server: SshServer) => string>> = {
    'for all hosts': () => '*',
    'for its address and port': port,
    'for its address': () => '127.0.0.1',
    'for one of several names': (server) => `node1,${port(server)},node2`,
    'under a hashed name': (server) => hashed(port(server)),
    'under a hashed address': () => hashed('127.0.0.1'),
  };
  for (const [where, names] of Object.entries(places)) {
    it(`is refused where it is revoked ${where}: in the file given, in a second one, in the system's`, async () => {
      const server = await start();
      const known = await home.knows(server);
      const bad = await home.file('bad', `# old\n@revoked ${names(server)} ${server.publicKey} taken over\n`);
      const both = await home.file('both', `${await readFile(bad, 'utf8')}${await readFile(known, 'utf8')}`);
      const empty = await home.file('empty', '');
      await home.file('.ssh/config', `GlobalKnownHostsFile ${empty} ${bad}`);
      const ways = [
        { knownHostsFiles: [both], place: both, configFiles: [] },
        { knownHostsFiles: [known, bad], place: bad, configFiles: [] },
        { knownHostsFiles: [known], place: bad },
        { knownHostsFiles: [empty], place: bad, acceptNewHostKeys: true },
      ];
      for (const { place, ...settings } of ways) {
        for (const fingerprints of [[], [pin(server)]]) {
          await expect(home.open({ ...server.target, fingerprints }, settings)).rejects.toMatchObject({
            exitCode: 6,
            message: expect.stringContaining(`is revoked (${place}:`),
          });
        }
      }
      expect(await readFile(empty, 'utf8')).toBe('');
      expect(server.commands()).toEqual([]);
    });
  }

  it('is trusted by no file of the system where files are given', async () => {
    const server = await start();
    const system = await home.knows(server);
    const empty = await home.file('empty', '');
    await home.file('.ssh/config', `GlobalKnownHostsFile ${system}`);
    await expect(home.open(server.target, { knownHostsFiles: [empty] })).rejects.toMatchObject({
      exitCode: 6,
      message: expect.stringContaining('is not known'),
    });
  });

  it.each([
    ['a list with it', (server: SshServer) => `# old ones\n${server.publicKey} comment\n`, /is revoked/],
    ['a list in binary form', () => 'SSHKRL\n\0', /binary form/],
    ['no file at all', undefined, /is not there/],
  ])('is refused by RevokedHostKeys: %s', async (_, content, message) => {
    const server = await start();
    const known = await home.knows(server);
    if (content !== undefined) await home.file('revoked', content(server));
    const config = `RevokedHostKeys ${home.path}/revoked\nUserKnownHostsFile ${known}\n${noGlobal}`;
    await expect(openAsSsh(server.target, config)).rejects.toMatchObject({
      exitCode: 6,
      message: expect.stringMatching(message),
    });
  });

  it('is taken where RevokedHostKeys has only others', async () => {
    const server = await start();
    const known = await home.knows(server);
    await home.file('revoked', `${keyPair().public}\n`);
    const config = `RevokedHostKeys ${home.path}/revoked\nUserKnownHostsFile ${known}\n${noGlobal}`;
    await works(await openAsSsh(server.target, config));
  });

  it.each([
    ['a directory', async (path: string) => void (await mkdir(path))],
    ['a link to itself', async (path: string) => symlink(path, path)],
  ])('is trusted by nobody where a known hosts file cannot be read: %s', async (_, make) => {
    const server = await start();
    const path = join(home.path, 'unreadable');
    await make(path);
    const knownHostsFiles = [await home.knows(server), path];
    for (const acceptNewHostKeys of [true, false]) {
      await expect(home.open(server.target, { knownHostsFiles, acceptNewHostKeys })).rejects.toMatchObject({
        exitCode: 6,
        host: `root@127.0.0.1:${server.port}`,
        message: expect.stringContaining(`no host key can be trusted: ${path} cannot be read`),
      });
    }
    expect(server.commands()).toEqual([]);
  });

  it('that is new is kept in no file where UserKnownHostsFile is none', async () => {
    const server = await start();
    const global = await home.file('global', '');
    const config = `UserKnownHostsFile none\nGlobalKnownHostsFile ${global}\nStrictHostKeyChecking accept-new`;
    await works(await openAsSsh(server.target, config));
    expect(await readFile(global, 'utf8')).toBe('');
    await expect(openAsSsh(server.target, `UserKnownHostsFile none\n${noGlobal}`)).rejects.toMatchObject({
      exitCode: 6,
    });
  });

  it('that is new and cannot be kept ends the connection with an error', async () => {
    const server = await start();
    const file = join(home.path, 'file');
    await writeFile(file, '');
    const knownHostsFiles = [join(file, 'known_hosts')];
    await expect(home.open(server.target, { knownHostsFiles, acceptNewHostKeys: true })).rejects.toMatchObject({
      message: expect.stringContaining('cannot remember the host key in'),
    });
    await expect.poll(() => server.open()).toBe(0);
  });

  it('is also known by its name without the port, as to ssh', async () => {
    const server = await start();
    await home.file('.ssh/known_hosts', `127.0.0.1 ${server.publicKey}\n`);
    await works(await home.open(server.target));
    await home.file(
      '.ssh/known_hosts',
      `127.0.0.1 ${server.publicKey}\n[127.0.0.1]:${server.port} ${keyPair().public}\n`,
    );
    await expect(home.open(server.target)).rejects.toThrow('has changed');
  });

  it('behind a certificate authority is asked for in words that do not send to ssh', async () => {
    const server = await start();
    await home.file('.ssh/known_hosts', `@cert-authority * ${keyPair().public}\n`);
    await expect(home.open(server.target)).rejects.toMatchObject({
      exitCode: 6,
      message: expect.stringContaining('kinit cannot check certificates of hosts'),
      hint: expect.not.stringMatching(/ssh [\w-]*@|with: ssh/),
    });
  });

  it('that is signed with SHA-1 is taken where the configuration allows it', async () => {
    const { privateKey } = (await import('node:crypto')).generateKeyPairSync('rsa', { modulusLength: 2048 });
    const pem = privateKey.export({ type: 'pkcs1', format: 'pem' }).toString();
    const server = await start({ hostKeys: [pem], hostKeyAlgorithms: ['ssh-rsa'] });
    const known = await home.knows(server);
    const config = `UserKnownHostsFile ${known}\n${noGlobal}`;
    await expect(openAsSsh(server.target, config)).rejects.toMatchObject({
      message: 'the server has no host key algorithm that is allowed',
      hint: expect.stringContaining('HostKeyAlgorithms +ssh-rsa'),
    });
    await works(await openAsSsh(server.target, `${config}\nHostKeyAlgorithms +ssh-rsa`));
  });
});

describe('the key of a user', () => {
  it('that others may read is refused as by ssh', async () => {
    const server = await start();
    await home.knows(server);
    const path = join(home.path, '.ssh/id_ed25519');
    await chmod(path, 0o640);
    await expect(home.open(server.target)).rejects.toMatchObject({
      message: expect.stringContaining(`the key ${path} was not tried: others may use it too (mode 0640)`),
      hint: `chmod 600 ${path}`,
    });
    await expect(home.open(server.target, { identityFiles: [path] })).rejects.toMatchObject({
      message: `the key ${path} is not used, as with ssh: others may use it too (mode 0640)`,
      hint: `chmod 600 ${path}`,
    });
    await chmod(path, 0o400);
    await works(await home.open(server.target));
  });

  it('with a certificate beside it fails in words that name the certificate and do not send to ssh', async () => {
    const server = await start({ authorizedKeys: [] });
    await home.knows(server);
    await home.file('.ssh/id_ed25519-cert.pub', 'ssh-ed25519-cert-v01@openssh.com AAAA');
    await expect(home.open(server.target)).rejects.toMatchObject({
      message: expect.stringContaining(`kinit cannot log in with a certificate: ${home.path}/.ssh/id_ed25519-cert.pub`),
      hint: expect.stringContaining('authorized_keys'),
    });
    await expect(home.open(server.target)).rejects.toMatchObject({ hint: expect.not.stringContaining('with: ssh') });
  });

  it('is none where IdentityFile is none', async () => {
    const server = await start();
    const known = await home.knows(server);
    const config = `IdentityFile none\nUserKnownHostsFile ${known}\n${noGlobal}`;
    await expect(openAsSsh(server.target, config)).rejects.toThrow('there was no key, agent or password to try');
  });
});

describe('an agent', () => {
  /** One that holds these keys and notes which were asked to sign. */
  async function agentWith(keys: readonly { readonly private: string }[], extra: readonly Buffer[] = []) {
    const signed: string[] = [];
    const parsed = keys.map((key) => ssh2.utils.parseKey(key.private) as ParsedKey);
    const path = join(home.path, 'agent.sock');
    const server: Server = createServer((socket) => {
      const agent = new ssh2.AgentProtocol(false);
      agent.on('identities', (request) => {
        agent.getIdentitiesReply(request, [...parsed, ...(extra as never[])]);
      });
      agent.on('sign', (request, key, data) => {
        const own = parsed.find((one) => one.getPublicSSH().equals((key as ParsedKey).getPublicSSH()));
        signed.push((key as ParsedKey).getPublicSSH().toString('base64'));
        agent.signReply(request, own?.sign(data) as Buffer);
      });
      socket.pipe(agent).pipe(socket);
      socket.on('error', () => undefined);
      agent.on('error', () => undefined);
    });
    await new Promise<void>((resolve) => server.listen(path, resolve));
    closing.push(() => new Promise((resolve) => server.close(resolve)));
    return { environment: { SSH_AUTH_SOCK: path }, signed };
  }
  const publicOf = (pair: { readonly public: string }): string => pair.public.split(' ')[1] ?? '';

  it('offers all its keys, until IdentitiesOnly names some', async () => {
    const [right, other] = [keyPair(), keyPair()];
    const server = await start({ authorizedKeys: [right.public, other.public] });
    const known = await home.knows(server);
    await rm(join(home.path, '.ssh/id_ed25519'));
    const agent = await agentWith([other, right]);
    await home.file('right.pub', right.public);
    const config = `UserKnownHostsFile ${known}\n${noGlobal}`;
    await works(await openAsSsh(server.target, config, { environment: agent.environment }));
    expect(agent.signed.splice(0)).toEqual([publicOf(other)]);

    const only = `IdentitiesOnly yes\nIdentityFile ${home.path}/right.pub\n${config}`;
    await works(await openAsSsh(server.target, only, { environment: agent.environment }));
    expect(agent.signed.splice(0)).toEqual([publicOf(right)]);

    await expect(
      openAsSsh(server.target, `IdentitiesOnly yes\n${config}`, { environment: agent.environment }),
    ).rejects.toThrow('there was no key, agent or password to try');
    expect(agent.signed).toEqual([]);
  });

  it('that never answers is gone without', async () => {
    const server = await start();
    await home.knows(server);
    const path = join(home.path, 'agent.sock');
    const silent = createServer((socket) => socket.on('data', () => socket.destroy()));
    await new Promise<void>((resolve) => silent.listen(path, resolve));
    closing.push(() => new Promise((resolve) => silent.close(resolve)));
    await works(await home.open(server.target, { environment: { SSH_AUTH_SOCK: path } }));
  });
});

describe('bastions', () => {
  it('are other machines behind other bastions, though their user, address and port are equal', async () => {
    // Each site has a gateway of its own at the same private address.
    const gateways = [await start(), await start()];
    const sites = await Promise.all(gateways.map(({ port }) => start({ forwards: { '10.0.0.1:22': port } })));
    const hosts = [await start(), await start()];
    await home.knows(...gateways, ...sites, ...hosts);
    const lines = await readFile(join(home.path, '.ssh/known_hosts'), 'utf8');
    await home.file(
      '.ssh/known_hosts',
      `${lines}${gateways.map(({ publicKey }) => `10.0.0.1 ${publicKey}\n`).join('')}`,
    );
    const targets = hosts.map(({ target }, index) => ({
      ...target,
      bastion: `root@127.0.0.1:${sites[index]?.port},root@10.0.0.1`,
    }));
    const { hosts: opened, failures } = await openHosts(targets, home.settings());
    expect(failures).toEqual([]);
    for (const host of opened) await works(host);
    expect(gateways.map((gateway) => gateway.forwarded())).toEqual(hosts.map(({ port }) => [`127.0.0.1:${port}`]));
  });

  it('may be reached through one with equal user, address and port', async () => {
    const [server, second] = [await start(), await start()];
    const first = await start({ forwards: { '10.0.0.1:22': second.port } });
    const gate = await start({ forwards: { '10.0.0.1:22': first.port } });
    await home.knows(server, second, first, gate);
    const lines = await readFile(join(home.path, '.ssh/known_hosts'), 'utf8');
    await home.file('.ssh/known_hosts', `${lines}10.0.0.1 ${first.publicKey}\n10.0.0.1 ${second.publicKey}\n`);
    const bastion = `root@127.0.0.1:${gate.port},root@10.0.0.1,root@10.0.0.1`;
    await works(await home.open(server.target, { bastion }));
    expect(second.forwarded()).toEqual([`127.0.0.1:${server.port}`]);
  });

  it('may stand between spaces', async () => {
    const [server, first, second] = [await start(), await start(), await start()];
    await home.knows(server, first, second);
    await works(
      await home.open(server.target, { bastion: `root@127.0.0.1:${first.port}, root@127.0.0.1:${second.port}` }),
    );
    expect(second.forwarded()).toEqual([`127.0.0.1:${server.port}`]);
  });

  it.each([
    ['trusts nobody', 'UserKnownHostsFile none', /bastion .* cannot be used: the host key .* is not known/],
    ['takes no key of ours', 'IdentityFile none\nIdentitiesOnly yes', /bastion .* cannot be used/],
  ])('of one machine under two names are two where one of them %s', async (_, line, refusal) => {
    const [gate, ...hosts] = [await start(), await start(), await start()];
    await home.knows(gate, ...hosts);
    const known = `UserKnownHostsFile ${join(home.path, '.ssh/known_hosts')}`;
    await home.file(
      '.ssh/config',
      `Host other\n${line}\nHost gate other\nHostName 127.0.0.1\nUser root\nPort ${gate.port}\nHost *\n${known}\n${noGlobal}\n`,
    );
    const targets = hosts.map(({ target }, index) => ({ ...target, bastion: index === 0 ? 'gate' : 'other' }));
    const { knownHostsFiles: _known, ...settings } = home.settings();
    const { hosts: opened, failures } = await openHosts(targets, settings);
    expect(failures.map(({ message }) => message)).toEqual([expect.stringMatching(refusal)]);
    for (const host of opened) await works(host);
    expect(gate.forwarded()).toEqual([`127.0.0.1:${hosts[0]?.port}`]);
  });

  it.each([
    ['a circle', `Host *\nProxyJump gate\n`],
    ['a circle of two', 'Host one\nProxyJump two\nHost two\nProxyJump one\nHost *\nProxyJump one\n'],
  ])('that lead in %s are named as such', async (_, config) => {
    await expect(openAsSsh({ address: '127.0.0.1', port: 1 }, config)).rejects.toMatchObject({
      message: 'the bastions lead in a circle, or are more than 8',
      hint: expect.stringContaining('ProxyJump'),
    });
  });
});

describe("ssh's configuration that cannot be read", () => {
  it('is an error and not lost', async () => {
    const server = await start();
    await home.knows(server);
    await mkdir(join(home.path, '.ssh/config'));
    await expect(home.open(server.target)).rejects.toMatchObject({
      host: '127.0.0.1',
      message: `${home.path}/.ssh/config cannot be read: it is a directory`,
    });
  });
});
