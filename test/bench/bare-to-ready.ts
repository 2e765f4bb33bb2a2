import { type Kit, kit } from '../e2e/kit.ts';
import type { LabHost } from '../lab/host.ts';
import type { Lab } from '../lab/lab.ts';
import { benchHost, ignoring, on, pristine, program, stdoutOf, wishes } from './bench-host.ts';
import { type Bench, milliseconds, timed } from './measure.ts';

/** What brings up a cluster: an init on the first host, then the others joined, all from the workstation. */
interface Way {
  init(bench: Kit, first: LabHost): Promise<string>;
  join(bench: Kit, first: LabHost, others: readonly LabHost[], initOutput: string): Promise<unknown>;
}

interface Times {
  readonly join: number;
  readonly ready: number;
}

/** From three bare hosts to three Ready nodes, and the joins in it: over SSH right after init. */
export const bareToReady: Bench = {
  name: 'ready',
  title: 'three bare hosts to three Ready nodes: kinit against kubeadm with ssh by hand',
  async run(say) {
    const bench = kit('bench-ready');
    const ours: Times[] = [];
    const peer: Times[] = [];
    try {
      for (let round = 1; round <= 2; round++) {
        for (const [way, times] of [[kinit, ours] as const, [kubeadm, peer] as const]) {
          const seen = await clusterBy(way, bench);
          times.push(seen);
          say(`  round ${round}: joined in ${milliseconds(seen.join)}, Ready after ${milliseconds(seen.ready)}`);
        }
      }
    } finally {
      await bench.lab.down();
    }
    const turns = (which: keyof Times) => ({
      ours: ours.map((times) => times[which]),
      peer: peer.map((times) => times[which]),
    });
    return [
      {
        what: 'two workers joined over SSH right after init',
        peerName: 'kubeadm join',
        goal: { ratio: 0.5 },
        ...turns('join'),
      },
      { what: 'three bare hosts to Ready', peerName: 'kubeadm and ssh', goal: { ratio: 0.7 }, ...turns('ready') },
    ];
  },
};

async function clusterBy(way: Way, bench: Kit): Promise<Times> {
  const { lab } = bench;
  const hosts = await lab.up(['cp1', 'w1', 'w2'].map(benchHost));
  const [first, ...others] = hosts as [LabHost, LabHost, LabHost];
  await Promise.all(hosts.map(pristine));
  let join = Number.NaN;
  const ready = await timed(async () => {
    const output = await way.init(bench, first);
    join = await timed(() => way.join(bench, first, others, output));
    await lab.layPodNetwork(first);
    const ready = ['wait', '--for=condition=Ready', 'nodes', '--all', '--timeout=180s'];
    await on(first, 'kubectl', '--kubeconfig=/etc/kubernetes/admin.conf', ...ready);
  });
  return { join, ready };
}

const kinit: Way = {
  init: async (bench, first) => {
    const { lab } = bench;
    const init = await bench.init(wishes(lab));
    return atWorkstation(lab, kinitCommand(lab, [...init, ignoring, '--host', `root@${first.address}`]));
  },
  join: ({ lab }, first, others) =>
    atWorkstation(
      lab,
      kinitCommand(lab, [
        'join',
        ...others.flatMap(({ address }) => ['--host', `root@${address}`]),
        '--control-plane-host',
        `root@${first.address}`,
      ]),
    ),
};

const kubeadm: Way = {
  init: async (bench, first) =>
    overSsh(bench.lab, first, ['kubeadm', ...(await bench.init(wishes(bench.lab), first)), ignoring]),
  async join({ lab }, _, others, initOutput) {
    const [, ...join] = /join (\S+) (--token) (\S+)/.exec(initOutput) ?? [];
    const hash = /--discovery-token-ca-cert-hash sha256:\w+/.exec(initOutput)?.[0].split(' ') ?? [];
    const socket = `--cri-socket=${lab.version.criSocket}`;
    await Promise.all(
      others.map((host) => overSsh(lab, host, ['kubeadm', 'join', ...join, ...hash, socket, ignoring])),
    );
  },
};

export function kinitCommand(lab: Lab, argv: readonly string[]): string[] {
  return [process.execPath, program, ...argv, '--identity-file', lab.sshKey, '--known-hosts', lab.knownHosts];
}

export function overSsh(lab: Lab, { address }: LabHost, argv: readonly string[]): Promise<string> {
  const options = ['-i', lab.sshKey, '-o', `UserKnownHostsFile=${lab.knownHosts}`, '-o', 'BatchMode=yes'];
  return atWorkstation(lab, ['ssh', ...options, `root@${address}`, ...argv]);
}

export function atWorkstation(lab: Lab, argv: readonly string[]): Promise<string> {
  const env = { ...process.env, SSH_AUTH_SOCK: '' };
  return stdoutOf(lab.workstation(argv, { timeout: 300, env }), argv.join(' '));
}
