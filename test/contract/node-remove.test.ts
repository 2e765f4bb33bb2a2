import { rm } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { kinit } from '../command-line.ts';
import { Home } from './ssh-home.ts';
import { type SshServer, startSshServer } from './ssh-server.ts';

describe('kinit node remove', () => {
  let home: Home;
  let server: SshServer;

  beforeEach(async () => {
    home = await Home.make();
    server = await startSshServer({ authorizedKeys: [home.key.public] });
    await home.knows(server);
  });
  afterEach(async () => {
    await server.close();
    await rm(home.path, { recursive: true });
  });

  /** Nothing listens on port 1, and no two hosts may have one address. */
  async function remove(ports: { readonly controlPlane: number; readonly worker: number }) {
    const host = (port: number) => `address: 127.0.0.${port === 1 ? 2 : 1}, ssh: { user: root, port: ${port} }`;
    const config = await home.file(
      'cluster.yaml',
      `apiVersion: kinit.dev/v1alpha1
kind: Inventory
ssh: { knownHosts: ['${home.path}/.ssh/known_hosts'] }
hosts:
- { name: cp1, ${host(ports.controlPlane)}, role: control-plane }
- { name: w1, ${host(ports.worker)} }
`,
    );
    const env = { HOME: home.path };
    return kinit(['node', 'remove', 'w1', '--config', config, '--yes'], { env });
  }

  it('leaves no connection to the control plane, open or still being dialled, where the host of the node is not reached, and names that host', async () => {
    const { code, err } = await remove({ controlPlane: server.port, worker: 1 });
    expect(err).toContain('nothing listens on port 1');
    expect(err).toContain('w1');
    expect(err).toContain('--force');
    expect(code).toBe(1);
    expect(server.connections()).toBeLessThanOrEqual(1);
    await expect.poll(() => server.open()).toBe(0);
  });

  it('shows the error of the control plane where that is not reached, and closes the others', async () => {
    const { code, err } = await remove({ controlPlane: 1, worker: server.port });
    expect(err).toContain('cp1');
    expect(err).toContain('nothing listens on port 1');
    expect(code).toBe(1);
    await expect.poll(() => server.open()).toBe(0);
  });

  it('closes all where --host names a host of no inventory that is not reached', async () => {
    const config = await home.file(
      'cluster.yaml',
      `apiVersion: kinit.dev/v1alpha1
kind: Inventory
ssh: { knownHosts: ['${home.path}/.ssh/known_hosts'] }
hosts:
- { name: cp1, address: 127.0.0.1, role: control-plane, ssh: { user: root, port: ${server.port} } }
`,
    );
    const argv = ['node', 'remove', 'w9', '--config', config, '--yes', '--host', 'root@127.0.0.1:1'];
    const { code, err } = await kinit(argv, { env: { HOME: home.path } });
    expect(err).toContain('nothing listens on port 1');
    expect(code).toBe(1);
    await expect.poll(() => server.open()).toBe(0);
  });
});
