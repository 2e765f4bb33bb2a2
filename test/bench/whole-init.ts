import { openLab } from '../lab/lab.ts';
import { benchHost, initArguments, kubeadmSocket, on, pristine } from './bench-host.ts';
import { type Bench, inTurn, timed } from './measure.ts';

/** A whole init on the host itself, a pristine one each time. */
export const wholeInit: Bench = {
  name: 'init',
  title: 'kinit init against kubeadm init, on the same host in turn',
  async run(say) {
    const lab = openLab('bench-init');
    try {
      const [host] = await lab.up([benchHost('cp1')]);
      if (host === undefined) throw new Error('the lab brought up no host');
      const init = async (...command: string[]) => {
        await pristine(host);
        return timed(() => on(host, ...command));
      };
      const turns = await inTurn(
        3,
        () => init('kinit', ...initArguments),
        () => init('kubeadm', ...initArguments, kubeadmSocket),
        say,
      );
      return [{ what: 'init, the whole run', peerName: 'kubeadm init', goal: { ratio: 1 }, ...turns }];
    } finally {
      await lab.down();
    }
  },
};
