import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { referencePages } from '../../../scripts/docs/pages.ts';
import { commandTable } from '../../../src/commands/table.ts';

const docs = join(import.meta.dirname, '..', '..', '..', 'docs');
let pages: ReadonlyMap<string, string>;
beforeAll(async () => {
  pages = await referencePages();
});

describe('docs/reference', () => {
  it('is what `npm run docs` makes of the tables, to the last byte and with no page besides', () => {
    const there = readdirSync(join(docs, 'reference'), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(docs.length + 1));
    expect(there.sort()).toEqual([...pages.keys()].sort());
    for (const [path, text] of pages)
      expect(readFileSync(join(docs, path), 'utf8'), `${path}: \`npm run docs\` makes it anew`).toBe(text);
  });

  it('has a page for every command, with each of its flags', async () => {
    for (const { name, load } of commandTable) {
      const page = pages.get(`reference/commands/${name}.md`) ?? '';
      const command = (await load())({} as never, () => {});
      const reach = pages.get('reference/commands/README.md') ?? '';
      for (const { long, hidden } of command.options) if (!hidden) expect(page + reach).toContain(`${long}`);
      expect(page).toContain(`    kinit ${name} ${command.usage()}\n`);
    }
  });

  it('tells of every field of an Inventory, and in which versions kubeadm’s fields are read', () => {
    const page = pages.get('reference/configuration.md');
    expect(page).toContain('| `hosts[].address` | text | required | address by which the other nodes reach it |\n');
    expect(page).toContain('| `packages.gpgCheck` | `true`, `false` | `true` |');
    expect(page).toContain('| `apiServer.extraArgs` | up to v1beta3 |\n| `apiServer.extraArgs[].name` | v1beta4 |\n');
    expect(page).toContain('| `networking.podSubnet` | all |\n');
  });
});
