import { type Kit, kit } from '../e2e/kit.ts';
import type { LabHost } from '../lab/host.ts';
import { atWorkstation, kinitCommand, overSsh } from './bare-to-ready.ts';
import { benchHost, ignoring, on, pristine, wishes } from './bench-host.ts';
import { type Bench, milliseconds, timed } from './measure.ts';
import { commandsOn, countCommands } from './round-trips.ts';

/** What makes one control plane, adds two to it, and joins two workers. */
interface Way {
  init(bench: Kit, first: LabHost): Promise<string>;
  masters(bench: Kit, first: LabHost, others: readonly LabHost[], initOutput: string): Promise<unknown>;
  workers(bench: Kit, first: LabHost, others: readonly LabHost[], initOutput: string): Promise<unknown>;
  /** Workers do not wait for the control planes. */
  readonly together: boolean;
}

interface Times {
  readonly masters: number;
  readonly ready: number;
  /** Commands that the two added control planes were sent over SSH, each: what a round trip costs, they cost so often. */
  readonly commands: readonly number[];
}

const rounds = Number(process.env['BENCH_ROUNDS'] ?? 2);

/** Three control planes and two workers, from hosts that have their packages: kubeadm's control planes in turn, as its documentation says. */
export const manyMasters: Bench = {
  name: 'masters',
  title: 'three control planes and two workers to Ready: kinit against kubeadm with ssh by hand',
  async run(say) {
    const bench = kit('bench-masters');
    const ours: Times[] = [];
    const peer: Times[] = [];
    try {
      for (let round = 1; round <= rounds; round++) {
        for (const [way, times] of [[kinit, ours] as const, [kubeadm, peer] as const]) {
          const seen = await clusterBy(way, bench);
          times.push(seen);
          say(
            `  round ${round}: masters added in ${milliseconds(seen.masters)}, Ready after ${milliseconds(seen.ready)}; round trips to each of them: ${seen.commands.join(', ')}`,
          );
        }
      }
    } finally {
      await bench.lab.down();
    }
    const turns = (which: 'masters' | 'ready') => ({
      ours: ours.map((times) => times[which]),
      peer: peer.map((times) => times[which]),
    });
    return [
      { what: 'two control planes added', peerName: 'kubeadm and ssh', goal: { ratio: 0.6 }, ...turns('masters') },
      { what: 'five hosts to Ready', peerName: 'kubeadm and ssh', goal: { ratio: 0.6 }, ...turns('ready') },
    ];
  },
};

async function clusterBy(way: Way, bench: Kit): Promise<Times> {
  const { lab } = bench;
  const hosts = await lab.up(['cp1', 'cp2', 'cp3', 'w1', 'w2'].map(benchHost));
  const [first, second, third, ...workers] = hosts as [LabHost, LabHost, LabHost, ...LabHost[]];
  await Promise.all(hosts.map(pristine));
  await Promise.all([second, third].map(countCommands));
  let masters = Number.NaN;
  const ready = await timed(async () => {
    const output = await way.init(bench, first);
    const adding = async () => {
      masters = await timed(() => way.masters(bench, first, [second, third], output));
    };
    const joining = () => way.workers(bench, first, workers, output);
    if (way.together) await Promise.all([adding(), joining()]);
    else {
      await adding();
      await joining();
    }
    await lab.layPodNetwork(first);
    const wait = ['wait', '--for=condition=Ready', 'nodes', '--all', '--timeout=240s'];
    await on(first, 'kubectl', '--kubeconfig=/etc/kubernetes/admin.conf', ...wait);
  });
  return { masters, ready, commands: await Promise.all([second, third].map(commandsOn)) };
}

const shared = (bench: Kit, { address }: LabHost) => ({ ...wishes(bench.lab), endpoint: `${address}:6443` });

const kinit: Way = {
  together: true,
  init: async (bench, first) => {
    const init = await bench.init(shared(bench, first));
    return atWorkstation(bench.lab, kinitCommand(bench.lab, [...init, ignoring, '--host', `root@${first.address}`]));
  },
  masters: (bench, first, others) => joinByKinit(bench, first, others, ['--control-plane', ignoring]),
  workers: (bench, first, others) => joinByKinit(bench, first, others, []),
};

function joinByKinit({ lab }: Kit, first: LabHost, others: readonly LabHost[], flags: readonly string[]) {
  const hosts = others.flatMap(({ address }) => ['--host', `root@${address}`]);
  const through = ['--control-plane-host', `root@${first.address}`];
  return atWorkstation(lab, kinitCommand(lab, ['join', ...flags, ...hosts, ...through]));
}

const kubeadm: Way = {
  together: false,
  init: async (bench, first) =>
    overSsh(bench.lab, first, [
      'kubeadm',
      ...(await bench.init(shared(bench, first), first)),
      '--upload-certs',
      ignoring,
    ]),
  async masters(bench, _, others, initOutput) {
    const key = /--certificate-key (\w+)/.exec(initOutput)?.[1] ?? '';
    for (const host of others)
      await joinByKubeadm(bench, host, initOutput, ['--control-plane', '--certificate-key', key]);
  },
  async workers(bench, _, others, initOutput) {
    await Promise.all(others.map((host) => joinByKubeadm(bench, host, initOutput, [])));
  },
};

function joinByKubeadm({ lab }: Kit, host: LabHost, initOutput: string, flags: readonly string[]): Promise<string> {
  const [, ...join] = /join (\S+) (--token) (\S+)/.exec(initOutput) ?? [];
  const hash = /--discovery-token-ca-cert-hash sha256:\w+/.exec(initOutput)?.[0].split(' ') ?? [];
  const socket = `--cri-socket=${lab.version.criSocket}`;
  return overSsh(lab, host, ['kubeadm', 'join', ...join, ...hash, ...flags, socket, ignoring]);
}
