import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EncryptionAlgorithm } from '../../src/config/types.ts';
import { prepare } from '../lab/artefacts.ts';
import { must } from '../lab/process.ts';
import { labVersion } from '../lab/versions.ts';
import { program } from './bench-host.ts';
import { type Bench, type Figure, inTurn, timed } from './measure.ts';

/** Certificates, kubeconfigs and manifests, and nothing else: the same files from the same configuration. */
export const filePhases: Bench = {
  name: 'files',
  title: 'the phases that make files: kinit against kubeadm, with the same key algorithm',
  async run(say) {
    const kubeadm = join((await prepare(labVersion(undefined))).kubernetes, 'kubeadm/usr/bin/kubeadm');
    const root = mkdtempSync(join(tmpdir(), 'kinit-bench-'));
    try {
      return [
        { ...(await files(root, kubeadm, 'RSA-2048', say)), goal: { ratio: 0.7 } },
        await files(root, kubeadm, 'ECDSA-P256', say),
      ];
    } finally {
      rmSync(root, { recursive: true, force: true });
    }
  },
};

async function files(
  root: string,
  kubeadm: string,
  algorithm: EncryptionAlgorithm,
  say: (line: string) => void,
): Promise<Figure> {
  writeFileSync(join(root, 'kubeadm.yaml'), configuration(algorithm));
  const take = (...command: string[]) => {
    rmSync(join(root, 'etc'), { recursive: true, force: true });
    mkdirSync(join(root, 'etc'));
    return timed(() => must(command, { timeout: 60 }));
  };
  const rendered = ['init', '--config', join(root, 'kubeadm.yaml'), '--output-dir', root, '--skip-phases', skipped];
  const turns = await inTurn(
    11,
    () => take(process.execPath, program, ...rendered),
    () => take('sh', '-ec', kubeadmPhases, kubeadm, root),
    say,
  );
  return { what: `files with ${algorithm}`, peerName: 'kubeadm init phase', ...turns };
}

const configuration = (algorithm: EncryptionAlgorithm): string => `apiVersion: kubeadm.k8s.io/v1beta2
kind: InitConfiguration
localAPIEndpoint:
  advertiseAddress: 192.0.2.10
nodeRegistration:
  name: cp1
  criSocket: /run/containerd/containerd.sock
---
apiVersion: kubeadm.k8s.io/v1beta2
kind: ClusterConfiguration
kubernetesVersion: v1.20.2
featureGates:
  PublicKeysECDSA: ${algorithm === 'ECDSA-P256'}
`;

/** kubeadm takes the folder for its root. */
const kubeadmPhases = ['certs all', 'kubeconfig all', 'control-plane all', 'etcd local']
  .map((phase) => `"$0" --rootfs "$1" init phase ${phase} --config /kubeadm.yaml`)
  .join('\n');

const skipped = [
  ...['preflight', 'kubelet-start', 'wait-control-plane', 'upload-config', 'upload-certs', 'mark-control-plane'],
  ...['bootstrap-token', 'kubelet-finalize', 'addon'],
].join();
