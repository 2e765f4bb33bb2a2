import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import type { Duplex } from 'node:stream';
import { KinitError } from '../../src/errors.ts';
import type { Facts } from '../../src/host/facts/facts.ts';
import type { ConnectTarget, Operation } from '../../src/host/host.ts';
import { ownEndpointName } from '../../src/inventory/endpoint.ts';
import type { KubeObject } from '../../src/kube/client.ts';
import { Secret } from '../../src/secret.ts';
import { perfect } from '../unit/preflight/hosts.ts';
import { FakeHost } from './host.ts';
import { FakeKube } from './kube.ts';
import { type KubeServer, kubeServer } from './kube-server.ts';

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
    for (const [index, name] of names.entries()) this.hosts.set(name, new RoomHost(this, name, `10.0.0.${index + 11}`));
    await new Promise<void>((resolve) => this.#kubelets.listen(0, '127.0.0.1', resolve));
    return this;
  }

  host(name: string): RoomHost {
    const host = this.hosts.get(name);
    if (host === undefined) throw new Error(`no machine ${name} in this room`);
    return host;
  }

  /** What a kubelet does when it starts. */
  async startKubelet(host: RoomHost): Promise<void> {
    if (host.text(manifest) !== undefined && this.#api === undefined) {
      const [certificate = '', key = ''] = ['crt', 'key'].map((kind) => host.text(`/etc/kubernetes/pki/ca.${kind}`));
      const authority = { certificate, key: new Secret(key) };
      this.#api = await kubeServer(this.kube, { authority, names: ['10.0.0.11', 'kubernetes', ownEndpointName] });
    }
    if (host.text('/etc/kubernetes/kubelet.conf') === undefined) {
      if (host.text('/etc/kubernetes/bootstrap-kubelet.conf') === undefined) return;
      await host.write([
        {
          path: '/etc/kubernetes/kubelet.conf',
          content: host.text('/etc/kubernetes/bootstrap-kubelet.conf') ?? '',
          mode: 0o600,
        },
      ]);
    }
    await host.write([
      { path: '/var/lib/kubelet/pki/kubelet-client-current.pem', content: 'certificate\n', mode: 0o600 },
    ]);
    const there = this.kube.objects('Node').some(({ metadata }) => metadata.name === host.node);
    if (!there) await this.kube.create(readyNode(host.node));
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

/** One machine of the room. */
export class RoomHost extends FakeHost {
  readonly node: string;
  readonly images = new Set<string>();
  readonly #room: FakeRoom;

  constructor(room: FakeRoom, name: string, address: string) {
    const images = new Set<string>();
    const kubelet = async () => {
      await room.startKubelet(this);
      this.services.set('kubelet', { exists: true, active: true, enabled: true, since: Number.MAX_SAFE_INTEGER });
      return {};
    };
    super({
      name,
      get facts() {
        return factsOf(name, address, [...images]);
      },
      files: { '/usr/lib/systemd/system/kubelet.service': '[Service]\n' },
      commands: {
        'systemctl daemon-reload': {},
        'systemctl enable': {},
        'systemctl restart kubelet': kubelet,
        'getent ahosts': { stdout: `${address} STREAM ${name}\n` },
        crictl: (argv) => {
          images.add(argv.at(-1) ?? '');
          return {};
        },
        'sh -c until [ -s': {},
      },
      connect: (target) => room.connect(target),
    });
    this.node = name;
    this.images = images;
    this.#room = room;
  }

  override async perform(operations: readonly Operation[]) {
    this.#room.beforePerform(this.name);
    const results = await super.perform(operations);
    // A kubelet that runs already sees the manifests that come later.
    if (this.services.get('kubelet')?.active) await this.#room.startKubelet(this);
    return results;
  }
}

/** A machine that does not answer any more. */
export function silence(host: string): never {
  throw new KinitError('no answer within 75 s', { host });
}

function factsOf(hostname: string, address: string, images: readonly string[]): Facts {
  const facts = perfect(version);
  return {
    ...facts,
    hostname,
    addresses: [{ interface: 'eth0', address, prefix: 24 }],
    defaultAddress: { v4: address, v6: undefined },
    identity: { machineId: hostname, productUuid: hostname, macs: [address] },
    runtime: { ...facts.runtime, images },
    runtimes: facts.runtimes.map((runtime) => ({ ...runtime, images })),
  };
}

function readyNode(name: string): KubeObject {
  const conditions = [{ type: 'Ready', status: 'True' }];
  return { apiVersion: 'v1', kind: 'Node', metadata: { name, labels: {} }, spec: {}, status: { conditions } };
}
