import { isDeepStrictEqual } from 'node:util';
import { table } from '../../../src/report/host-table.ts';
import { installPackages } from '../../lab/machine.ts';
import { load, milliseconds, timed } from '../measure.ts';
import { runPlaybook } from './ansible.ts';
import { type Fleet, type FleetHost, openFleet, sshLog } from './fleet.ts';
import { runKinit, startSurroundings } from './kinit.ts';
import { playbookOf } from './playbook.ts';
import { filesOf, recordingOf } from './recording.ts';
import { relayDelay } from './relay.ts';
import type { WorkDone } from './workers.ts';

/** `npm run bench:ssh [-- HOSTS]`: kinit and Ansible prepare and join the same hosts, straight and over a slow line. */
const count = Number(process.argv[2] ?? 100);
if (!Number.isInteger(count) || count < 1 || count > 240) throw new Error('1 to 240 hosts');

/** A way to the hosts. */
interface Route {
  readonly name: string;
  readonly end: (host: FleetHost, fleet: Fleet) => { readonly address: string; readonly port: number };
  /** Of Ansible's time, at most so much. */
  readonly goal: number;
}

const routes: readonly Route[] = [
  { name: 'direct', end: ({ address }) => ({ address, port: 22 }), goal: 0.25 },
  {
    name: `+${relayDelay} ms`,
    end: ({ relayPort }, { workstation }) => ({ address: workstation, port: relayPort }),
    goal: 0.2,
  },
];

/** The most that any host saw. */
interface Tally {
  readonly connections: number;
  /** Commands over a connection: each is a round trip. */
  readonly sessions: number;
}

interface Figures {
  readonly route: Route;
  readonly ours: { readonly ms: number; readonly done: WorkDone; readonly tally: Tally };
  readonly theirs: { readonly ms: number; readonly tally: Tally };
}

const say = (line: string): void => void process.stderr.write(`${line}\n`);

await installPackages({ 'ansible-core': '/usr/bin/ansible-playbook' });
const fleet = await openFleet(count);
const surroundings = await startSurroundings(fleet);
try {
  for (const route of routes) process.stdout.write(tableOf(await measure(route)));
} finally {
  surroundings.kill();
  await fleet.down();
}

async function measure(route: Route): Promise<Figures> {
  const [sample] = fleet.hosts;
  if (sample === undefined) throw new Error('no hosts');
  await fleet.renew();
  const before = filesOf(sample.files);
  let done: WorkDone | undefined;
  const ours = await timed(async () => {
    done = await runKinit(fleet, (host) => {
      const { address, port } = route.end(host, fleet);
      return `root@${address}:${port}`;
    });
  });
  if (done === undefined) throw new Error('kinit said nothing');
  say(`${route.name}: kinit ${milliseconds(ours)}, ${load()}`);
  const recording = recordingOf(sample.files, before);
  const ourTally = tally();

  await fleet.renew();
  const hosts = fleet.hosts.map((host) => ({ name: host.name, ...route.end(host, fleet) }));
  const theirs = await timed(() => runPlaybook(fleet, hosts, playbookOf(recording, sample.name)));
  say(`${route.name}: Ansible ${milliseconds(theirs)}, ${load()}`);
  assertSame(recording, recordingOf(sample.files, before));
  return { route, ours: { ms: ours, done, tally: ourTally }, theirs: { ms: theirs, tally: tally() } };
}

/** Both must have left the same behind, or the comparison says nothing. */
function assertSame(ours: ReturnType<typeof recordingOf>, theirs: ReturnType<typeof recordingOf>): void {
  const byPath = ({ files }: typeof ours) => new Map(files.map(({ path, content, mode }) => [path, { content, mode }]));
  if (!isDeepStrictEqual(byPath(ours), byPath(theirs))) throw new Error('Ansible left other files than kinit');
}

function tally(): Tally {
  const logs = fleet.hosts.map(({ files }) => sshLog(files));
  const most = (line: RegExp) => Math.max(...logs.map((log) => log.match(line)?.length ?? 0));
  return { connections: most(/^Connection from /gm), sessions: most(/^Starting session: /gm) };
}

function tableOf({ route, ours, theirs }: Figures): string {
  const ratio = ours.ms / theirs.ms;
  const rows: readonly (readonly [string, string, string, string, boolean])[] = [
    ['all dialled within', milliseconds(ours.done.dialledMs), '', '3.00 s', ours.done.dialledMs <= 3000],
    [
      `prepare and join, ${ratio.toFixed(2)} x`,
      milliseconds(ours.ms),
      milliseconds(theirs.ms),
      `${route.goal} x`,
      ratio <= route.goal,
    ],
    [
      'TCP connections per host',
      `${ours.tally.connections}`,
      `${theirs.tally.connections}`,
      '1',
      ours.tally.connections <= 1,
    ],
    ['round trips per host', `${ours.tally.sessions}`, `${theirs.tally.sessions}`, '12', ours.tally.sessions <= 12],
    ['peak memory', `${ours.done.peakMb.toFixed(0)} MB`, '', '300 MB', ours.done.peakMb < 300],
  ];
  return table(
    [`${count} HOSTS, ${route.name.toUpperCase()}`, 'KINIT', 'ANSIBLE', 'GOAL', ''],
    rows.map(([what, kinit, ansible, goal, reached]) => [what, kinit, ansible, `<= ${goal}`, reached ? '' : 'missed']),
  );
}
