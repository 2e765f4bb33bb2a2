import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { executableContents, makeExecutable } from '../../scripts/package/executable.ts';

const root = join(import.meta.dirname, '..', '..');

/** Of the Node that runs this test, so that nothing has to be fetched. */
const node = process.execPath;
let folder: string;
let kinit: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'kinit-executable-'));
  kinit = join(folder, 'kinit');
  mkdirSync(join(folder, 'bin'));
  const programs = readdirSync('/bin').filter((name) => !/^(?:node|npm|npx)/.test(name));
  for (const name of programs) symlinkSync(join('/bin', name), join(folder, 'bin', name));
  await make(folder);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function make(out: string): Promise<void> {
  const contents = await executableContents(join(out, 'contents'));
  makeExecutable(join(out, 'kinit'), { contents, node, runs: node, scratch: join(out, 'scratch') });
}

/** The executable where there are the system's programs, but no Node, and neither a package nor a home. */
const run = (...argv: readonly string[]) =>
  spawnSync(kinit, argv, { cwd: '/', env: { PATH: join(folder, 'bin') }, encoding: 'utf8' });

const flags = ['--kubernetes-version', 'v1.20.2', '--pod-network-cidr', '10.244.0.0/16', '--network', 'flannel'];

describe('the executable', () => {
  it('tells the version of the package', () => {
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    expect(run('version', '-o', 'short')).toMatchObject({ status: 0, stdout: `v${version}\n`, stderr: '' });
  });

  it('is the same to the last byte, wherever it is made', async () => {
    const elsewhere = join(folder, 'elsewhere');
    mkdirSync(elsewhere);
    await make(elsewhere);
    expect(readFileSync(join(elsewhere, 'kinit')).equals(readFileSync(kinit))).toBe(true);
  });

  it('renders a control plane, with the pod network of its templates', () => {
    const out = join(folder, 'rendered');
    const { status, stderr } = run('init', ...flags, '--output-dir', out);
    expect(status, stderr).toBe(0);
    expect(readdirSync(join(out, 'etc/kubernetes/manifests')).sort()).toEqual([
      'etcd.yaml',
      'kube-apiserver.yaml',
      'kube-controller-manager.yaml',
      'kube-scheduler.yaml',
    ]);
    expect(readFileSync(join(out, 'api-objects.yaml'), 'utf8')).toContain('name: kube-flannel-ds');
  });

  it('starts without the script of all commands, until one of them is asked for', () => {
    const loaded = (...argv: readonly string[]) => {
      const script = `const { readFileSync } = require('node:fs');
        const read = (name) => ({ text: readFileSync('${join(folder, 'contents')}/' + name + '.cjs', 'latin1') });
        const file = '${join(root, 'dist', 'kinit.cjs')}';
        const { main, scripts } = require('${join(root, 'bin', 'bundle.js')}').program({ read, file, require });
        const argv = ['node', 'kinit', ...${JSON.stringify(argv)}];
        main(Object.create(process, { argv: { value: argv } })).then(() => console.log(...scripts.keys()));`;
      return execFileSync(node, ['-e', script], { encoding: 'utf8' }).trim().split('\n').at(-1);
    };
    expect(loaded('version')).toBe('kinit');
    expect(loaded('token', 'generate')).toBe('kinit commands');
  });

  it('dials over SSH by what Node has, without the compiled parts of a library', () => {
    const { status, stderr } = run('init', ...flags, '--host', 'root@127.0.0.1:1');
    expect(status).toBe(1);
    expect(stderr).toContain('127.0.0.1:1');
    expect(stderr).not.toContain('bug');
  });

  it('refuses what is wrong as the package does', () => {
    const { status, stderr } = run('init', '--pod-network-cidr', 'everything');
    expect(status).toBe(3);
    expect(stderr).toContain('--pod-network-cidr');
  });

  it('is told by the shell that it completes', () => {
    const bash = execFileSync(kinit, ['completion', 'bash'], { encoding: 'utf8' });
    expect(bash).toContain('complete -o default');
  });
});
