import { type Pair, testAuthority, testCertificate } from '../../certificates.ts';
import type { FakeEtcd } from '../../fakes/etcd.ts';
import { FakeHost } from '../../fakes/host.ts';
import { members } from './room.ts';

export const [m1, m2, m3] = members as [(typeof members)[0], (typeof members)[0], (typeof members)[0]];

/** etcd's CA, and who may ask it. */
export interface EtcdPki {
  readonly authority: Pair;
  readonly client: Pair;
}

export async function etcdPki(): Promise<EtcdPki> {
  const authority = await testAuthority('etcd-ca');
  return { authority, client: await testCertificate(authority, 'kube-etcd-healthcheck-client') };
}

/** The first control plane, whose etcd began alone; all members are dialled through it. */
export function firstMaster(
  etcd: FakeEtcd,
  { authority, client }: EtcdPki,
  image: string,
  files: Readonly<Record<string, string>> = {},
): FakeHost {
  const directory = '/etc/kubernetes/pki/etcd';
  const [address] = /192\.0\.2\.\d+/.exec(m1.peerURL) ?? [''];
  return new FakeHost({
    name: m1.name,
    files: {
      '/etc/kubernetes/manifests/etcd.yaml': `spec:
  containers:
  - command:
    - etcd
    - --initial-advertise-peer-urls=${m1.peerURL}
    - --listen-client-urls=https://127.0.0.1:2379,${m1.clientURL}
    - --initial-cluster=m1=${m1.peerURL}
    image: ${image}
`,
      [`${directory}/ca.crt`]: authority.certificate,
      [`${directory}/healthcheck-client.crt`]: client.certificate,
      [`${directory}/healthcheck-client.key`]: client.key.reveal(),
      ...files,
    },
    connect: async (target) => {
      if (!('port' in target)) throw new Error('no socket');
      const host = target.host === '127.0.0.1' ? address : target.host;
      return etcd.connect(`https://${host}:${target.port}`);
    },
  });
}
