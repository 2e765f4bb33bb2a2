import { quoteAll } from '../../host/shell/quote.ts';
import type { ServiceChange } from '../change.ts';
import type { Observed } from '../observed.ts';
import { type Kind, unseen } from './kind.ts';
import { pathOf } from './seen-path.ts';

/** A service of systemd, running or stopped. */
export const service: Kind<ServiceChange> = {
  before: unseen.before,
  holds: isSettled,
  performed: {
    by: 'host',
    operations: (change) => systemctl(change).map((argv) => ({ op: 'run', argv, deadline: 120 })),
  },
  rehearsed: 'alike',
  words: ({ name, state }) => `${state === 'running' ? 'starting' : 'stopping'} ${name}`,
  entries: ({ name, state, enabled }) => {
    const boot = enabled === undefined ? '' : enabled ? ', enabled at boot' : ', disabled at boot';
    return [{ action: 'run', what: `service ${name}: ${state}${boot}` }];
  },
  script: (change) => systemctl(change).map(quoteAll),
  undo: ({ name }, { services }) => {
    const { active = false, enabled = false } = services.get(name) ?? {};
    return [{ kind: 'service', name, active, enabled }];
  },
};

/** It is settled when it runs since its files were last written, and starts at boot where that is wanted. */
function isSettled(change: ServiceChange, observed: Observed, written: ReadonlySet<string>): boolean {
  const there = observed.services.get(change.name);
  if (there === undefined) return false;
  if (change.enabled !== undefined && there.enabled !== change.enabled) return false;
  if (change.state === 'stopped') return !there.active;
  const newer = (path: string) => written.has(path) || Math.floor(pathOf(path, observed)?.modified ?? 0) > there.since;
  return there.active && !(change.restartFor ?? []).some(newer);
}

/** systemctl's words for the state; a restart also picks up changed units, which `enable` by itself would do once more. */
function systemctl(change: ServiceChange): readonly (readonly string[])[] {
  if (change.state === 'stopped') {
    return [['systemctl', ...(change.enabled === false ? ['disable', '--now'] : ['stop']), change.name]];
  }
  return [
    ...(change.enabled ? [['systemctl', 'enable', '--quiet', '--no-reload', change.name]] : []),
    ['systemctl', 'daemon-reload'],
    ['systemctl', 'restart', change.name],
  ];
}
