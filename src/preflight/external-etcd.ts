import type { EtcdAnswer } from '../etcd/version.ts';
import type { Release } from '../release/release.ts';
import { compareVersions, tryParseVersion } from '../release/version.ts';
import { type Check, type CheckReads, failure, type Problem } from './problem.ts';
import type { Subject } from './subject.ts';

export const etcdVersionChecks: readonly Check[] = [
  {
    name: 'ExternalEtcdVersion',
    origin: 'kubeadm',
    reads: externalEtcdVersions,
    applies: ({ subject }) => subject.role === 'init',
    check: ({ etcdVersions, release }) => tooOldOrSilent(etcdVersions, release),
  },
];

/** kubeadm asks them where a first control plane comes up, from v1.35 on at `httpEndpoints`. */
function externalEtcdVersions({ role, cluster }: Subject): CheckReads {
  const external = role === 'init' ? cluster?.etcd.external : undefined;
  if (external === undefined) return {};
  const { endpoints, httpEndpoints = endpoints, caFile, certFile, keyFile } = external;
  return { running: { etcdVersions: { servers: httpEndpoints, caFile, certFile, keyFile } } };
}

function tooOldOrSilent(answers: readonly EtcdAnswer[], release: Release): readonly Problem[] {
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
