import { kit } from '../e2e/kit.ts';
import type { LabHost } from '../lab/host.ts';
import { benchHost, ignoring, on, pristine, wishes } from './bench-host.ts';
import { type Bench, inTurn, type Turns, timed } from './measure.ts';

type Tool = 'kinit' | 'kubeadm';

const configFile = '/root/init.yaml';

/** What is done on a worker itself, a pristine one each time; $BENCH_ROUNDS times, 3 unless set. */
export const localJoin: Bench = {
  name: 'join',
  title: 'preflight, join and reset on a worker itself: kinit against kubeadm',
  async run(say) {
    const bench = kit('bench-join');
    const { lab } = bench;
    try {
      const [first, worker] = (await lab.up(['cp1', 'w1'].map(benchHost))) as [LabHost, LabHost];
      await pristine(first);
      await on(first, 'kinit', ...(await bench.init(wishes(lab), first)), ignoring);
      const printed = await on(first, 'kinit', 'token', 'create', '--print-join-command');
      const socket = `--cri-socket=${lab.version.criSocket}`;
      const join = [...printed.trim().split(/\s+/).slice(1), socket, ignoring];
      const onWorker = (tool: Tool, ...argv: string[]) => timed(() => on(worker, tool, ...argv));

      const turns = (what: string, measure: (tool: Tool) => Promise<number>): Promise<Turns> => {
        say(`  ${what}`);
        const rounds = Number(process.env['BENCH_ROUNDS'] ?? 3);
        return inTurn(
          rounds,
          () => measure('kinit'),
          () => measure('kubeadm'),
          say,
        );
      };
      const preflight = await turns('preflight', async (tool) => {
        await pristine(worker);
        // This phase takes its configuration of a file only.
        await worker.run(['sh', '-c', `cat >${configFile}`], { stdin: bench.cluster(wishes(lab)) });
        return onWorker(tool, 'init', 'phase', 'preflight', `--config=${configFile}`, ignoring);
      });
      const resets: Record<Tool, number[]> = { kinit: [], kubeadm: [] };
      const joins = await turns('join, and a reset after it', async (tool) => {
        await pristine(worker);
        // A Node that is Ready still would be taken for another host of the same name.
        const kubectl = ['kubectl', '--kubeconfig=/etc/kubernetes/admin.conf'];
        await on(first, ...kubectl, 'delete', 'node', 'w1', '--ignore-not-found');
        const took = await onWorker(tool, ...join);
        resets[tool].push(await onWorker(tool, 'reset', '--force', socket));
        return took;
      });
      return [
        { what: 'init phase preflight', peerName: 'kubeadm', ...preflight },
        { what: 'join of a worker', peerName: 'kubeadm join', goal: { ratio: 0.9 }, ...joins },
        {
          what: 'reset of a worker',
          peerName: 'kubeadm reset',
          goal: { ratio: 1.2 },
          ours: resets.kinit,
          peer: resets.kubeadm,
        },
      ];
    } finally {
      await lab.down();
    }
  },
};
