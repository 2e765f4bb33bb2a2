import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import type { Duplex } from 'node:stream';
import { KinitError } from '../../src/errors.ts';
import type { Facts } from '../../src/host/facts/facts.ts';
import type { ConnectTarget, Operation } from '../../src/host/host.ts';
import { ownEndpointName } from '../../src/inventory/endpoint.ts';
import { Secret } from '../../src/secret.ts';
import { filesInOrder, perfect } from '../unit/preflight/hosts.ts';
import { FakeCentos } from './centos.ts';
import { FakeHost, type FakeHostOptions } from './host.ts';
import { FakeKube } from './kube.ts';
import { type KubeServer, kubeServer } from './kube-server.ts';
import { FakeKubelet, kubeletCommands } from './kubelet.ts';

const version = 'v1.31.0';
const manifest = '/etc/kubernetes/manifests/kube-apiserver.yaml';

/**
 * Machines in memory whose kubelets do what kubelets do: the control plane's starts an API server with the certificates
 * that lie there, and each registers its node. Tests may let any machine fail at any moment.
 */
export class FakeRoom {
  readonly kube = new FakeKube();
  readonly hosts = new Map<string, RoomHost>();
  /** Called before each batch of operations on a machine; throws where the test wants a machine to fail. */
  beforePerform: (host: string) => void = () => {};
  /** The API server refuses connections. */
  isSilent = false;
  #api: KubeServer | undefined;
  readonly #kubelets: Server = createServer((_, response) => response.end('ok'));

  async open(names: readonly string[]): Promise<this> {
    for (const [index, name] of names.entries()) this.hosts.set(name, bareHost(this, name, `10.0.0.${index + 11}`));
    await new Promise<void>((resolve) => this.#kubelets.listen(0, '127.0.0.1', resolve));
    return this;
  }

  host(name: string): RoomHost {
    const host = this.hosts.get(name);
    if (host === undefined) throw new Error(`no machine ${name} in this room`);
    return host;
  }

  /** The kubelet of a control plane starts the API server, with the certificates that lie there. */
  async runApiServer(host: RoomHost): Promise<void> {
    if (host.text(manifest) === undefined || this.#api !== undefined) return;
    const [certificate = '', key = ''] = ['crt', 'key'].map((kind) => host.text(`/etc/kubernetes/pki/ca.${kind}`));
    const authority = { certificate, key: new Secret(key) };
    this.#api = await kubeServer(this.kube, { authority, names: ['10.0.0.11', 'kubernetes', ownEndpointName] });
  }

  async connect(target: ConnectTarget): Promise<Duplex> {
    if ('path' in target) throw new Error(`nobody listens on ${target.path}`);
    if (target.port === 10248)
      return connect(((this.#kubelets.address() ?? { port: 0 }) as AddressInfo).port, '127.0.0.1');
    if (this.#api === undefined || this.isSilent) throw new Error(`connect ECONNREFUSED ${target.host}:${target.port}`);
    return connect(this.#api.port, '127.0.0.1');
  }

  async close(): Promise<void> {
    await this.#api?.close();
    this.#kubelets.closeAllConnections();
    await new Promise<void>((resolve) => this.#kubelets.close(() => resolve()));
  }
}

/** A bare CentOS machine of the room, whose packages have all that Kubernetes needs. */
function bareHost(room: FakeRoom, name: string, address: string): RoomHost {
  const images = new Set<string>();
  const host = (): RoomHost => centos.host as RoomHost;
  const centos = new FakeCentos('stream-9', {
    name,
    files: filesInOrder,
    offered: ['kubelet', 'kubeadm', 'kubectl'].map((program) => `${program}-${version.slice(1)}`),
    facts: {
      addresses: [{ interface: 'eth0', address, prefix: 24 }],
      defaultAddress: { v4: address, v6: undefined },
      identity: { machineId: name, productUuid: name, macs: [address] },
    },
    installed: (packages) => ({
      ...(packages.has('kubelet') ? withKubernetes([...images]) : {}),
      kubernetesFiles: [...host().entries.keys()].filter((path) => path.startsWith('/etc/kubernetes/')),
      ...host().facts,
    }),
    commands: {
      ...kubeletCommands(() => host().kubelet, host),
      'sed -n s/^ *server: *//p': (argv) => ({ stdout: serversIn(host().text(argv.at(-1) ?? '') ?? '') }),
      'getent ahosts': { stdout: `${address} STREAM ${name}\n` },
      crictl: (argv) => {
        images.add(argv.at(-1) ?? '');
        return {};
      },
    },
    make: (options) => new RoomHost(room, { ...options, connect: (target) => room.connect(target) }),
  });
  return host();
}

/** One machine of the room. */
export class RoomHost extends FakeHost {
  /** What its facts are beside those of its packages. */
  facts: Partial<Facts> = {};
  readonly kubelet: FakeKubelet;
  readonly #room: FakeRoom;

  constructor(room: FakeRoom, options: FakeHostOptions) {
    super(options);
    this.#room = room;
    this.kubelet = new FakeKubelet(this, {
      cluster: room.kube,
      hostname: this.name,
      runPods: () => room.runApiServer(this),
      isServed: () => true,
    });
  }

  override async perform(operations: readonly Operation[]) {
    this.#room.beforePerform(this.name);
    const results = await super.perform(operations);
    // A kubelet that runs already sees the manifests that come later.
    await this.kubelet.sync();
    return results;
  }
}

/** A machine that does not answer any more. */
export function silence(host: string): never {
  throw new KinitError('no answer within 75 s', { host });
}

function serversIn(kubeconfig: string): string {
  return [...kubeconfig.matchAll(/^ *server: *(.*)$/gm)].map(([, server]) => `${server}\n`).join('');
}

/** What the packages of Kubernetes and of a runtime bring. */
function withKubernetes(images: readonly string[]): Partial<Facts> {
  const { programs, kubeletVersion, runtime, runtimes } = perfect(version);
  const there = runtimes.map((one) => ({ ...one, images }));
  return { programs, kubeletVersion, runtime: { ...runtime, images }, runtimes: there };
}
