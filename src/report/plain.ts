import { marked, printable } from '../printable.ts';
import type { Out, Reporter } from './reporter.ts';

/** kubeadm-like `[phase] message` lines; with several hosts each line names its own, and what it waits for is told. */
export function plainReporter(out: Out, { manyHosts = false } = {}): Reporter {
  const line = (host: string, text: string) => {
    for (const part of printable(text).split('\n')) out.write(manyHosts ? `${host}: ${part}\n` : `${part}\n`);
  };
  return {
    report(event) {
      switch (event.type) {
        case 'line':
          return line(event.host, event.text);
        case 'warning':
          return line(
            event.host,
            event.text.startsWith('\t') ? event.text : `\t[WARNING] ${marked(event.text, '\t  | ')}`,
          );
        case 'waiting':
          return manyHosts ? line(event.host, `waiting for ${event.what}`) : undefined;
        case 'host':
          if (event.state === 'failed' || event.state === 'skipped')
            line(event.host, `${event.state}: ${marked(event.reason ?? '')}`);
          return;
        default:
          return;
      }
    },
    end() {},
  };
}
