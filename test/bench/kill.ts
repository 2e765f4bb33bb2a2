import { deal } from '../kill/points.ts';
import { centosRoom, debianRoom, type Room } from '../kill/rooms.ts';
import { rounds, type Trial } from '../kill/rounds.ts';
import type { Bench } from './measure.ts';

/** How many points; $KILL_POINTS. */
const total = Number(process.env['KILL_POINTS'] ?? 200);
const rooms = {
  debian: { open: debianRoom, names: ['init', 'join', 'reset', 'certs renew', 'images load'] },
  centos: { open: centosRoom, names: ['up', 'down'] },
} as const;

/**
 * kinit or its host, ended anywhere in every command that changes hosts; prints what did not hold once the command had
 * run again. $KILL_ROOM chooses one of both kinds of hosts, which then has all the points.
 */
export const kill: Bench = {
  name: 'kill',
  title: `${total} runs that are killed or lose their host, and run again`,
  async run(say) {
    const wanted = Object.entries(rooms).filter(([name]) => (process.env['KILL_ROOM'] ?? name) === name);
    const points = deal<string>(
      total,
      wanted.flatMap(([, { names }]) => names),
    );
    const trials: Trial[] = [];
    for (const [name, { open, names }] of wanted) {
      const room: Room = await open(`kill-${name}`);
      try {
        const own = new Map(names.map((command) => [command, points.get(command) ?? []] as const));
        trials.push(...(await rounds(room, own, say)));
      } finally {
        await room.kit.lab.down();
      }
    }
    for (const name of new Set(trials.map((trial) => trial.name))) {
      const own = trials.filter((trial) => trial.name === name);
      const lost = own.filter(({ broken }) => broken.length > 0).length;
      say(`  ${name.padEnd(12)} ${own.length} points, ${own.filter(({ late }) => late).length} too late, ${lost} lost`);
    }
    if (trials.some(({ broken }) => broken.length > 0)) process.exitCode = 1;
    return [];
  },
};
