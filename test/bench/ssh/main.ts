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

/**
 * `npm run bench:ssh [-- HOSTS [direct|relay]]`: kinit and Ansible prepare and join the same hosts, straight and over a
 * slow line. How it goes stands on standard error; the table comes at the end.
 */
const [wantedCount = '100', wantedRoute] = process.argv.slice(2);
const count = Number(wantedCount);
if (!Number.isInteger(count) || count < 1 || count > 240) throw new Error('1 to 240 hosts');

/** A way to the hosts. */
interface Route {
  readonly name: string;
  readonly title: string;
  readonly end: (host: FleetHost, fleet: Fleet) => { readonly address: string; readonly port: number };
  /** Of Ansible's time, at most so much. */
  readonly goal: number;
}

const routes: readonly Route[] = [
  { name: 'direct', title: 'straight', end: ({ address }) => ({ address, port: 22 }), goal: 0.25 },
  {
    name: 'relay',
    title: `+${relayDelay} ms`,
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

const chosen = routes.filter(({ name }) => wantedRoute === undefined || name === wantedRoute);
if (chosen.length === 0) throw new Error(`a route is one of ${routes.map(({ name }) => name).join(' ')}`);

interface Figures {
  readonly route: Route;
  readonly ours: { readonly ms: number; readonly done: WorkDone; readonly tally: Tally };
  readonly theirs: { readonly ms: number; readonly tally: Tally };
}

const say = (line: string): void => void process.stderr.write(`${line}\n`);

await installPackages({ 'ansible-core': '/usr/bin/ansible-playbook' });
const fleet = await openFleet(count);
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => void fleet.down().then(() => process.exit(1)));
const surroundings = await startSurroundings(fleet);
try {
  const figures: Figures[] = [];
  for (const route of chosen) figures.push(await measure(route));
  process.stdout.write(tableOf(figures));
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
  say(`${route.title}: kinit ${milliseconds(ours)}, ${load()}`);
  const recording = recordingOf(sample.files, before);
  const ourTally = tally();

  await fleet.renew();
  const hosts = fleet.hosts.map((host) => ({ name: host.name, ...route.end(host, fleet) }));
  const theirs = await timed(() => runPlaybook(fleet, hosts, playbookOf(recording, sample.name)));
  say(`${route.title}: Ansible ${milliseconds(theirs)}, ${load()}`);
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

function tableOf(figures: readonly Figures[]): string {
  return table([`${count} HOSTS`, 'KINIT', 'ANSIBLE', 'RATIO', 'GOAL', ''], figures.flatMap(rowsOf));
}

/** What is measured, both sides, their ratio, the goal, and whether it is missed. */
function rowsOf({ route, ours, theirs }: Figures): readonly (readonly string[])[] {
  const ratio = ours.ms / theirs.ms;
  const row = (what: string, kinit: string, ansible: string, goal: string, reached: boolean, factor = '') => [
    `${route.title}: ${what}`,
    kinit,
    ansible,
    factor,
    `<= ${goal}`,
    reached ? '' : 'missed',
  ];
  const { dialledMs, peakMb } = ours.done;
  const { connections, sessions } = ours.tally;
  const [whole, wholeOfAnsible] = [milliseconds(ours.ms), milliseconds(theirs.ms)];
  return [
    row('all dialled', milliseconds(dialledMs), '', '3.00 s', dialledMs <= 3000),
    row('prepare and join', whole, wholeOfAnsible, `${route.goal} x`, ratio <= route.goal, `${ratio.toFixed(2)} x`),
    row('TCP connections per host', `${connections}`, `${theirs.tally.connections}`, '1', connections <= 1),
    row('round trips per host', `${sessions}`, `${theirs.tally.sessions}`, '12', sessions <= 12),
    row('peak memory', `${peakMb.toFixed(0)} MB`, '', '300 MB', peakMb < 300),
  ];
}
