import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeFolder } from '../../../src/host/user-files.ts';
import { kinit } from '../../command-line.ts';

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'kinit-user-'));
  const cluster = { apiVersion: 'kubeadm.k8s.io/v1beta4', kind: 'ClusterConfiguration', kubernetesVersion: 'v1.31.0' };
  await writeFile(join(home, 'cluster.yaml'), JSON.stringify({ ...cluster, encryptionAlgorithm: 'ECDSA-P256' }));
  await writeFile(join(home, 'file'), '');
  await mkdir(join(home, 'folder/below.yaml'), { recursive: true });
});
afterEach(() => rm(home, { recursive: true }));

function* endless(): Generator<Buffer> {
  for (;;) yield Buffer.alloc(64 * 1024, 'y\n');
}

const run = (...argv: readonly string[]) => kinit(argv, { cwd: home, env: { HOME: home } });
const init = ['init', '--config', 'cluster.yaml', '--node-name', 'cp1'];
const migrate = ['config', 'migrate', '--old-config', 'cluster.yaml'];

describe('a file of the user’s that cannot be read or written', () => {
  it.each([
    ['a folder where the file system takes none', [...init, '--output-dir', '/proc/kinit'], 'cannot write /proc/kinit'],
    ['a folder below a file', [...init, '--output-dir', 'file/below'], 'cannot write'],
    [
      'a new file in a folder that is not there',
      [...migrate, '--new-config', 'none/new.yaml'],
      'no such file or directory',
    ],
    ['a new file where a folder is', [...migrate, '--new-config', 'folder'], 'cannot write'],
    [
      'a folder of manifests with a folder for a file',
      [...init, '--network', 'folder', '--output-dir', 'out'],
      'it is a directory',
    ],
  ])('is named with its reason, and is no bug: %s', async (_, argv, words) => {
    const { code, err } = await run(...argv);
    expect(err).toContain(words);
    expect(err).not.toContain('bug');
    expect(code).toBe(3);
    expect((await readdir(home)).sort()).toEqual(
      ['.local', 'cluster.yaml', 'file', 'folder'].filter((name) => name !== '.local' || argv[0] === 'init'),
    );
  });

  it.each([
    ['a device', '/dev/zero', {}],
    ['standard input', '-', { stdin: Readable.from(endless()) }],
  ])('is read no further than any such file goes: %s', async (_, file, streams) => {
    const argv = ['config', 'validate', '--config', file];
    const { code, err } = await kinit(argv, { cwd: home, env: { HOME: home }, ...streams });
    expect(err).toContain(`--config ${file}: it is larger than 8 MiB`);
    expect(code).toBe(3);
  });

  it('gets all the folders above it', async () => {
    await makeFolder(join(home, 'a/b/c'));
    await makeFolder(join(home, 'a/b/c'));
    expect(await readdir(join(home, 'a/b'))).toEqual(['c']);
  });
});
