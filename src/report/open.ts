import type { Writable } from 'node:stream';
import { ndjsonReporter } from './ndjson.ts';
import { plainReporter } from './plain.ts';
import type { Reporter } from './reporter.ts';

export interface ReporterOptions {
  readonly stdout: Writable;
  readonly stderr: Writable & { readonly isTTY?: boolean };
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly now: () => number;
  readonly manyHosts?: boolean;
  /** NDJSON events on stdout. */
  readonly json?: boolean;
}

/** listr2 on a terminal, kubeadm-like lines elsewhere, NDJSON where asked for. */
export async function openReporter(options: ReporterOptions): Promise<Reporter> {
  const manyHosts = options.manyHosts ?? false;
  if (options.json) return ndjsonReporter(options.stdout, options.now);
  if (options.stderr.isTTY !== true || options.env['CI'] || options.env['TERM'] === 'dumb') {
    return plainReporter(options.stderr, { manyHosts });
  }
  const { terminalReporter } = await import('./terminal.ts');
  return terminalReporter(options.stderr as NodeJS.WriteStream, { manyHosts });
}
