import type { KubeObject } from '../../src/kube/client.ts';
import { bootstrapKubeletConf, kubeletClientCurrent, kubeletConf, kubeletFlagsFile } from '../../src/release/paths.ts';
import type { FakeHost, Script } from './host.ts';
import type { FakeKube } from './kube.ts';

export interface FakeKubeletOptions {
  readonly cluster: FakeKube;
  readonly hostname: string;
  /** Runs what the manifests of static pods say, and ends what they do not say any more. */
  readonly runPods: () => Promise<void>;
  /** The API server that its credentials name can answer. */
  readonly isServed: () => boolean;
}

/**
 * The kubelet of a machine in memory: it reads its files when it starts, runs static pods, gets its certificate with its
 * bootstrap credentials and registers its node.
 */
export class FakeKubelet {
  /** The cluster never answers its request for a certificate. */
  isIgnored = false;
  readonly #machine: FakeHost;
  readonly #options: FakeKubeletOptions;

  constructor(machine: FakeHost, options: FakeKubeletOptions) {
    this.#machine = machine;
    this.#options = options;
  }

  get isRunning(): boolean {
    return this.#machine.services.get('kubelet')?.active === true;
  }

  /** Its service started anew, with its files as they are now. */
  async start(): Promise<void> {
    const newest = Math.max(...[...this.#machine.entries.values()].map(({ modified }) => modified));
    this.#set({ active: true, since: newest });
    await this.sync();
  }

  /** It goes on with the manifests and credentials that lie there now. */
  async sync(): Promise<void> {
    if (!this.isRunning) return;
    await this.#options.runPods();
    await this.bootstrap();
  }

  enable(): void {
    this.#set({ enabled: true });
  }

  /** Its certificate and its Node, once the API server that its credentials name can answer. */
  async bootstrap(): Promise<void> {
    if (!this.isRunning) return;
    const text = (path: string) => this.#machine.text(path);
    const hasCertificate = text(kubeletConf)?.includes('client-certificate-data') || text(kubeletClientCurrent);
    if (!hasCertificate && text(bootstrapKubeletConf)) {
      if (!text(kubeletConf)) this.#machine.place(kubeletConf, this.#rotating(), 0o600);
    } else if (!hasCertificate) return;
    if (this.isIgnored || !this.#options.isServed()) return;
    this.#machine.place(kubeletClientCurrent, 'PEM\n', 0o600);
    const node = nodeObject(this.#nodeName());
    const { cluster } = this.#options;
    if (!cluster.objects('Node').some(({ metadata }) => metadata.name === node.metadata.name))
      await cluster.create(node);
  }

  #nodeName(): string {
    const flags = this.#machine.text(kubeletFlagsFile) ?? '';
    return /--hostname-override=([^" ]+)/.exec(flags)?.[1] ?? this.#options.hostname;
  }

  /** What it writes before it asks for a certificate: the CA and the server of its bootstrap credentials. */
  #rotating(): string {
    return (this.#machine.text(bootstrapKubeletConf) ?? '')
      .replace(/token: .*/, `client-certificate: ${kubeletClientCurrent}\n    client-key: ${kubeletClientCurrent}`)
      .replaceAll('tls-bootstrap-token-user', 'default-auth');
  }

  #set(state: { readonly active?: boolean; readonly enabled?: boolean; readonly since?: number }): void {
    const before = this.#machine.services.get('kubelet') ?? { active: false, enabled: false, since: 0 };
    this.#machine.services.set('kubelet', { ...before, exists: true, ...state });
  }
}

/** What a host answers where the commands are about its kubelet, which is there when they run. */
export function kubeletCommands(kubelet: () => FakeKubelet, machine: () => FakeHost): Readonly<Record<string, Script>> {
  return {
    'systemctl daemon-reload': {},
    'systemctl enable --quiet --no-reload kubelet': () => {
      kubelet().enable();
      return {};
    },
    'systemctl restart kubelet': async () => {
      await kubelet().start();
      return {};
    },
    // Until the kubelet has written its certificate.
    'sh -c until [ -s "$1" ]; do': async (argv) => {
      await kubelet().bootstrap();
      return { code: machine().text(argv[4] ?? '') ? 0 : 124 };
    },
  };
}

function nodeObject(name: string): KubeObject {
  const status = { conditions: [{ type: 'Ready', status: 'True' }] };
  const metadata = { name, labels: { 'kubernetes.io/hostname': name } };
  return { apiVersion: 'v1', kind: 'Node', metadata, spec: {}, status };
}
