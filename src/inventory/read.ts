import { decode, type FieldProblem, withoutNulls } from '../config/decode.ts';
import { deepFreeze } from '../config/defaults.ts';
import type { FileDocument } from '../config/documents.ts';
import { findings } from '../config/findings.ts';
import { checkInventory } from './check.ts';
import { remarkOnNumber } from './load-balancer.ts';
import { inventorySchema } from './schema.ts';
import type { Inventory } from './types.ts';

export interface ReadInventoryOptions {
  /** Unknown fields are warnings. */
  readonly lenient?: boolean;
  readonly warn?: (message: string) => void;
}

/**
 * The inventory of a configuration file (`readConfigFile(...).inventory`), defaulted and frozen.
 * Throws one InputError with everything that is wrong in it, each with file, line and field.
 */
export function readInventory(document: FileDocument<unknown>, options: ReadInventoryOptions = {}): Inventory {
  const found = findings();
  const report = ({ path, message }: FieldProblem) => found.report(document.placeOf(path), message);
  const decoded = decode(inventorySchema, withoutNulls(document.value), document.textOf);
  for (const { path, message } of decoded.unknown) {
    if (options.lenient) options.warn?.(`${document.placeOf(path)}: ${message}`);
    else report({ path, message });
  }
  if ('problems' in decoded) {
    decoded.problems.forEach(report);
    found.throwIfAny();
    throw new Error('an inventory that cannot be decoded has no problems');
  }
  const { apiVersion: _, kind: __, ...inventory } = decoded.value;
  checkInventory(inventory as Inventory).forEach(report);
  found.throwIfAny();
  const remark = remarkOnNumber(inventory as Inventory);
  if (remark !== undefined) options.warn?.(`${document.placeOf(['hosts'])}: ${remark}`);
  return deepFreeze(inventory as Inventory);
}
