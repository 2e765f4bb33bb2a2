import { setTimeout as sleep } from 'node:timers/promises';
import type { KubeClient, KubeObject } from '../../kube/client.ts';
import { KubeError } from '../../kube/error.ts';
import { referenceTo } from '../../kube/resources.ts';
import { issue, type Signer } from '../../pki/certificate.ts';
import { requestedKey } from '../../pki/certificate-request.ts';
import type { CertificateSpec } from '../../pki/certificate-table.ts';
import type { Release } from '../../release/release.ts';
import type { Secret } from '../../secret.ts';

/**
 * Signs what the kubelets of joining nodes ask for while the cluster's controller manager does not. Right after `init`
 * that one takes up to 20 s (its lease, then its controllers one by one, 10 s of it in nodeipam), and a kubelet that got
 * no certificate in its first seconds takes 17 s more to notice the one it gets.
 */
export interface NodeSigner {
  /** The kubelet of this node is about to ask, with the token of this run. */
  expect(node: string): void;
}

export interface NodeSignerSettings {
  readonly kube: () => Promise<KubeClient>;
  /** The cluster's CA with its key, asked for when a node is expected; undefined where it is not to be had. */
  readonly authority: () => Promise<Signer | undefined>;
  readonly release: Release;
  /** Of this run alone: what asks with it is a kubelet of ours. */
  readonly token: () => Promise<Secret>;
  readonly now: number;
  readonly warn: (text: string) => void;
  /** The end of the run. */
  readonly signal: AbortSignal;
}

/** Milliseconds for which the controller manager has the word. */
const firstWord = 100;
const year = 365 * 24 * 3600;

/** What it cannot do it leaves to the controller manager, with a warning; it never fails a join. */
export function nodeSigner(settings: NodeSignerSettings): NodeSigner {
  const { kube, authority, release, token, now, warn, signal } = settings;
  const nodes = new Set<string>();
  let isWatching = false;

  async function watch(): Promise<void> {
    const [client, secret, signer] = await Promise.all([kube(), token(), authority()]);
    if (signer === undefined) return;
    const user = `system:bootstrap:${secret.reveal().slice(0, 6)}`;
    const query = { apiVersion: release.node.certificatesApi, kind: 'CertificateSigningRequest' };
    for await (const { type, object } of client.watch(query, signal)) {
      if (type === 'ADDED' && isKubelets(object, user)) void answer(object, { client, user, signer }).catch(tell);
    }
  }

  async function answer(request: KubeObject, { client, user, signer }: Asked): Promise<void> {
    await sleep(firstWord, undefined, { signal });
    const live = await client.get(referenceTo(request));
    // By now it may be another one of the same name.
    if (live === undefined || !isKubelets(live, user) || isDecided(live)) return;
    const asked = askedFor(specOf(live).request ?? '', nodes);
    if (asked === undefined) return;
    const { node, publicKey } = asked;
    // One certificate for a node, whoever holds the token.
    nodes.delete(node);
    try {
      const certificate = issue(clientOf(node), { publicKey, signer, now, release: release.pki });
      const approved = decisionsOf(live).includes('Approved') ? live : await client.update(approval(live), 'approval');
      const status = { ...statusOf(approved), certificate: Buffer.from(certificate).toString('base64') };
      await client.update({ ...approved, status }, 'status');
    } catch (error) {
      nodes.add(node);
      throw error;
    }
  }

  /** 409: the controller manager was faster. */
  function tell(error: unknown): void {
    if (signal.aborted || (error instanceof KubeError && error.status === 409)) return;
    warn(`a kubelet's certificate is left to the controller manager: ${String(error)}`);
  }

  return {
    expect(node) {
      nodes.add(node);
      if (isWatching) return;
      isWatching = true;
      void watch().catch(tell);
    },
  };
}

interface Asked {
  readonly client: KubeClient;
  /** Who asks with the token of this run. */
  readonly user: string;
  readonly signer: Signer;
}

interface RequestSpec {
  readonly request?: string;
  readonly signerName?: string;
  readonly username?: string;
  readonly usages?: readonly string[];
}

interface RequestStatus {
  readonly certificate?: string;
  readonly conditions?: readonly { readonly type: string }[];
}

const specOf = (request: KubeObject): RequestSpec => (request['spec'] ?? {}) as RequestSpec;
const statusOf = (request: KubeObject): RequestStatus => (request['status'] ?? {}) as RequestStatus;
const isDecided = (request: KubeObject): boolean =>
  statusOf(request).certificate !== undefined || decisionsOf(request).some((type) => type !== 'Approved');
const decisionsOf = (request: KubeObject): readonly string[] =>
  (statusOf(request).conditions ?? []).map(({ type }) => type);

/** What the signer of kubelets' client certificates takes (kubernetes.io/docs: certificate-signing-requests). */
const allowedUsages: ReadonlySet<string> = new Set(['digital signature', 'key encipherment', 'client auth']);

function isKubelets(request: KubeObject, user: string): boolean {
  const { signerName, username, usages = [] } = specOf(request);
  return (
    username === user &&
    signerName === 'kubernetes.io/kube-apiserver-client-kubelet' &&
    usages.includes('client auth') &&
    usages.every((usage) => allowedUsages.has(usage))
  );
}

function approval(request: KubeObject): KubeObject {
  const approved = {
    type: 'Approved',
    status: 'True',
    reason: 'KinitJoin',
    message: 'kinit joins this node and its kubelet asks with the token of that run',
  };
  const conditions = [...(statusOf(request).conditions ?? []), approved];
  return { ...request, status: { ...statusOf(request), conditions } };
}

/** The node that asks, if it is one that is expected, and its key. */
function askedFor(
  request: string,
  nodes: ReadonlySet<string>,
): { readonly node: string; readonly publicKey: string } | undefined {
  const pem = Buffer.from(request, 'base64').toString('utf8');
  for (const node of nodes) {
    const publicKey = requestedKey(pem, clientOf(node).subject);
    if (publicKey !== undefined) return { node, publicKey };
  }
  return undefined;
}

/** Its validity is the controller manager's default. */
function clientOf(node: string): CertificateSpec {
  return {
    name: 'kubelet-client',
    title: 'client certificate of a kubelet',
    path: 'kubelet-client',
    signer: 'ca',
    ca: false,
    subject: { commonName: `system:node:${node}`, organizations: ['system:nodes'] },
    dnsNames: [],
    ipAddresses: [],
    usages: ['clientAuth'],
    algorithm: 'ECDSA-P256',
    validitySeconds: year,
    start: 'signer',
  };
}
