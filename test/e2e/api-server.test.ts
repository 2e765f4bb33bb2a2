import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LabHost } from '../lab/host.ts';
import { at, kit, on, ssh } from './kit.ts';

const k = kit('api');
const project = join(import.meta.dirname, '..', '..');
let cp1: LabHost;

beforeAll(async () => {
  [cp1] = (await k.lab.up([{ name: 'cp1' }])) as [LabHost];
});
afterAll(() => k.lab.down());

describe('the API server of a cluster', () => {
  it('does what the fakes do: verbs, conflicts, watches, and who may do what at which moment', async () => {
    const made = await k.kinit(['init', ...at(cp1), ...ssh(k), '--pod-network-cidr', '10.244.0.0/16'], {
      timeout: 300,
    });
    expect(made.code, made.stderr).toBe(0);
    const directory = join(k.folder, 'ca');
    mkdirSync(directory, { mode: 0o700 });
    for (const file of ['ca.crt', 'ca.key'])
      writeFileSync(join(directory, file), await on(cp1, 'cat', `/etc/kubernetes/pki/${file}`), { mode: 0o600 });
    const vitest = join(project, 'node_modules', 'vitest', 'vitest.mjs');
    const { code, stdout, stderr } = await k.lab.workstation(
      [process.execPath, vitest, 'run', '--root', project, '--project', 'contract', 'test/contract/api-server.test.ts'],
      {
        env: {
          ...process.env,
          KINIT_API_SERVER: `https://${cp1.address}:6443`,
          KINIT_API_CA: directory,
          NO_COLOR: '1',
        },
        timeout: 240,
      },
    );
    expect(code, `${stdout}${stderr}`).toBe(0);
    expect(stdout).not.toMatch(/skipped/);
  });
});
