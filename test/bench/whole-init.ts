import { kit } from '../e2e/kit.ts';
import { benchHost, ignoring, on, pristine, wishes } from './bench-host.ts';
import { type Bench, inTurn, timed } from './measure.ts';
import { type TimeLine, timedInit, timeLineTable } from './time-line.ts';

/** A whole init on the host itself, a pristine one each time, and a reset of what it made; $BENCH_ROUNDS times, 3 unless set. */
export const wholeInit: Bench = {
  name: 'init',
  title: 'kinit init against kubeadm init, on the same host in turn',
  async run(say) {
    const bench = kit('bench-init');
    const { lab } = bench;
    try {
      const [host] = await lab.up([benchHost('cp1')]);
      if (host === undefined) throw new Error('the lab brought up no host');
      const lines = { kinit: [] as TimeLine[], kubeadm: [] as TimeLine[] };
      const resets = { kinit: [] as number[], kubeadm: [] as number[] };
      const reset = ['reset', '--force', `--cri-socket=${lab.version.criSocket}`];
      const init = async (tool: keyof typeof lines) => {
        await pristine(host);
        const line = await timedInit(host, [tool, ...(await bench.init(wishes(lab), host)), ignoring]);
        lines[tool].push(line);
        resets[tool].push(await timed(() => on(host, tool, ...reset)));
        return line.end;
      };
      const turns = await inTurn(
        Number(process.env['BENCH_ROUNDS'] ?? 3),
        () => init('kinit'),
        () => init('kubeadm'),
        say,
      );
      say(timeLineTable(lines.kinit, lines.kubeadm).trimEnd());
      const ends = { ours: resets.kinit, peer: resets.kubeadm };
      return [
        { what: 'init, the whole run', peerName: 'kubeadm init', goal: { ratio: 0.8 }, ...turns },
        { what: 'reset of the control plane', peerName: 'kubeadm reset', goal: { ratio: 1.2 }, ...ends },
      ];
    } finally {
      await lab.down();
    }
  },
};
