import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { validate } from '../../../src/config/migrate.ts';
import { anyNode } from '../../../src/config/node-facts.ts';
import { readConfigFile } from '../../../src/config/read.ts';
import { readInventory } from '../../../src/inventory/read.ts';

const folder = join(import.meta.dirname, '..', '..', '..', 'examples');
const examples = readdirSync(folder).filter((name) => name.endsWith('.yaml'));

describe('every example', () => {
  it.each(examples)('%s is valid, without a warning', async (name) => {
    const warnings: string[] = [];
    const warn = (text: string) => void warnings.push(text);
    const documents = await readConfigFile(readFileSync(join(folder, name), 'utf8'), name, { warn });
    validate(documents, { facts: anyNode, newToken: () => 'abcdef.0123456789abcdef', warn });
    if (documents.inventory) readInventory(documents.inventory);
    expect(warnings).toEqual([]);
  });
});
