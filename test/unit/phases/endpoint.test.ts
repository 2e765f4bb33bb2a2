import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { nothingObserved } from '../../../src/execute/observed.ts';
import { ledKubeconfigs } from '../../../src/phases/endpoint/servers.ts';

const folder = mkdtempSync(join(tmpdir(), 'kinit-endpoint-'));
afterAll(() => rmSync(folder, { recursive: true }));

const path = join(folder, 'admin.conf');
const server = 'https://api.kinit.internal:6443';
const kubeconfig = (at: string) => `clusters:\n- cluster:\n    server: ${at}\n  name: kubernetes\nusers: []\n`;

/** What is to be done where the file has this server, by asking as a host is asked. */
function decided(text: string | undefined) {
  if (text === undefined) rmSync(path, { force: true });
  else writeFileSync(path, text, { mode: 0o600 });
  const context = { led: [{ path, server, readBy: { process: 'no-such-process' } }] };
  const [argv = []] = ledKubeconfigs.reads(context).commands ?? [];
  const [program = '', ...rest] = argv;
  const stdout = text === undefined ? '' : execFileSync(program, rest, { encoding: 'utf8' });
  const commands = new Map([[argv.join('\0'), { code: 0, stdout, stderr: '' }]]);
  return ledKubeconfigs.desired(context, { ...nothingObserved, commands });
}

describe('a kubeconfig that is led to the endpoint', () => {
  it('is one file in the place of another, with its mode, and its other lines stay', () => {
    const [change] = decided(kubeconfig('https://10.0.0.11:6443'));
    if (change?.kind !== 'command') throw new Error('nothing is to be done');
    const [program = '', ...rest] = change.argv;
    execFileSync(program, rest);
    expect(readFileSync(path, 'utf8')).toBe(kubeconfig(server));
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder)).toEqual(['admin.conf']);
  });

  it('takes the server as it is, whatever stands in it', () => {
    const strange = 'https://a&b|e touch /tmp/x:6443';
    writeFileSync(path, kubeconfig('https://10.0.0.11:6443'), { mode: 0o600 });
    const context = { led: [{ path, server: strange }] };
    const [argv = []] = ledKubeconfigs.reads(context).commands ?? [];
    const commands = new Map([[argv.join('\0'), { code: 0, stdout: 'https://10.0.0.11:6443\n', stderr: '' }]]);
    const [change] = ledKubeconfigs.desired(context, { ...nothingObserved, commands });
    if (change?.kind !== 'command') throw new Error('nothing is to be done');
    execFileSync(change.argv[0] ?? '', change.argv.slice(1));
    expect(readFileSync(path, 'utf8')).toBe(kubeconfig(strange));
  });

  it('whose reader cannot be started anew is a failure, and no file is left behind', () => {
    writeFileSync(path, kubeconfig('https://10.0.0.11:6443'), { mode: 0o600 });
    const context = { led: [{ path, server, readBy: { service: 'no-such-service' } }] };
    const [argv = []] = ledKubeconfigs.reads(context).commands ?? [];
    const commands = new Map([[argv.join('\0'), { code: 0, stdout: 'https://10.0.0.11:6443\n', stderr: '' }]]);
    const [change] = ledKubeconfigs.desired(context, { ...nothingObserved, commands });
    if (change?.kind !== 'command') throw new Error('nothing is to be done');
    expect(() => execFileSync(change.argv[0] ?? '', change.argv.slice(1), { stdio: 'ignore' })).toThrow();
    expect(readdirSync(folder)).toEqual(['admin.conf']);
  });

  it('is left alone where it leads there already, and where there is none', () => {
    expect(decided(kubeconfig(server))).toEqual([]);
    expect(decided(undefined)).toEqual([]);
  });
});
