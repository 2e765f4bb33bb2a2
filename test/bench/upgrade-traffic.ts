import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { eventually, type Kit, kit, ssh } from '../e2e/kit.ts';
import { longestPause, writer } from '../e2e/writer.ts';
import { renumbered } from '../lab/artefacts.ts';
import type { LabHost } from '../lab/host.ts';
import type { Lab } from '../lab/lab.ts';
import { offerVersion } from '../lab/offer.ts';
import { laterNumbers, renumberedVersion } from '../lab/versions.ts';
import { clusterFile } from './cluster-file.ts';
import { type Bench, timed } from './measure.ts';

/** What a workload and those who write to the API see of an upgrade: counted, not compared. */
export const upgradeTraffic: Bench = {
  name: 'upgrade-traffic',
  title: 'requests and writes while three control planes and two workers are upgraded: none may fail',
  async run(say) {
    const bench = kit('bench-traffic');
    const { lab } = bench;
    const to = laterNumbers(lab.version)?.minor;
    if (to === undefined) throw new Error(`there is no later number for ${lab.version.kubernetes}`);
    try {
      const names = ['m1', 'm2', 'm3', 'n1', 'n2'];
      const hosts = await lab.up(names.map((name) => ({ name, flavour: 'centos-stream-9' as const })));
      const [first, , , ...workers] = hosts as [LabHost, LabHost, LabHost, LabHost, LabHost];
      const [layers = ''] = await renumbered(lab.version, [to]);
      const file = clusterFile(bench, hosts, 3, { openNetwork: true });
      file.write(lab.version.kubernetes, lab.repository);
      say(`  bare to Ready in ${seconds(await timed(() => file.kinit('up')))}`);
      const fetch = ['kubeconfig', 'fetch', '--host', `root@${first.address}`, ...ssh(bench), '--to', bench.kubeconfig];
      await bench.kinit(fetch);
      await bench.kubectl('create', '-f', join(import.meta.dirname, '..', 'e2e', 'manifests', 'web.yaml'));
      await bench.kubectl('rollout', 'status', 'deployment/web', '--timeout=180s');
      for (const { address } of workers) await answers(bench, `http://${address}:30081/`);
      const offered = await offerVersion(lab, renumberedVersion(lab.version, to, layers));
      const readers = workers.map(({ name, address }) => ({ name, asks: asking(lab, `http://${address}:30081/`) }));
      const writing = await writer(workers[0]!, first, 'api.kinit.internal', 0);
      file.write(to, offered);
      const ms = await timed(() => file.kinit('upgrade', '--no-snapshot'));
      const times = await writing.stop();
      const seen = await Promise.all(readers.map(async ({ name, asks }) => ({ name, ...(await asks.stop()) })));
      say(`  ${lab.version.kubernetes} to ${to} in ${seconds(ms)}`);
      for (const { name, asked, failed } of seen) {
        say(
          `  ${name}: ${asked} requests to its NodePort, ${failed.length} failed${failed.length > 0 ? `: ${failed.slice(0, 20).join(', ')}` : ''}`,
        );
      }
      say(
        `  ${times.length} writes through the load balancer of ${workers[0]?.name}, longest pause ${longestPause(times).toFixed(1)} s`,
      );
      for (const pause of pausesOf(times)) say(`    ${pause}`);
    } finally {
      await lab.down();
    }
    return [];
  },
};

/** The pauses of two seconds and more, with when each began. */
function pausesOf(times: readonly number[]): readonly string[] {
  return times.flatMap((time, at) => {
    const before = times[at - 1] ?? time;
    const seconds = (time - before) / 1000;
    return seconds < 2 ? [] : [`${new Date(before).toISOString().slice(11, 19)}: ${seconds.toFixed(1)} s`];
  });
}

/** Waits until twenty requests one after the other are answered: whichever pod each is led to. */
async function answers(bench: Kit, url: string): Promise<void> {
  await eventually(`every request to ${url} answered`, 120_000, async () => {
    for (let asked = 0; asked < 20; asked++) if ((await bench.page(url)).code !== 0) return undefined;
    return true;
  });
}

interface Counted {
  readonly asked: number;
  /** Why, each. */
  readonly failed: readonly string[];
}

/** Asks an address from the workstation all the while, each time by a connection of its own. */
function asking(lab: Lab, url: string): { stop(): Promise<Counted> } {
  const [program = '', ...rest] = lab.atWorkstation([process.execPath, '--input-type=module', '-e', asker, url]);
  const child = spawn(program, rest, { stdio: ['pipe', 'pipe', 'inherit'] });
  let text = '';
  child.stdout.on('data', (some: Buffer) => {
    text += some.toString('utf8');
  });
  return {
    async stop() {
      const ended = once(child, 'close');
      child.stdin.end();
      await ended;
      return JSON.parse(text) as Counted;
    },
  };
}

const asker = `import { get } from 'node:http';
let asked = 0, over = false;
const failed = [];
process.stdin.resume().on('end', () => (over = true));
const once = () => new Promise((done) => {
  const fails = (why) => { failed.push(new Date().toISOString() + ' ' + why); done(); };
  const request = get(process.argv[1], { agent: false, timeout: 5000 }, (answer) => {
    answer.resume().on('end', () => (answer.statusCode === 200 ? done() : fails(answer.statusCode))).on('error', (error) => fails(error.message));
  });
  request.on('timeout', () => request.destroy(new Error('no answer within 5 s'))).on('error', (error) => fails(error.message));
});
while (!over) { asked++; await once(); await new Promise((next) => setTimeout(next, 20)); }
console.log(JSON.stringify({ asked, failed }));`;

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(0)} s`;
}
