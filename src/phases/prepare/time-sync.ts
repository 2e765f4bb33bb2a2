import type { Change } from '../../execute/change.ts';
import type { Observed } from '../../execute/observed.ts';
import { withBlock, withoutBlock } from '../../execute/own-lines.ts';
import type { Phase } from '../phase.ts';
import type { PrepareContext } from './context.ts';
import { edited, textAt } from './edit.ts';

/** A clock that is kept, by chrony where nothing else does it. */
export const timeSync: Phase<PrepareContext> = {
  name: 'time-sync',
  title: 'Time',
  reads: ({ distribution: { chrony } }) => ({ files: [chrony.config], services: [chrony.service] }),
  desired: (context, observed): readonly Change[] => {
    const { timeSync, ntpServers } = context.inventory.preparation;
    const { service, config } = context.distribution.chrony;
    const keeper = context.facts.timeSync.service;
    if (timeSync === 'leave' || (keeper !== undefined && keeper !== 'chronyd' && ntpServers.length === 0)) return [];
    return [
      ...(ntpServers.length > 0 ? servers(config, ntpServers, observed) : []),
      {
        kind: 'service',
        name: service,
        state: 'running',
        enabled: true,
        restartFor: ntpServers.length > 0 ? [config] : [],
        says: `[time-sync] Starting ${service}`,
      },
    ];
  },
};

/** The servers in the place of those of the file; where its package is yet to come, a whole file. */
function servers(config: string, ntpServers: readonly string[], observed: Observed): readonly Change[] {
  const lines = ntpServers.map((name) => `server ${name} iburst`);
  const says = `[time-sync] Taking the time from ${ntpServers.join(', ')}`;
  if (textAt(config, observed) === undefined) {
    const content = `${['# Made by kinit.', ...lines, ...usual].join('\n')}\n`;
    return [{ kind: 'file', path: config, content, mode: 0o644, says }];
  }
  const own = (text: string) => withBlock(withoutBlock(text).replaceAll(/^((?:server|pool|peer)\s)/gm, '#$1'), lines);
  return edited(config, observed, own, says);
}

/** What every distribution's chrony.conf has. */
const usual = ['driftfile /var/lib/chrony/drift', 'makestep 1.0 3', 'rtcsync', 'logdir /var/log/chrony'];
