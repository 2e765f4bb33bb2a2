import type { FileWrite, Operation } from '../host/host.ts';
import type { Change, ServiceChange } from './change.ts';

/** The kinds that are performed on the host itself, many in one round trip. */
export function isHostChange(change: Change): boolean {
  return hostKinds.has(change.kind);
}

const hostKinds: ReadonlySet<Change['kind']> = new Set<Change['kind']>([
  'file',
  'directory',
  'absent',
  'awaited',
  'key-pair',
  'certificate',
  'kubeconfig',
  'command',
  'service',
]);

/** What the host has to do for a change; `minted` are the files of certificates and kubeconfigs. */
export function operationsFor(change: Change, minted: readonly FileWrite[] = []): readonly Operation[] {
  switch (change.kind) {
    case 'file': {
      const { path, content, mode, owner } = change;
      return [{ op: 'write', file: { path, content, mode, ...(owner === undefined ? {} : { owner }) } }];
    }
    case 'directory':
      return [{ op: 'directory', path: change.path, mode: change.mode }];
    case 'absent':
      return [{ op: 'remove', path: change.path, ...(change.contents ? { contents: true } : {}) }];
    case 'awaited':
      return [{ op: 'run', argv: ['sh', '-c', awaiting, 'sh', change.path], deadline: change.deadline }];
    case 'certificate':
    case 'kubeconfig':
    case 'key-pair':
      return minted.map((file) => ({ op: 'write', file }));
    case 'command': {
      const { argv, stdin, deadline } = change;
      return [
        { op: 'run', argv, ...(stdin === undefined ? {} : { stdin }), ...(deadline === undefined ? {} : { deadline }) },
      ];
    }
    case 'service':
      return serviceCommands(change).map((argv) => ({ op: 'run', argv, deadline: 120 }));
    default:
      return [];
  }
}

/** The loop runs on the host: one round trip for the whole wait. */
const awaiting = 'until [ -s "$1" ]; do sleep 0.1 2>/dev/null || sleep 1; done';

/** systemctl's words for a service state; a restart also picks up changed units. */
export function serviceCommands(change: ServiceChange): readonly (readonly string[])[] {
  if (change.state === 'stopped') {
    return [['systemctl', ...(change.enabled === false ? ['disable', '--now'] : ['stop']), change.name]];
  }
  return [
    ['systemctl', 'daemon-reload'],
    ...(change.enabled ? [['systemctl', 'enable', '--quiet', change.name]] : []),
    ['systemctl', 'restart', change.name],
  ];
}
