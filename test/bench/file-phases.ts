import type { EncryptionAlgorithm } from '../../src/config/types.ts';
import type { LabHost } from '../lab/host.ts';
import { openLab } from '../lab/lab.ts';
import { benchHost, on, stdoutOf } from './bench-host.ts';
import { type Bench, type Figure, inTurn, timed } from './measure.ts';

/** Certificates, kubeconfigs and manifests, and nothing else: the same files from the same configuration. */
export const filePhases: Bench = {
  name: 'files',
  title: 'the phases that make files: kinit against kubeadm, with the same key algorithm',
  async run(say) {
    const lab = openLab('bench-files');
    try {
      const [host] = await lab.up([benchHost('cp1')]);
      if (host === undefined) throw new Error('the lab brought up no host');
      return [{ ...(await files(host, 'RSA-2048', say)), goal: { ratio: 0.7 } }, await files(host, 'ECDSA-P256', say)];
    } finally {
      await lab.down();
    }
  },
};

async function files(host: LabHost, algorithm: EncryptionAlgorithm, say: (line: string) => void): Promise<Figure> {
  await stdoutOf(host.run(['sh', '-c', `cat >${config}`], { stdin: configuration(algorithm) }), config);
  const clean = () => on(host, 'rm', '-rf', '/etc/kubernetes', folder);
  const take = async (script: string) => {
    await clean();
    return timed(() => on(host, 'sh', '-ec', script));
  };
  const turns = await inTurn(
    9,
    () => take(kinit),
    () => take(kubeadm),
    say,
  );
  await clean();
  return { what: `files with ${algorithm}`, peerName: 'kubeadm init phase', ...turns };
}

const config = '/root/kubeadm.yaml';
const folder = '/root/rendered';

const configuration = (algorithm: EncryptionAlgorithm): string => `apiVersion: kubeadm.k8s.io/v1beta2
kind: ClusterConfiguration
kubernetesVersion: v1.20.2
featureGates:
  PublicKeysECDSA: ${algorithm === 'ECDSA-P256'}
`;

const made = ['certs all', 'kubeconfig all', 'control-plane all', 'etcd local'];
const kubeadm = made.map((phase) => `kubeadm init phase ${phase} --config ${config}`).join('\n');

const skipped = [
  ...['preflight', 'kubelet-start', 'wait-control-plane', 'upload-config', 'upload-certs', 'mark-control-plane'],
  ...['bootstrap-token', 'kubelet-finalize', 'addon'],
].join();
const kinit = `kinit init --config ${config} --output-dir ${folder} --skip-phases ${skipped}`;
