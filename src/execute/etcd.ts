import { defined } from '../defined.ts';
import { KinitError } from '../errors.ts';
import { type EtcdAlarm, memberAt } from '../etcd/members.ts';
import type { EtcdAnswer } from '../etcd/version.ts';
import type { Host } from '../host/host.ts';
import { Secret } from '../secret.ts';
import type { EtcdAccess, EtcdMemberChange } from './change.ts';
import { etcdDoor } from './etcd-access.ts';
import type { Reads, SeenEtcd } from './observed.ts';
import type { Target } from './target.ts';

/** Milliseconds: an etcd that is stopped must not hold up the rest. */
const retryForMs = 3000;

/** The members of etcd as seen from a host; a cluster that does not answer is an answer too. */
export async function seenEtcd(host: Host, access: EtcdAccess): Promise<SeenEtcd> {
  try {
    const door = await etcdDoor(host, access);
    const members = await door.ask((client) => client.members());
    const servers = members.flatMap(({ clientURLs }) => clientURLs);
    const [healthy, alarms] = await Promise.all([
      door.ask((client) => client.healthy(), { servers }),
      door.ask((client) => client.alarms()).catch(noneWithoutQuorum),
    ]);
    const isHealthy = (urls: readonly string[]) => urls.some((url) => healthy.has(url));
    return {
      members,
      alarms,
      healthy: new Set(members.filter((one) => isHealthy(one.clientURLs)).map(({ id }) => id)),
    };
  } catch (error) {
    if (!(error instanceof KinitError)) throw error;
    return { problem: error.message };
  }
}

/** etcd tells of alarms only where it can decide; elsewhere nobody is healthy. */
function noneWithoutQuorum(error: unknown): readonly EtcdAlarm[] {
  if (error instanceof KinitError) return [];
  throw error;
}

/** What an etcd outside of the cluster answers to the host; undefined where nobody asks or a certificate is missing. */
export async function seenEtcdVersions(
  host: Host,
  { etcdVersions: access }: Reads,
): Promise<readonly EtcdAnswer[] | undefined> {
  if (access === undefined) return undefined;
  const { etcdVersions } = await import('../etcd/version.ts');
  const { servers, ...files } = access;
  const named = Object.values(files).filter(Boolean);
  const texts = named.length === 0 ? new Map<string, Buffer>() : await host.read(named);
  if (named.some((path) => !texts.has(path))) return undefined;
  const [ca, certificate, key] = [files.caFile, files.certFile, files.keyFile].map((path) =>
    texts.get(path)?.toString(),
  );
  return etcdVersions({
    servers,
    ...defined({ ca }),
    ...(certificate === undefined || key === undefined ? {} : { client: { certificate, key: new Secret(key) } }),
    dial: (target) => host.connect(target),
    retryForMs,
  });
}

/**
 * Takes a member out of its cluster, through one of the others. Throws KinitError where etcd refuses; where the change is
 * optional that is only told.
 */
export async function removeEtcdMember(change: EtcdMemberChange, { host, reporter }: Target): Promise<void> {
  try {
    await leaveCluster(host, change);
  } catch (error) {
    if (!(error instanceof KinitError)) throw error;
    const text = `the etcd member ${change.peerUrl} could not leave its cluster: ${error.message}`;
    if (!change.optional) {
      const hint = 'no file of the host was touched; run the same command again when etcd is healthy';
      throw new KinitError(text, { host: host.name, hint, cause: error });
    }
    const mend = 'if the cluster goes on without it, remove it there with etcdctl';
    reporter.report({ type: 'warning', host: host.name, text: `${text}; ${mend}` });
  }
}

async function leaveCluster(host: Host, { peerUrl, access, optional }: EtcdMemberChange): Promise<void> {
  const door = await etcdDoor(host, access);
  const members = await door.ask((client) => client.members());
  const own = memberAt(members, peerUrl);
  if (own === undefined) return;
  const others = members.filter(({ id }) => id !== own.id).flatMap(({ clientURLs }) => clientURLs);
  const servers = [...others, ...access.servers];
  await door.ask((client) => client.remove(own.id), { servers, retryForMs: optional ? retryForMs : removalRetryForMs });
}

/**
 * Milliseconds: kubeadm's etcdAPICall. etcd calls its cluster unhealthy for as long as a member has been connected for
 * less than five seconds.
 */
const removalRetryForMs = 120_000;
