import { createServer as httpServer, type RequestListener } from 'node:http';
import { createServer as httpsServer } from 'node:https';
import { type Duplex, duplexPair } from 'node:stream';
import { exitCodes, KinitError } from '../../src/errors.ts';
import type { Facts } from '../../src/host/facts/facts.ts';
import type { FileWrite, Operation, OperationResult, RunOptions, Seen, Wanted } from '../../src/host/host.ts';
import type { KubeClient } from '../../src/kube/client.ts';
import { KubeError } from '../../src/kube/error.ts';
import { readKubeconfig } from '../../src/pki/kubeconfig.ts';
import { kubeletConf, manifestsDirectory } from '../../src/release/paths.ts';
import { testAuthority, testCertificate } from '../certificates.ts';
import type { FakeEtcd } from './etcd.ts';
import { FakeHost, type FakeHostOptions } from './host.ts';
import type { FakeKube } from './kube.ts';
import { FakeKubelet, kubeletCommands } from './kubelet.ts';
import { type Power, power, poweredKube } from './power.ts';
import { certificateIdentity, type Identity, masters } from './rbac.ts';
import { showStaticPods } from './static-pods.ts';

export interface FakeMachineOptions {
  readonly name: string;
  /** Of the machine as it is before anything is done to it. */
  readonly facts: Facts;
  /** Its cluster's API: up as long as a control plane runs here, or always where that runs elsewhere. */
  readonly cluster: FakeKube;
  readonly controlPlaneElsewhere?: boolean;
  readonly files?: FakeHostOptions['files'];
  /** The etcd that its static pod becomes a member of. */
  readonly etcd?: FakeEtcd;
  /** Its kubelet tells the API server of the static pods that it runs. */
  readonly showsPods?: boolean;
  /** Of its system, beside those of Kubernetes. */
  readonly commands?: FakeHostOptions['commands'];
}

const components: Readonly<Record<number, string>> = {
  10257: 'kube-controller-manager',
  10259: 'kube-scheduler',
};
const own = await testCertificate(await testAuthority(), 'localhost', ['127.0.0.1']);

/**
 * A machine with systemd, containerd and a kubelet, whose ports are taken from its start on. Every change is an operation
 * that its power may not suffice for.
 */
export class FakeMachine extends FakeHost {
  power: Power = power();
  /** Told of every operation that was done. */
  onOperation: (words: string) => void | Promise<void> = () => {};
  /** The operation that fails from now on. */
  fails: { readonly operation: string; readonly stderr: string } | undefined;
  /** KiB free on its disk. */
  room = 10_000_000;
  /** Operations in words, in order. */
  readonly done: string[] = [];
  readonly pulled: string[] = [];
  readonly #cluster: FakeKube;
  readonly #facts: Facts;
  readonly #elsewhere: boolean;
  readonly #etcd: FakeEtcd | undefined;
  readonly #kubelet: FakeKubelet;
  /** The image of etcd cannot be pulled. */
  hasEtcdImage = true;
  /** A static pod whose manifest says this ends as soon as it begins. */
  brokenManifest: RegExp | undefined;
  readonly #showsPods: boolean;

  constructor(options: FakeMachineOptions) {
    const { name, facts, cluster, controlPlaneElsewhere = false, files = {}, etcd, showsPods = false } = options;
    const { commands = {} } = options;
    super({
      name,
      files,
      facts: () => this.#factsNow(),
      commands: {
        ...commands,
        getent: { stdout: `${facts.defaultAddress.v4} STREAM ${facts.hostname}\n` },
        ...kubeletCommands(
          () => this.#kubelet,
          () => this,
        ),
        // Until no process has etcd's data: its pod ends with its manifest.
        'sh -c while grep': {},
        'sh -c \n{ journalctl': { stdout: 'E1121 kubelet.go: running with swap on is not supported\n\u0001' },
        'sh -c rmdir': (argv) => {
          const path = argv.at(-1) ?? '';
          if (![...this.entries.keys()].some((one) => one.startsWith(`${path}/`))) this.entries.delete(path);
          return {};
        },
        'du -sk': { stdout: '65536\t/var/lib/etcd\n' },
        'df -Pk': () => ({
          stdout: `Filesystem 1024-blocks Used Available Capacity Mounted on\n/dev/vda 1 1 ${this.room} 1% /\n`,
        }),
        crictl: (argv) => {
          this.pulled.push(argv.at(-1) ?? '');
          return {};
        },
      },
      connect: async ({ host = '', port = 0 }: { host?: string; port?: number; path?: string }) =>
        port === 2379 ? this.#etcdAt(host) : this.#listener(port),
    });
    this.#etcd = etcd;
    this.#showsPods = showsPods;
    this.#cluster = cluster;
    this.#facts = facts;
    this.#elsewhere = controlPlaneElsewhere;
    this.#kubelet = new FakeKubelet(this, {
      cluster,
      hostname: facts.hostname,
      runPods: () => this.#syncPods(),
      isServed: () => this.#isServed(),
    });
  }

  /** Whether a static pod with this manifest keeps running. */
  runs(manifest: string): boolean {
    return this.brokenManifest === undefined || !this.brokenManifest.test(manifest);
  }

  get isKubeletRunning(): boolean {
    return this.#kubelet.isRunning;
  }

  /** The cluster never answers the kubelet's request for a certificate. */
  set isIgnored(ignored: boolean) {
    this.#kubelet.isIgnored = ignored;
  }

  /** The kubelet runs with all its files as they are now. */
  get isSettled(): boolean {
    const own = [...this.entries].filter(([path]) => /kubelet(\.conf|\.service|\/config\.yaml|\/.*\.env)/.test(path));
    const newest = Math.max(...own.map(([, { modified }]) => modified));
    return this.isKubeletRunning && (this.services.get('kubelet')?.since ?? 0) >= newest;
  }

  /** The cluster as it is reached through this machine, with the rights of its kubeconfig. Throws where nothing answers yet. */
  readonly kube = async (as?: 'super-admin'): Promise<KubeClient> => {
    this.power.require();
    const runsHere =
      this.isKubeletRunning &&
      [`kube-apiserver`, 'etcd'].every((pod) => this.text(`${manifestsDirectory}/${pod}.yaml`));
    if (!this.#elsewhere && !(runsHere && this.text('/etc/kubernetes/admin.conf')))
      throw new KubeError(0, 'Unreachable', 'connect ECONNREFUSED');
    return poweredKube(this.#cluster.as(this.#identity(as)), this.power);
  };

  /** The cluster with the rights of the administrator's kubeconfig that lies here. */
  readonly administrator = async (): Promise<KubeClient> => {
    this.power.require();
    return poweredKube(this.#cluster.as(this.#kubeconfigIdentity('admin')), this.power);
  };

  /** Whom the kubeconfig that lies here names; where the control plane is elsewhere, its administrator. */
  #identity(as: 'super-admin' | undefined): Identity {
    return this.#elsewhere ? masters : this.#kubeconfigIdentity(as ?? 'admin');
  }

  #kubeconfigIdentity(name: string): Identity {
    const path = `/etc/kubernetes/${name}.conf`;
    const text = this.text(path);
    if (text === undefined) throw new KinitError(`${path} is missing`, { host: this.name });
    return certificateIdentity(readKubeconfig(text, path).clientCertificate ?? '');
  }

  override async observe(wanted: Wanted): Promise<Seen> {
    this.power.require();
    return super.observe(wanted);
  }

  override async perform(
    operations: readonly Operation[],
    { signal }: { readonly signal?: AbortSignal } = {},
  ): Promise<readonly OperationResult[]> {
    const results: OperationResult[] = [];
    const roundTrips = this.roundTrips + 1;
    for (const [index, operation] of operations.entries()) {
      if (signal?.aborted) throw new KinitError('interrupted', { host: this.name, exitCode: exitCodes.interrupted });
      this.power.spend();
      const words = wordsOf(operation);
      this.done.push(words);
      const result = await this.#performOne(operation, words);
      results.push({ ...result, index });
      if (result.code !== 0) break;
      await this.onOperation(words);
    }
    this.roundTrips = roundTrips;
    return results;
  }

  override async run(argv: readonly string[], options?: RunOptions) {
    this.power.require();
    return super.run(argv, options);
  }

  override async write(files: readonly FileWrite[]): Promise<void> {
    for (const file of files) {
      this.power.spend();
      await super.write([file]);
    }
  }

  /** Every file with its mode, and what is in it. */
  files(): ReadonlyMap<string, { readonly mode: number; readonly text: string }> {
    const files = [...this.entries].flatMap(([path, entry]) =>
      entry.type === 'file' ? [[path, { mode: entry.mode, text: entry.content.toString('utf8') }] as const] : [],
    );
    return new Map(files.sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  async #performOne(operation: Operation, words: string): Promise<OperationResult> {
    const { fails } = this;
    if (fails && words.startsWith(fails.operation)) return { index: 0, code: 1, stdout: '', stderr: fails.stderr };
    const [result] = await super.perform([operation]);
    if (result === undefined) throw new Error(`no result of ${words}`);
    await this.#syncPods();
    return result;
  }

  #factsNow(): Facts {
    const pods = [...this.entries.keys()].filter((path) => path.startsWith(`${manifestsDirectory}/`));
    const ports = [
      ...(this.isKubeletRunning ? [10250, 10248] : []),
      ...(this.isKubeletRunning && pods.length >= 4 ? [6443, 2379, 2380, 10257, 10259] : []),
    ];
    return {
      ...this.#facts,
      listening: ports.map((port) => ({ address: '*', port, process: undefined })),
      runtimes: this.#facts.runtimes.map((runtime) => ({ ...runtime, images: [...runtime.images, ...this.pulled] })),
      kubernetesFiles: [...this.files().keys()].filter((path) => /^\/(etc\/kubernetes|var\/lib\/etcd)\//.test(path)),
    };
  }

  /** Health endpoints: the kubelet's, plain HTTP, and those of the control plane's components, which have their own certificate. */
  async #listener(port: number): Promise<Duplex> {
    this.power.require();
    const component = components[port];
    const listens = component === undefined || this.text(`${manifestsDirectory}/${component}.yaml`) !== undefined;
    if (!(port === 10248 || component) || !this.isKubeletRunning || !listens)
      throw new Error(`connect ECONNREFUSED ${port}`);
    const [near, far] = duplexPair();
    const answer: RequestListener = (_, response) => void response.end('ok');
    const server = component
      ? httpsServer({ cert: own.certificate, key: own.key.reveal() }, answer)
      : httpServer(answer);
    server.emit('connection', far);
    return near;
  }

  /** An API server on the machine itself needs an etcd beside it that votes. */
  #isServed(): boolean {
    const address = this.#facts.defaultAddress.v4 ?? '';
    if (this.#etcd === undefined || !this.text(kubeletConf)?.includes(`server: https://${address}:`)) return true;
    return (
      this.#etcd.isVoting(`https://${address}:2380`) &&
      this.text(`${manifestsDirectory}/kube-apiserver.yaml`) !== undefined
    );
  }

  async #syncPods(): Promise<void> {
    await this.#syncEtcd();
    if (this.#showsPods && this.isKubeletRunning) await showStaticPods(this, this.#cluster, this.#facts.hostname);
  }

  /** The kubelet runs etcd's pod as its manifest says, and ends it with its manifest. */
  async #syncEtcd(): Promise<void> {
    if (this.#etcd === undefined || !this.isKubeletRunning) return;
    const manifest = this.text(`${manifestsDirectory}/etcd.yaml`);
    const address = this.#facts.defaultAddress.v4 ?? '';
    const clientURL = `https://${address}:2379`;
    if (manifest === undefined) return this.#etcd.stop(clientURL);
    if (!this.hasEtcdImage) return;
    const flag = (name: string) => new RegExp(`--${name}=(\\S+)`).exec(manifest)?.[1] ?? '';
    const data = `${flag('data-dir')}/member/id`;
    const flags = { name: flag('name'), peerURL: flag('initial-advertise-peer-urls'), clientURL };
    const id = this.#etcd.start(flags, flag('initial-cluster'), this.text(data));
    if (id !== undefined && this.text(data) === undefined) this.place(data, id, 0o600);
  }

  /** A member's client port. A run that was killed hears nothing of it any more. */
  async #etcdAt(host: string): Promise<Duplex> {
    try {
      this.power.require();
    } catch (cause) {
      throw new KinitError('killed', { exitCode: exitCodes.interrupted, cause });
    }
    if (this.#etcd === undefined) throw new Error(`connect ECONNREFUSED ${host}:2379`);
    return this.#etcd.connect(`https://${host}:2379`);
  }
}

function wordsOf(operation: Operation): string {
  switch (operation.op) {
    case 'write':
      return `write ${operation.file.path}`;
    case 'run':
      return operation.argv.join(' ');
    case 'copy':
      return `copy ${operation.from} ${operation.to}`;
    default:
      return `${operation.op} ${operation.path}`;
  }
}
