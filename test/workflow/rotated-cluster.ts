import { createPublicKey, X509Certificate } from 'node:crypto';
import { connect } from 'node:net';
import { KinitError } from '../../src/errors.ts';
import type { Host, Operation, OperationResult } from '../../src/host/host.ts';
import type { KubeObject, ObjectRef, PatchType } from '../../src/kube/client.ts';
import { certificatesOf, isOfAuthority } from '../../src/pki/authority-rotation.ts';
import { issue } from '../../src/pki/certificate.ts';
import { publicHalf } from '../../src/pki/keys.ts';
import { readKubeconfig } from '../../src/pki/kubeconfig.ts';
import { kubeconfigDocument, rotatableKubeconfig } from '../../src/pki/kubeconfig-document.ts';
import { kubeconfigTable } from '../../src/pki/kubeconfig-table.ts';
import { kubeletSuccessor } from '../../src/pki/kubelet-certificates.ts';
import { releaseFor } from '../../src/release/release.ts';
import { parseVersion } from '../../src/release/version.ts';
import { Secret } from '../../src/secret.ts';
import type { RenewalPlace } from '../../src/workflows/certificates/everywhere/renew-everywhere.ts';
import { toYaml } from '../../src/yaml.ts';
import { FakeEtcd } from '../fakes/etcd.ts';
import { FakeHost } from '../fakes/host.ts';
import { FakeKube } from '../fakes/kube.ts';
import { type KubeServer, kubeServer } from '../fakes/kube-server.ts';
import { type Power, power } from '../fakes/power.ts';
import { configOf, localEtcd } from '../unit/pki/config.ts';
import { issuedPki, type Pki } from '../unit/pki/issued.ts';

const version = 'v1.36.2';
export const release = releaseFor(parseVersion(version));
export const pkiFolder = '/etc/kubernetes/pki';
const manifests = '/etc/kubernetes/manifests';
const kubeletPem = '/var/lib/kubelet/pki/kubelet-client-current.pem';
export const balancerCa = '/etc/kubernetes/kinit/haproxy/ca.crt';
const servingPem = '/var/lib/kubelet/pki/kubelet-server-current.pem';
const account = '/var/run/secrets/kubernetes.io/serviceaccount';
const addresses = ['192.0.2.11', '192.0.2.12', '192.0.2.13'];
export const config = configOf({
  encryptionAlgorithm: 'ECDSA-P256',
  apiServer: { ...configOf().cluster.apiServer, certSANs: ['127.0.0.1'] },
  etcd: localEtcd(addresses, addresses),
});

/** Certificates of a cluster that is some days old. */
export function oldPki(): Promise<Pki> {
  return issuedPki(Date.now() - 200 * 24 * 3600_000, version, config);
}

/** What a process has read when it began: certificates that it shows, and CAs that it trusts. */
interface Begun {
  readonly shows: Readonly<Record<string, string>>;
  readonly trusts: Readonly<Record<string, string>>;
}

/** Whether one of those CAs has signed it. All who talk to each other ask the same over and over, and reading certificates takes its time. */
function isTrustedBy(trusted: string, pem: string): boolean {
  const asked = answers.get(trusted) ?? new Map<string, boolean>();
  answers.set(trusted, asked);
  const answer = asked.get(pem) ?? certificatesOf(trusted).some((ca) => isOfAuthority(pem, ca));
  asked.set(pem, answer);
  return answer;
}

const answers = new Map<string, Map<string, boolean>>();

/**
 * A cluster in which processes go by what they read when they began, as the real ones do. Whenever one of them begins, all
 * that talk to each other are asked whether they trust each other; those that do not are written down in `broken`.
 */
export class RotatedCluster {
  readonly broken: string[] = [];
  /** What was begun anew where, in order. */
  readonly story: string[] = [];
  readonly machines = new Map<string, RotatedHost>();
  readonly kube: RotatedKube;
  readonly etcd: FakeEtcd;
  readonly pki: Pki;
  readonly #processes = new Map<string, Begun>();
  readonly #servers = new Map<string, KubeServer>();
  /** Machines whose kubelet does not start. */
  readonly stubborn = new Set<string>();
  power: Power = power();

  private constructor(pki: Pki, masters: number) {
    this.pki = pki;
    const names = [...Array.from({ length: masters }, (_, at) => `m${at + 1}`), 'w1'];
    this.kube = new RotatedKube(this, names);
    this.etcd = new FakeEtcd(this.#signer('etcd/ca'), memberOf(1));
    for (let at = 2; at <= masters; at++) this.etcd.bring(memberOf(at));
  }

  static async of(pki: Pki, masters = 2): Promise<RotatedCluster> {
    const cluster = new RotatedCluster(pki, masters);
    for (let at = 1; at <= masters; at++) {
      const server = await kubeServer(cluster.kube, {
        authority: cluster.#signer('ca'),
        everybodyMay: 'with a certificate',
      });
      cluster.#servers.set(`m${at}`, server);
    }
    for (let at = 1; at <= masters; at++) cluster.machines.set(`m${at}`, cluster.#controlPlane(at));
    const ca = pki.certificates.get('ca') ?? '';
    const balancer = { [`${manifests}/kinit-haproxy.yaml`]: 'a pod', [balancerCa]: ca };
    cluster.machines.set('w1', cluster.#machine('w1', { [`${pkiFolder}/ca.crt`]: ca, ...balancer }));
    for (const name of cluster.machines.keys()) {
      if (name.startsWith('m')) for (const pod of pods) cluster.begin(name, pod);
      cluster.begin(name, 'kubelet');
    }
    cluster.begin('w1', 'haproxy');
    cluster.kube.makeWorkloads();
    cluster.story.length = 0;
    return cluster;
  }

  places(dead: readonly string[] = []): readonly RenewalPlace[] {
    return [...this.machines].map(([name, host]) => ({
      name,
      role: name.startsWith('m') ? 'control-plane' : 'worker',
      opening: dead.includes(name) ? Promise.resolve(new KinitError('no route to it', { host: name })) : host,
    }));
  }

  async close(): Promise<void> {
    for (const server of this.#servers.values()) await server.close();
  }

  /** A process reads its files. */
  begin(name: string, process: string): void {
    const host = this.machines.get(name);
    if (host === undefined) return;
    const text = (path: string) => host.text(path) ?? '';
    const own = (path: string) => text(`${pkiFolder}/${path}.crt`);
    const conf = (file: string) => readKubeconfig(text(`/etc/kubernetes/${file}`));
    this.story.push(`${name}: ${process}`);
    switch (process) {
      case 'kubelet':
        this.#processes.set(`${name} kubelet`, {
          shows: { client: text(kubeletPem), server: text(servingPem) },
          trusts: { api: conf('kubelet.conf').ca ?? '', clients: own('ca') },
        });
        break;
      case 'kube-apiserver':
        this.#processes.set(`${name} kube-apiserver`, {
          shows: {
            server: own('apiserver'),
            kubelets: own('apiserver-kubelet-client'),
            etcd: own('apiserver-etcd-client'),
            proxied: own('front-proxy-client'),
          },
          trusts: { clients: own('ca'), etcd: own('etcd/ca'), proxied: own('front-proxy-ca') },
        });
        this.kube.authentication(own('ca'), own('front-proxy-ca'));
        this.#servers.get(name)?.beginAnew({
          certificate: own('apiserver'),
          key: new Secret(text(`${pkiFolder}/apiserver.key`)),
          trusted: own('ca'),
        });
        break;
      case 'kube-controller-manager':
        this.#controllerManager(name, text(`${manifests}/kube-controller-manager.yaml`), text);
        this.#client(name, process, conf('controller-manager.conf'));
        break;
      case 'kube-scheduler':
        this.#client(name, process, conf('scheduler.conf'));
        break;
      case 'haproxy':
        this.#processes.set(`${name} haproxy`, { shows: {}, trusts: { api: text(balancerCa) } });
        break;
      case 'etcd':
        this.#processes.set(`${name} etcd`, { shows: {}, trusts: { peers: own('etcd/ca') } });
        this.etcd.identities.set(memberOf(Number(name.slice(1))).clientURL, {
          certificate: () => own('etcd/server'),
          key: () => new Secret(text(`${pkiFolder}/etcd/server.key`)),
          trusted: own('etcd/ca'),
        });
        break;
    }
    this.#askAll(`when ${name} began its ${process}`);
  }

  #client(name: string, process: string, { ca, clientCertificate }: ReturnType<typeof readKubeconfig>): void {
    this.#processes.set(`${name} ${process}`, {
      shows: { client: clientCertificate ?? '' },
      trusts: { api: ca ?? '' },
    });
  }

  /** It signs with one certificate and its key, or ends; what it tells pods is what it read. */
  #controllerManager(name: string, manifest: string, text: (path: string) => string): void {
    const flag = (of: string) => new RegExp(`--${of}=(\\S+)`).exec(manifest)?.[1] ?? '';
    const signing = certificatesOf(text(flag('cluster-signing-cert-file')));
    const key = createPublicKey(text(flag('cluster-signing-key-file')) || 'no key');
    if (signing.length !== 1)
      this.broken.push(`the controller manager of ${name} found ${signing.length} to sign with`);
    else if (!new X509Certificate(signing[0] ?? '').publicKey.equals(key))
      this.broken.push(`the controller manager of ${name} signs with the key of another`);
    this.kube.publish(text(flag('root-ca-file')));
  }

  #askAll(when: string): void {
    const of = (process: string) => [...this.#processes].filter(([name]) => name.endsWith(` ${process}`));
    const ask = (who: string, trusted: string | undefined, whom: string, pem: string | undefined) => {
      if (pem === undefined || pem === '' || trusted === undefined) return;
      if (!isTrustedBy(trusted, pem)) this.broken.push(`${when}, ${who} did not trust ${whom}`);
    };
    for (const [api, { shows, trusts }] of of('kube-apiserver')) {
      for (const [kubelet, it] of of('kubelet')) {
        ask(kubelet, it.trusts['api'], api, shows['server']);
        ask(kubelet, it.trusts['clients'], api, shows['kubelets']);
        ask(api, trusts['clients'], kubelet, it.shows['client']);
      }
      for (const process of ['kube-controller-manager', 'kube-scheduler']) {
        const own = this.#processes.get(`${api.split(' ')[0]} ${process}`);
        ask(process, own?.trusts['api'], api, shows['server']);
        ask(api, trusts['clients'], process, own?.shows['client']);
      }
      for (const [haproxy, it] of of('haproxy')) ask(haproxy, it.trusts['api'], api, shows['server']);
      for (const { name, trusted } of this.kube.trusting()) ask(name, trusted, api, shows['server']);
      for (const [etcd, it] of of('etcd')) {
        const host = this.machines.get(etcd.split(' ')[0] ?? '');
        ask(api, trusts['etcd'], etcd, host?.text(`${pkiFolder}/etcd/server.crt`));
        ask(etcd, it.trusts['peers'], api, shows['etcd']);
      }
      for (const [other, it] of of('kube-apiserver')) ask(other, it.trusts['proxied'], api, shows['proxied']);
    }
    for (const [etcd, it] of of('etcd')) {
      for (const host of this.machines.values())
        ask(etcd, it.trusts['peers'], `the peer ${host.name}`, host.text(`${pkiFolder}/etcd/peer.crt`));
    }
  }

  #signer(path: string) {
    const [certificate, key] = [this.pki.certificates.get(path), this.pki.keys.get(path)];
    if (certificate === undefined || key === undefined) throw new Error(`no ${path}`);
    return { certificate, key };
  }

  #url(name: string): string {
    return (this.#servers.get(name) ?? this.#servers.get('m1'))?.url ?? '';
  }

  #machine(name: string, files: Readonly<Record<string, string>>): RotatedHost {
    const kubelet = rotatableKubeconfig({
      clusterName: 'kubernetes',
      server: this.#url(name),
      caPem: this.#signer('ca').certificate,
      user: `system:node:${name}`,
      certificateFile: kubeletPem,
      preferences: false,
    });
    return new RotatedHost(this, name, {
      '/etc/kubernetes/kubelet.conf': toYaml(kubelet),
      '/var/lib/kubelet/config.yaml': toYaml({ authentication: { x509: { clientCAFile: `${pkiFolder}/ca.crt` } } }),
      [kubeletPem]: this.#ofKubelet(name),
      ...files,
    });
  }

  #ofKubelet(name: string): string {
    const signer = this.#signer('ca');
    const validitySeconds = 365 * 24 * 3600;
    const spec = kubeletSuccessor('kubelet-client', '', name, {
      authority: signer.certificate,
      validitySeconds,
      release,
    });
    const key = this.#signer('apiserver').key;
    if (spec === undefined) throw new Error('no spec');
    const made = { publicKey: publicHalf(key), signer, now: Date.now() - 24 * 3600_000, release: release.pki };
    return `${issue(spec, made)}\n${key.reveal()}`;
  }

  #controlPlane(at: number): RotatedHost {
    const name = `m${at}`;
    const signer = this.#signer('ca');
    const { key } = this.#signer('apiserver');
    const now = Date.now() - 24 * 3600_000;
    const kubeconfigs = kubeconfigTable(config, release)
      .filter((entry) => entry.name !== 'kubelet')
      .map(({ client, file, ...entry }) => {
        const certificatePem = issue(client, { publicKey: publicHalf(key), signer, now, release: release.pki });
        const of = { ...entry, server: this.#url(name), caPem: signer.certificate, client: { certificatePem, key } };
        return [`/etc/kubernetes/${file}`, toYaml(kubeconfigDocument(of))];
      });
    const serving = kubeletSuccessor('kubelet-client', '', name, {
      authority: signer.certificate,
      validitySeconds: 365 * 24 * 3600,
      release,
    });
    const { clientURL, peerURL } = memberOf(at);
    const peers = addresses.slice(0, 3).map((_, one) => `m${one + 1}=${memberOf(one + 1).peerURL}`);
    const pod = (command: readonly string[], image: string) => toYaml({ spec: { containers: [{ command, image }] } });
    const made = { publicKey: publicHalf(key), signer, now, release: release.pki };
    return this.#machine(name, {
      ...Object.fromEntries(kubeconfigs),
      ...Object.fromEntries([...this.pki.certificates].map(([path, pem]) => [`${pkiFolder}/${path}.crt`, pem])),
      ...Object.fromEntries([...this.pki.keys].map(([path, one]) => [`${pkiFolder}/${path}.key`, one.reveal()])),
      // Its kubelet's serving certificate is the cluster's, too.
      ...(serving === undefined
        ? {}
        : {
            [servingPem]: `${issue({ ...serving, usages: ['serverAuth'], dnsNames: [name] }, made)}\n${key.reveal()}`,
          }),
      [`${manifests}/kube-apiserver.yaml`]: pod(
        [
          'kube-apiserver',
          '--advertise-address=127.0.0.1',
          `--secure-port=${this.#servers.get(name)?.port}`,
          `--client-ca-file=${pkiFolder}/ca.crt`,
        ],
        `registry.k8s.io/kube-apiserver:${version}`,
      ),
      [`${manifests}/kube-controller-manager.yaml`]: pod(
        [
          'kube-controller-manager',
          `--client-ca-file=${pkiFolder}/ca.crt`,
          `--cluster-signing-cert-file=${pkiFolder}/ca.crt`,
          `--cluster-signing-key-file=${pkiFolder}/ca.key`,
          `--root-ca-file=${pkiFolder}/ca.crt`,
        ],
        `registry.k8s.io/kube-controller-manager:${version}`,
      ),
      [`${manifests}/etcd.yaml`]: pod(
        [
          'etcd',
          `--initial-advertise-peer-urls=${peerURL}`,
          `--initial-cluster=${peers.join(',')}`,
          `--listen-client-urls=https://127.0.0.1:2379,${clientURL}`,
        ],
        'registry.k8s.io/etcd:3.5.15-0',
      ),
    });
  }

  /** A connection from a machine. */
  async dial(name: string, { host, port }: { readonly host: string; readonly port: number }) {
    this.power.require();
    if ([...this.#servers.values()].some((server) => server.port === port)) return connect({ host: '127.0.0.1', port });
    const address = host === '127.0.0.1' ? `192.0.2.1${name.slice(1)}` : host;
    return this.etcd.connect(`https://${address}:${port}`);
  }
}

const pods = ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler'];

const memberOf = (at: number) => ({
  name: `m${at}`,
  peerURL: `https://192.0.2.1${at}:2380`,
  clientURL: `https://192.0.2.1${at}:2379`,
});

class RotatedHost extends FakeHost {
  readonly #cluster: RotatedCluster;

  constructor(cluster: RotatedCluster, name: string, files: Readonly<Record<string, string>>) {
    super({
      name,
      files,
      commands: {
        'sed -n': (argv) => ({
          stdout:
            /-----BEGIN CERTIFICATE-----[\s\S]*END CERTIFICATE-----\n?/.exec(this.text(argv.at(-1) ?? '') ?? '')?.[0] ??
            '',
        }),
        'sh -c ln -sfn': (argv) => {
          this.place(argv[5] ?? '', this.text(argv[4] ?? '') ?? '', 0o600);
          return {};
        },
        'systemctl restart kubelet': () => {
          if (cluster.stubborn.has(name)) return { code: 1, stderr: 'the kubelet does not start' };
          cluster.begin(name, 'kubelet');
          return {};
        },
        'sh -c pkill "-$1"': () => {
          cluster.begin(name, 'haproxy');
          return {};
        },
        'sh -c systemctl is-active': (argv) => {
          for (const pod of pods.filter((one) => argv.includes(one))) cluster.begin(name, pod);
          return {};
        },
      },
      connect: async (target) => {
        if (!('port' in target)) throw new Error('no socket');
        return cluster.dial(name, target);
      },
    });
    this.#cluster = cluster;
  }

  override async perform(operations: readonly Operation[]): Promise<readonly OperationResult[]> {
    const results: OperationResult[] = [];
    for (const [index, operation] of operations.entries()) {
      this.#cluster.power.spend();
      for (const result of await super.perform([operation])) results.push({ ...result, index });
      if (results.at(-1)?.code !== 0) break;
    }
    return results;
  }

  override async observe(wanted: Parameters<Host['observe']>[0]) {
    this.#cluster.power.require();
    return super.observe(wanted);
  }
}

/** With a controller manager's work: what pods are told of the CA, and new pods where their template is another. */
class RotatedKube extends FakeKube {
  readonly #cluster: RotatedCluster;
  #seconds = 1_800_000_000;
  #told = '';
  readonly #pods = new Map<string, string>();

  constructor(cluster: RotatedCluster, nodes: readonly string[]) {
    super(
      ...nodes.map(nodeObject),
      ...['default', 'kube-system'].map((namespace) => ({
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: 'kube-root-ca.crt', namespace },
        data: { 'ca.crt': cluster.pki.certificates.get('ca') },
      })),
      {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: 'cluster-info', namespace: 'kube-public' },
        data: { kubeconfig: clusterInfo(cluster.pki.certificates.get('ca') ?? ''), 'jws-kubeconfig-abcdef': 'a..b' },
      },
    );
    this.#cluster = cluster;
    this.#told = cluster.pki.certificates.get('ca') ?? '';
  }

  override async create(object: KubeObject): Promise<KubeObject> {
    this.#cluster.power.spend();
    return super.create(this.#dated(object));
  }

  override async update(object: KubeObject): Promise<KubeObject> {
    this.#cluster.power.spend();
    return super.update(object);
  }

  override async delete(ref: ObjectRef): Promise<boolean> {
    this.#cluster.power.spend();
    return super.delete(ref);
  }

  override async patch(ref: ObjectRef, type: PatchType, body: unknown): Promise<KubeObject> {
    this.#cluster.power.spend();
    const before = JSON.stringify((await this.get(ref))?.['spec']);
    const after = await super.patch(ref, type, body);
    if (JSON.stringify(after['spec']) !== before) await this.#roll(after);
    return after;
  }

  /** kube-proxy and a Deployment of somebody's, each with a pod that knows what is told now. */
  makeWorkloads(): void {
    const workloads: readonly KubeObject[] = [
      {
        apiVersion: 'apps/v1',
        kind: 'DaemonSet',
        metadata: { name: 'kube-proxy', namespace: 'kube-system' },
        spec: { template: {} },
        status: { desiredNumberScheduled: 1, updatedNumberScheduled: 1, numberAvailable: 1 },
      },
      {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { name: 'web', namespace: 'default' },
        spec: { template: {} },
        status: { replicas: 1, updatedReplicas: 1, availableReplicas: 1 },
      },
    ];
    for (const workload of workloads) {
      void super.create(workload);
      void this.#roll(workload);
    }
  }

  /** Pods, and the CA that they read when they began. */
  trusting(): readonly { readonly name: string; readonly trusted: string }[] {
    return [...this.#pods].map(([name, trusted]) => ({ name, trusted }));
  }

  /** What the controller manager that leads has begun with. */
  publish(ca: string): void {
    this.#told = ca;
    for (const namespace of ['default', 'kube-system']) {
      const ref = { apiVersion: 'v1', kind: 'ConfigMap', namespace, name: 'kube-root-ca.crt' };
      void super.patch(ref, 'merge', { data: { 'ca.crt': ca } });
    }
  }

  /** As API servers do: what they know is added to what is there. */
  authentication(ca: string, proxy: string): void {
    const ref = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      namespace: 'kube-system',
      name: 'extension-apiserver-authentication',
    };
    const there = this.objects('ConfigMap').find(({ metadata }) => metadata.name === ref.name);
    const { namespace, name, ...type } = ref;
    const had = (there?.['data'] ?? {}) as Readonly<Record<string, string>>;
    const joined = (key: string, more: string) => {
      const old = had[key] ?? '';
      return `${old}${certificatesOf(more, old).join('')}`;
    };
    const data = {
      'client-ca-file': joined('client-ca-file', ca),
      'requestheader-client-ca-file': joined('requestheader-client-ca-file', proxy),
    };
    if (there === undefined) void super.create({ ...type, metadata: { name, namespace }, data });
    else void super.patch(ref, 'merge', { data });
  }

  async #roll({ kind, apiVersion, metadata }: KubeObject): Promise<void> {
    const name = `${metadata.name}-x`;
    const namespace = metadata.namespace ?? 'default';
    await super.delete({ apiVersion: 'v1', kind: 'Pod', namespace, name });
    this.#pods.set(name, this.#told);
    const pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, namespace, ownerReferences: [{ apiVersion, kind, name: metadata.name }] },
      spec: { containers: [{ name: 'a', volumeMounts: [{ mountPath: account }] }] },
      status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] },
    };
    await super.create(this.#dated(pod));
  }

  #dated(object: KubeObject): KubeObject {
    this.#seconds += 1;
    const creationTimestamp = new Date(this.#seconds * 1000).toISOString().replace('.000', '');
    return { ...object, metadata: { ...object.metadata, creationTimestamp } };
  }
}

function nodeObject(name: string): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name },
    status: { conditions: [{ type: 'Ready', status: 'True' }], nodeInfo: { kubeletVersion: version } },
  };
}

function clusterInfo(ca: string): string {
  const data = { 'certificate-authority-data': Buffer.from(ca).toString('base64'), server: 'https://192.0.2.1:6443' };
  return toYaml({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: '', cluster: data }],
    contexts: null,
    users: null,
  });
}
