import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { commandTable } from '../../src/commands/table.ts';
import { kubeconfigDocument } from '../../src/pki/kubeconfig-document.ts';
import { toYaml } from '../../src/yaml.ts';
import { testAuthority, testCertificate } from '../certificates.ts';
import { kinit } from '../command-line.ts';
import { clusterFile, commandLines, kubeconfigFile, linesOf } from './every-command.ts';

let home: string;
let server: Server;
const sockets = new Set<Socket>();
let target: string;

/** Takes every connection, says nothing on it and never closes its side. */
beforeAll(async () => {
  server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket.on('error', () => undefined));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  target = `root@127.0.0.1:${port}`;
  home = await mkdtemp(join(tmpdir(), 'kinit-silent-'));
  await mkdir(join(home, '.ssh'));
  const authority = await testAuthority();
  const admin = await testCertificate(authority, 'kubernetes-admin');
  const kubeconfig = kubeconfigDocument({
    clusterName: 'kubernetes',
    server: `https://127.0.0.1:${port}`,
    caPem: authority.certificate,
    user: 'kubernetes-admin',
    client: { certificatePem: admin.certificate, key: admin.key },
    preferences: false,
  });
  await writeFile(join(home, kubeconfigFile), toYaml(kubeconfig), { mode: 0o600 });
  await writeFile(join(home, 'archive.tar'), '');
  const hosts = [{ name: 'cp1', address: '127.0.0.1', role: 'control-plane' }];
  const inventory = { apiVersion: 'kinit.dev/v1alpha1', kind: 'Inventory', ssh: { user: 'root', port }, hosts };
  const cluster = { apiVersion: 'kubeadm.k8s.io/v1beta4', kind: 'ClusterConfiguration', kubernetesVersion: 'v1.31.0' };
  await writeFile(join(home, clusterFile), `${toYaml(inventory)}---\n${toYaml(cluster)}`);
});
afterAll(async () => {
  for (const socket of sockets) socket.destroy();
  server.close();
  await rm(home, { recursive: true });
});

describe('a peer that takes every connection, never answers and never closes', () => {
  it('is thought of for every command', () => {
    expect(Object.keys(linesOf).sort()).toEqual(commandTable.map(({ name }) => name).sort());
  });

  it('keeps no command from ending with a code of its own and a word on it', { timeout: 300_000 }, async () => {
    const ran = await Promise.all(
      commandLines(target).map(async (argv) => {
        const { code, err, out } = await kinit(argv, { cwd: home, env: { HOME: home } });
        return { command: argv.join(' '), code, said: `${err}${out}` };
      }),
    );
    const known = [1, 2, 4, 5, 6];
    expect(ran.filter(({ code }) => !known.includes(code))).toEqual([]);
    expect(ran.filter(({ said }) => said.trim() === '')).toEqual([]);
  });
});
