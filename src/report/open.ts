import type { Writable } from 'node:stream';
import { defined } from '../defined.ts';
import type { Words } from '../messages/language.ts';
import { ndjsonReporter } from './ndjson.ts';
import { plainReporter } from './plain.ts';
import type { Out, Reporter } from './reporter.ts';

export interface ReporterOptions {
  readonly stdout: Out;
  readonly stderr: Out & { readonly isTTY?: boolean };
  /** stderr itself, where the live view moves the cursor. */
  readonly terminal: Writable;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly now: () => number;
  readonly manyHosts?: boolean;
  /** NDJSON events on stdout. */
  readonly json?: boolean;
  /** The language of the live view; lines are in it when they are written. */
  readonly words?: Words | undefined;
}

/** listr2 on a terminal, kubeadm-like lines elsewhere, NDJSON where asked for. */
export async function openReporter(options: ReporterOptions): Promise<Reporter> {
  const manyHosts = options.manyHosts ?? false;
  if (options.json) return ndjsonReporter(options.stdout, options.now);
  if (options.stderr.isTTY !== true || options.env['CI'] || options.env['TERM'] === 'dumb') {
    return plainReporter(options.stderr, { manyHosts });
  }
  const { terminalReporter } = await import('./terminal.ts');
  return terminalReporter(options.terminal as NodeJS.WriteStream, { manyHosts, ...defined({ words: options.words }) });
}
