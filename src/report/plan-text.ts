import { type Decided, describe } from '../execute/executor.ts';
import { Secret } from '../secret.ts';

/** What would be done, a line each, with the contents of files and objects that hold no secret. */
export function planText(changed: readonly Decided[]): string {
  if (changed.length === 0) return 'Nothing to do.\n';
  return `${changed.map((item) => [`[${item.phase}] ${describe(item.change)}`, ...contents(item)].join('\n')).join('\n')}\n`;
}

function contents({ change }: Decided): readonly string[] {
  if (change.kind !== 'file' || change.content instanceof Secret) return [];
  return change.content
    .trimEnd()
    .split('\n')
    .map((line) => `\t${line}`);
}
