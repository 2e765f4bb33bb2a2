import { setTimeout as sleep } from 'node:timers/promises';
import { exitCodes, InputError, KinitError } from '../errors.ts';
import type { Dial } from '../https/connection.ts';
import { WrongAnswer } from '../https/failure.ts';
import { pinnedCertificates } from './ca-pin.ts';
import type { KubeClient, KubeObject } from './client.ts';
import {
  clusterInfoRef,
  clusterInfoText,
  type DiscoveredCluster,
  isSignedFor,
  unknownTokenHint,
  untrusted,
  verifyClusterInfo,
} from './cluster-info.ts';
import { KubeError } from './error.ts';
import { httpsKubeClient } from './https-client.ts';
import { parseToken, type TokenParts } from './token.ts';

export interface DiscoverySettings {
  /** `host:port` of the API server, as the user gave it. */
  readonly endpoint: string;
  readonly token: string;
  /** `sha256:<hex>`; empty only where the user has chosen to skip the check. */
  readonly caCertHashes: readonly string[];
  readonly unsafeSkipCAVerification: boolean;
  /** The joining host's network: `Host.connect`. */
  readonly dial?: Dial;
  /** Milliseconds for the API server to answer (kubeadm's timeouts.discovery; default 5 min). */
  readonly deadlineMs?: number;
  /** Milliseconds for the cluster to sign for a token that it may only just have got; default 60 s. */
  readonly signatureDeadlineMs?: number;
  readonly signal?: AbortSignal;
  /** Hears once of each reason to wait. */
  readonly onWait?: (reason: string) => void;
}

/**
 * The cluster behind an endpoint, trusted only when its cluster-info is signed with the token and its CA fits a pin, as
 * kubeadm does it: read without trust, verify, read again over TLS that the CA vouches for, compare. Throws KinitError:
 * exit 6 where trust is refused, 1 where nothing answers in time.
 */
export async function discover(settings: DiscoverySettings): Promise<DiscoveredCluster> {
  const token = parseToken(settings.token);
  if (!token)
    throw new InputError([
      {
        place: '--token',
        message: 'is no token: six characters, a dot, sixteen characters, such as `kinit token create` prints',
      },
    ]);
  if (settings.caCertHashes.length === 0 && !settings.unsafeSkipCAVerification) {
    throw new InputError(
      [{ place: '--discovery-token-ca-cert-hash', message: 'is missing' }],
      'take it from the join command; --discovery-token-unsafe-skip-ca-verification joins without it',
    );
  }
  const cluster = verifyClusterInfo(await untrustedClusterInfo(settings, token), token);
  if (settings.caCertHashes.length === 0) return cluster;
  const pinned = pinnedCertificates(cluster.caPem, settings.caCertHashes);
  if (pinned === undefined) {
    throw untrusted(
      `the CA of ${settings.endpoint} fits none of the given --discovery-token-ca-cert-hash`,
      'it is another cluster, or the hash is of an older CA: `kinit token create --print-join-command` on a control-plane node prints the right one',
    );
  }
  await confirm(settings, cluster, pinned);
  return cluster;
}

async function untrustedClusterInfo(settings: DiscoverySettings, token: TokenParts): Promise<KubeObject> {
  const client = clientFor(settings, { insecure: true });
  const { deadlineMs = 5 * 60_000, signatureDeadlineMs = 60_000 } = settings;
  const start = Date.now();
  let answeredAt: number | undefined;
  const told = new Set<string>();
  try {
    for (let pause = 200; ; pause = Math.min(pause * 1.5, 1000)) {
      const { signed, reason, failure } = await look(client, token);
      if (signed) return signed;
      if (failure === undefined) answeredAt ??= Date.now();
      const limit =
        answeredAt === undefined ? start + deadlineMs : Math.min(start + deadlineMs, answeredAt + signatureDeadlineMs);
      if (Date.now() + pause > limit) throw failure ?? untrusted(`${reason} at ${settings.endpoint}`, unknownTokenHint);
      if (!told.has(reason)) settings.onWait?.(reason);
      told.add(reason);
      await sleep(pause, undefined, settings.signal ? { signal: settings.signal } : {});
    }
  } finally {
    client.close();
  }
}

interface Look {
  readonly signed?: KubeObject;
  /** What is waited for. */
  readonly reason: string;
  /** What to say if this never changes. */
  readonly failure?: unknown;
}

/** One question; throws only what waiting cannot mend. */
async function look(client: KubeClient, token: TokenParts): Promise<Look> {
  try {
    const found = await client.get(clusterInfoRef);
    if (found && isSignedFor(found, token)) return { signed: found, reason: '' };
    if (found) return { reason: `the cluster has no signature for the token ${token.id}` };
    return { reason: 'no cluster-info yet', failure: notPublished(client.server) };
  } catch (error) {
    if (error instanceof WrongAnswer) throw error;
    if (!(error instanceof KinitError) || error.exitCode !== exitCodes.phaseFailed) throw error;
    const refused = error instanceof KubeError && (error.status === 401 || error.status === 403);
    return { reason: error.message, failure: refused ? anonymousRefused(client.server, error) : error };
  }
}

function notPublished(server: string): KinitError {
  return new KinitError(`${server} publishes no cluster-info`, {
    hint: 'run `kinit init phase bootstrap-token` on its control plane, or join with --discovery-file',
  });
}

function anonymousRefused(server: string, cause: KubeError): KinitError {
  return new KinitError(`${server} lets nobody read cluster-info without credentials`, {
    cause,
    hint: 'run `kinit init phase bootstrap-token` on its control plane, or join with --discovery-file',
  });
}

/**
 * The same words over TLS that the pinned CA vouches for: nobody stood in between. Who has the token could have put a CA of
 * his own beside the pinned one, so none but that counts here.
 */
async function confirm(settings: DiscoverySettings, cluster: DiscoveredCluster, pinned: string): Promise<void> {
  const client = clientFor(settings, { ca: pinned, retryForMs: 10_000 });
  try {
    const again = await client.get(clusterInfoRef);
    if (again && clusterInfoText(again) === cluster.kubeconfig) return;
    throw untrusted(
      `${settings.endpoint} tells another identity over verified TLS than before`,
      'somebody may stand between this host and the cluster, or its cluster-info is just being changed: try again',
    );
  } finally {
    client.close();
  }
}

/** An object of an API server has at most 1.5 MiB; who answers is not trusted yet. */
const longestAnswer = 4 * 1024 * 1024;

function clientFor(
  { endpoint, dial, signal }: DiscoverySettings,
  trust: { readonly insecure: true } | { readonly ca: string; readonly retryForMs: number },
): KubeClient {
  return httpsKubeClient({
    server: `https://${endpoint}`,
    timeoutMs: 10_000,
    maxBytes: longestAnswer,
    retryForMs: 0,
    ...(dial ? { dial } : {}),
    ...(signal ? { signal } : {}),
    ...trust,
  });
}
