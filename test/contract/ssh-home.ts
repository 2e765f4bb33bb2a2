import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Host } from '../../src/host/host.ts';
import { openHosts } from '../../src/host/open-hosts.ts';
import type { SshSettings } from '../../src/host/ssh/endpoint.ts';
import type { SshTarget } from '../../src/host/targets.ts';
import { keyPair, type SshServer } from './ssh-server.ts';

/** A person's home with a key and the known hosts of some servers. */
export class Home {
  readonly path: string;
  readonly key = keyPair();

  constructor(path: string) {
    this.path = path;
  }

  static async make(): Promise<Home> {
    const home = new Home(await mkdtemp(join(tmpdir(), 'kinit-ssh-')));
    await mkdir(join(home.path, '.ssh'));
    await home.file('.ssh/id_ed25519', home.key.private);
    return home;
  }

  async file(name: string, text: string): Promise<string> {
    await writeFile(join(this.path, name), text, { mode: 0o600 });
    return join(this.path, name);
  }

  knows(...servers: readonly Pick<SshServer, 'port' | 'publicKey'>[]): Promise<string> {
    const lines = servers.map(({ port, publicKey }) => `[127.0.0.1]:${port} ${publicKey}\n`);
    return this.file('.ssh/known_hosts', lines.join(''));
  }

  settings(more: Partial<SshSettings> = {}): SshSettings {
    const config = [join(this.path, '.ssh/config')];
    return {
      home: this.path,
      user: 'root',
      knownHostsFiles: [join(this.path, '.ssh/known_hosts')],
      configFiles: config,
      ...more,
    };
  }

  async open(target: SshTarget, more: Partial<SshSettings> = {}): Promise<Host> {
    const { hosts, failures } = await openHosts([target], this.settings(more));
    if (failures[0]) throw failures[0];
    return hosts[0]!;
  }
}
