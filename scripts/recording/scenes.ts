import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { clusterFile } from '../../test/lab/inventory.ts';
import { openLab } from '../../test/lab/lab.ts';
import { must } from '../../test/lab/process.ts';
import type { Scene, Size } from './frames.ts';
import { onTerminal } from './pty.ts';

const root = join(import.meta.dirname, '..', '..');

/** What kinit shows while it makes a cluster of three bare hosts of the lab, and where a kubelet is stopped afterwards. */
export async function recordedScenes(size: Size): Promise<readonly Scene[]> {
  const lab = openLab(process.env['KINIT_LAB'] ?? 'recording');
  const folder = mkdtempSync(join(tmpdir(), 'kinit-'));
  const env = { PATH: process.env['PATH'], HOME: folder, TERM: 'xterm-256color', LANG: 'C.UTF-8' };
  const kinit = [process.execPath, join(root, 'bin', 'kinit.js')];
  const shell = ['ssh', '-q', '-i', lab.sshKey, '-o', `UserKnownHostsFile=${lab.knownHosts}`];

  async function scene(typed: string, { hold, exit = 0 }: { hold: number; exit?: number }): Promise<Scene> {
    const [program = '', ...words] = typed.split(' ');
    const argv = [...(program === 'kinit' ? kinit : shell), ...words];
    const chunks = await onTerminal(lab.atWorkstation(argv), size, { env, cwd: folder, exit });
    // Only its owner's terminal would show that folder, as this.
    return { typed, hold, chunks: chunks.map(({ at, text }) => ({ at, text: text.replaceAll(folder, '~') })) };
  }

  try {
    await must(['npm', 'run', '--silent', 'build'], { cwd: root, timeout: 120 });
    await lab.up(['m1', 'n1', 'n2'].map((name) => ({ name, flavour: 'centos-stream-9' })));
    writeFileSync(join(folder, 'cluster.yaml'), clusterFile(lab));
    const file = '--config cluster.yaml';
    const made = [await scene(`kinit plan ${file}`, { hold: 3 }), await scene(`kinit up ${file}`, { hold: 4 })];
    // The kubelet tells half a minute late that a static pod is ready.
    const wait = 'kubectl wait --for=condition=Ready pods -A -l tier=control-plane --timeout=240s';
    await lab.host('m1').run(['sh', '-c', `KUBECONFIG=/etc/kubernetes/admin.conf ${wait}`], { timeout: 270 });
    return [
      ...made,
      await scene(`kinit status ${file}`, { hold: 6 }),
      await scene(`ssh root@${lab.host('n2').address} systemctl stop kubelet`, { hold: 1 }),
      await scene(`kinit doctor ${file}`, { hold: 5, exit: 2 }),
      await scene(`kinit doctor ${file} --fix --yes`, { hold: 5 }),
    ];
  } finally {
    await lab.down();
    rmSync(folder, { recursive: true });
  }
}
