import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterAll, describe, expect, it } from 'vitest';
import type { Io } from '../../../src/commands/io.ts';
import { upParts } from '../../../src/commands/up/input.ts';
import { readConfigFile } from '../../../src/config/read.ts';
import { readInventory } from '../../../src/inventory/read.ts';
import type { ReportEvent } from '../../../src/report/reporter.ts';
import { quietRun } from '../../run.ts';

const folder = mkdtempSync(join(tmpdir(), 'kinit-names-'));
afterAll(() => rmSync(folder, { recursive: true }));

const inventory = `apiVersion: kinit.dev/v1alpha1
kind: Inventory
hosts:
- {name: master, address: 192.0.2.1, role: control-plane}
- {name: w1, address: 192.0.2.2}
- {name: w2, address: 192.0.2.3}
---
apiVersion: kubeadm.k8s.io/v1beta4
kind: ClusterConfiguration
kubernetesVersion: v1.36.2
---
`;
const named = (kind: string, name: string) =>
  `apiVersion: kubeadm.k8s.io/v1beta4\nkind: ${kind}\nnodeRegistration: {name: ${name}}\n`;

const io: Io = {
  stdin: new PassThrough(),
  stdout: new PassThrough(),
  stderr: new PassThrough(),
  terminal: new PassThrough(),
  env: { HOME: folder },
  cwd: folder,
  signal: new AbortController().signal,
  now: () => 0,
  result: () => undefined,
};

/** What is warned of before any host is dialled. */
async function warnings(text: string): Promise<readonly string[]> {
  const documents = await readConfigFile(text, 'c.yaml');
  const heard: ReportEvent[] = [];
  const reporter = { report: (event: ReportEvent) => void heard.push(event), end: () => {} };
  const { inventory: document } = documents;
  if (document === undefined) throw new Error('the file has an Inventory');
  const file = { file: 'c.yaml', documents: { ...documents, inventory: document }, inventory: readInventory(document) };
  const parts = await upParts(file, {}, io, quietRun({ reporter }));
  await parts.close();
  return heard.flatMap((event) => (event.type === 'warning' ? [event.text] : []));
}

describe('a node name in kubeadm’s documents', () => {
  it('is warned of where the Inventory names the node otherwise', async () => {
    expect(await warnings(`${inventory}${named('InitConfiguration', 'cp')}`)).toEqual([
      'c.yaml:14 nodeRegistration.name: "cp" is passed over: the Inventory names the node "master"',
    ]);
    expect(await warnings(`${inventory}${named('JoinConfiguration', 'w1')}`)).toEqual([
      'c.yaml:14 nodeRegistration.name: "w1" is passed over: the Inventory names the node "w2"',
    ]);
  });

  it('is welcome where both say the same', async () => {
    expect(await warnings(`${inventory}${named('InitConfiguration', 'master')}`)).toEqual([]);
    expect(await warnings(inventory.replace(/---\n$/, ''))).toEqual([]);
  });
});
