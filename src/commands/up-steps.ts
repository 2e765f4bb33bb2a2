import type { UpInput } from '../workflows/up-input.ts';
import type { InventoryFile } from './inventory-file.ts';
import type { Io } from './io.ts';
import type { UpFlags, UpParts } from './up-input.ts';

/** How machines are checked and made ready. */
export async function upSteps(
  _file: InventoryFile,
  _parts: UpParts,
  _flags: UpFlags,
  _io: Io,
): Promise<Pick<UpInput, 'preflight' | 'prepare'>> {
  return { preflight: async () => [], prepare: async () => [] };
}
