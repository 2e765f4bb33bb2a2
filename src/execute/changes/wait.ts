import { formatDuration } from '../../config/duration.ts';
import { quote, quoteAll } from '../../host/shell/quote.ts';
import { oneLine } from '../../printable.ts';
import type { WaitChange } from '../change.ts';
import { waitFor } from '../wait.ts';
import { type Kind, told, unseen } from './kind.ts';

/** Something that becomes true around a host or in the cluster. */
export const wait: Kind<WaitChange> = {
  ...unseen,
  holds: () => false,
  performed: {
    by: 'itself',
    perform: async (change, target, phase) => {
      const started = performance.now();
      const sayAfter = (line: string | undefined) => {
        if (line === undefined) return;
        const text = afterwards(line, (performance.now() - started) / 1000);
        target.reporter.report({ type: 'line', host: target.host.name, phase, text });
      };
      try {
        await waitFor(change, target);
      } catch (error) {
        if (!target.signal.aborted) sayAfter(change.unhealthy);
        throw error;
      }
      sayAfter(change.healthy);
    },
  },
  rehearsed: told,
  words: ({ until }) => `waiting for ${until.what}`,
  script: ({ until }) => [`# waits for ${oneLine(until.what)}`, asking(until)],
};

/** kubeadm's line with the seconds that something took. */
function afterwards(line: string, seconds: number): string {
  return line.replace('%v', formatDuration(seconds)).replace('%f', seconds.toFixed(6));
}

function asking(until: WaitChange['until']): string {
  switch (until.on) {
    case 'http':
      return `until curl -fsSk ${quote(until.url)} >/dev/null; do sleep 1; done`;
    case 'api':
      return `until kubectl get --raw ${quote(until.path)} >/dev/null; do sleep 1; done`;
    case 'object': {
      const { kind, name, namespace } = until.ref;
      const object = [`${kind.toLowerCase()}/${name}`, ...(namespace === undefined ? [] : ['-n', namespace])];
      if (until.ready === 'node-ready')
        return quoteAll(['kubectl', 'wait', '--for=condition=Ready', ...object, '--timeout=300s']);
      if (until.ready === 'complete')
        return quoteAll(['kubectl', 'wait', '--for=condition=Complete', ...object, '--timeout=300s']);
      return `until ${quoteAll(['kubectl', 'get', ...object])} >/dev/null; do sleep 1; done`;
    }
    case 'static-pod': {
      const path = '{.status.phase} {.spec.containers[0].image}';
      const get = ['kubectl', '-n', 'kube-system', 'get', 'pod', until.pod, '-o', `jsonpath=${path}`];
      return `until [ "$(${quoteAll(get)})" = ${quote(`Running ${until.image}`)} ]; do sleep 1; done`;
    }
  }
}
