import type { Release } from '../release/release.ts';
import { compareVersions, tryParseVersion } from '../release/version.ts';
import { failure, type Problem } from './problem.ts';

/** What the `/version` of an external etcd member answered, or why it did not. */
export type EtcdAnswer = { readonly endpoint: string } & ({ readonly version: string } | { readonly error: string });

/** kubeadm's ExternalEtcdVersion, on answers that the phase has gathered. */
export function externalEtcdVersion(answers: readonly EtcdAnswer[], release: Release): readonly Problem[] {
  const { minimumEtcd } = release.preflight;
  const oldest = tryParseVersion(minimumEtcd);
  return answers.flatMap((answer) => {
    const more = { evidence: answer.endpoint };
    if ('error' in answer) {
      return [failure('ExternalEtcdVersion', `couldn't reach external etcd: ${answer.error}`, more)];
    }
    const version = tryParseVersion(answer.version);
    if (!version) {
      return [failure('ExternalEtcdVersion', `couldn't parse external etcd version "${answer.version}"`, more)];
    }
    if (oldest && compareVersions(version, oldest) >= 0) return [];
    const message = `this version of kubeadm only supports external etcd version >= ${minimumEtcd}. Current version: ${answer.version}`;
    return [failure('ExternalEtcdVersion', message, more)];
  });
}
