import { type Pair, testAuthority, testCertificate } from '../../certificates.ts';
import { FakeEtcd } from '../../fakes/etcd.ts';
import { FakeHost, type FakeHostOptions } from '../../fakes/host.ts';

/** Three control planes in memory with a member of etcd each, m1 to m3 at 192.0.2.10 to .12; m1 leads. */
export interface EtcdRoom {
  readonly etcd: FakeEtcd;
  readonly hosts: readonly FakeHost[];
  /** Of etcd and of Kubernetes. */
  readonly authority: Pair;
  /** What was dialled through a host. */
  dialled(host: string): readonly string[];
}

const names = ['m1', 'm2', 'm3'] as const;

export const members = names.map((name, index) => ({
  name,
  peerURL: `https://192.0.2.${index + 10}:2380`,
  clientURL: `https://192.0.2.${index + 10}:2379`,
}));

/** The manifest of a member's etcd, as far as it is read. */
export function etcdManifest(index: number): string {
  const { name, peerURL, clientURL } = members[index]!;
  return `spec:
  containers:
  - command:
    - etcd
    - --data-dir=/var/lib/etcd
    - --initial-advertise-peer-urls=${peerURL}
    - --initial-cluster=${members.map((one) => `${one.name}=${one.peerURL}`).join(',')}
    - --listen-client-urls=https://127.0.0.1:2379,${clientURL}
    - --name=${name}
    image: registry.k8s.io/etcd:3.5.16-0
`;
}

let certificates: Promise<{ readonly authority: Pair; readonly client: Pair }> | undefined;

/** `make` gives a machine more than its files and its way to etcd. */
export async function etcdRoom(
  make = (_name: string, options: FakeHostOptions): FakeHost => new FakeHost(options),
): Promise<EtcdRoom> {
  certificates ??= testAuthority('etcd-ca').then(async (authority) => ({
    authority,
    client: await testCertificate(authority, 'kube-etcd-healthcheck-client'),
  }));
  const { authority, client } = await certificates;
  const [first, ...others] = members;
  const etcd = new FakeEtcd(authority, first!);
  for (const one of others) etcd.bring(one);
  const dialled = new Map<string, string[]>(names.map((name) => [name, []]));
  const directory = '/etc/kubernetes/pki';
  const hosts = members.map(({ name, clientURL }, index) =>
    make(name, {
      name,
      files: {
        '/etc/kubernetes/manifests/etcd.yaml': etcdManifest(index),
        [`${directory}/ca.crt`]: authority.certificate,
        [`${directory}/etcd/ca.crt`]: authority.certificate,
        [`${directory}/etcd/healthcheck-client.crt`]: client.certificate,
        [`${directory}/etcd/healthcheck-client.key`]: client.key.reveal(),
      },
      connect: async (target) => {
        if (!('port' in target)) throw new Error('no socket');
        dialled.get(name)?.push(`${target.host}:${target.port}`);
        const own = new URL(clientURL).hostname;
        return etcd.connect(`https://${target.host === '127.0.0.1' ? own : target.host}:${target.port}`);
      },
    }),
  );
  return { etcd, hosts, authority, dialled: (host) => dialled.get(host) ?? [] };
}
