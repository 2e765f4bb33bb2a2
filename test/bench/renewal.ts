import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { age } from '../e2e/aged.ts';
import { eventually, type Kit, kit, ssh } from '../e2e/kit.ts';
import type { LabHost } from '../lab/host.ts';
import { benchHost, ignoring, on, pristine, stdoutOf, wishes } from './bench-host.ts';
import { type Bench, load, milliseconds, timed } from './measure.ts';
import { commandsOn, countCommands } from './round-trips.ts';

const masters = ['m1', 'm2', 'm3'];
const workers = Array.from({ length: Number(process.env['BENCH_WORKERS'] ?? 10) }, (_, index) => `n${index + 1}`);

/** All certificates of three control planes and ten workers, which are 200 days old: counted, not compared, since nothing else does it. */
export const renewal: Bench = {
  name: 'renew',
  title: `the certificates of three control planes and ${workers.length} workers renewed: seconds and round trips`,
  async run(say) {
    const bench = kit('bench-renew');
    try {
      const hosts = await bench.lab.up([...masters, ...workers].map(benchHost));
      const made = await timed(() => cluster(bench, hosts));
      say(`  made and Ready in ${milliseconds(made)} (${load()})`);
      const [first] = hosts as [LabHost, ...LabHost[]];
      await Promise.all(hosts.map((host) => age(host, first, bench.lab.version.kubernetes, 200)));
      await ready(first);
      await Promise.all(hosts.map(countCommands));
      const took = await timed(() => certs(bench, 'renew'));
      const trips = await Promise.all(hosts.map(commandsOn));
      say(`  renewed in ${milliseconds(took)} (${load()})`);
      hosts.forEach(({ name }, index) => void say(`    ${name}: ${trips[index]} round trips`));
      await ready(first);
      say(`  said of it: ${await timed(() => certs(bench, 'check-expiration')).then(milliseconds)}`);
    } finally {
      await bench.lab.down();
    }
    return [];
  },
};

async function cluster(bench: Kit, hosts: readonly LabHost[]): Promise<void> {
  const [first, ...others] = hosts as [LabHost, ...LabHost[]];
  const { lab } = bench;
  await Promise.all(hosts.map(pristine));
  const init = await bench.init({ ...wishes(lab), endpoint: `${first.address}:6443` });
  await kinit(bench, ...init, ignoring, '--host', `root@${first.address}`);
  const join = (some: readonly LabHost[], ...flags: readonly string[]) => {
    const at = some.flatMap(({ address }) => ['--host', `root@${address}`]);
    const through = ['--control-plane-host', `root@${first.address}`, ignoring];
    return kinit(bench, 'join', ...flags, ...at, ...through);
  };
  await join(others.slice(0, masters.length - 1), '--control-plane');
  await join(others.slice(masters.length - 1));
  await lab.layPodNetwork(first);
  await ready(first);
  writeFileSync(
    fileOf(bench),
    `${inventory(hosts)}---\n${bench.cluster({ ...wishes(lab), endpoint: `${first.address}:6443` })}`,
  );
}

const fileOf = ({ folder }: Kit): string => join(folder, 'cluster.yaml');

function inventory(hosts: readonly LabHost[]): string {
  const entries = hosts.map(
    ({ name, address }, index) =>
      `- { name: ${name}, address: ${address}${index < masters.length ? ', role: control-plane' : ''} }`,
  );
  return `apiVersion: kinit.dev/v1alpha1\nkind: Inventory\nssh: { user: root }\nhosts:\n${entries.join('\n')}\n`;
}

const certs = (bench: Kit, command: string): Promise<string> =>
  kinit(bench, 'certs', command, '--config', fileOf(bench));

function kinit(bench: Kit, ...argv: readonly string[]): Promise<string> {
  return stdoutOf(bench.kinit([...argv, ...ssh(bench)], { timeout: 900 }), argv.join(' '));
}

/** Every node; the API server may just have begun anew. */
async function ready(first: LabHost): Promise<void> {
  const wait = ['wait', '--for=condition=Ready', 'nodes', '--all', '--timeout=240s'];
  await eventually('every node to be Ready', 300_000, () =>
    on(first, 'kubectl', '--kubeconfig=/etc/kubernetes/admin.conf', ...wait),
  );
}
