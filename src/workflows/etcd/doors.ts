import { exitCodes, KinitError } from '../../errors.ts';
import type { EtcdClient } from '../../etcd/gateway.ts';
import type { EtcdAlarm, EtcdMember } from '../../etcd/members.ts';
import type { EtcdAccess } from '../../execute/change.ts';
import { type AskingEtcd, type EtcdDoor, etcdDoor } from '../../execute/etcd-access.ts';
import type { Host } from '../../host/host.ts';
import { caCertHash } from '../../kube/ca-pin.ts';
import { residentEtcdAccess, residentFiles, residentOf } from '../../phases/reset/resident.ts';
import { pkiDirectory } from '../../release/paths.ts';

/** The etcd of a cluster, of which each member is asked through its own host where that is reached, else through another. */
export interface EtcdDoors {
  readonly members: readonly EtcdMember[];
  /** The pin of the CA of the Kubernetes that it belongs to: `sha256:…`. */
  readonly cluster: string;
  ask<T>(member: EtcdMember, question: (client: EtcdClient) => Promise<T>, how?: AskingEtcd): Promise<T>;
  /** What any of them answers, for the whole cluster. */
  askAny<T>(question: (client: EtcdClient) => Promise<T>): Promise<T>;
  /** What members say is wrong with them; none where no quorum is left to tell. */
  alarms(): Promise<readonly EtcdAlarm[]>;
  /** The host through which a member is asked. */
  hostOf(member: EtcdMember): Host;
  /** The control planes that were reached and have a member. */
  readonly places: readonly EtcdPlace[];
}

/** A control plane with a member of etcd. */
export interface EtcdPlace {
  readonly host: Host;
  /** By its flags; that of its node where kubeadm or kinit has made it. */
  readonly name: string;
  readonly peerUrl: string;
  readonly access: EtcdAccess;
  /** Of the PKI. */
  readonly certificatesDir: string;
}

interface OpenDoor extends EtcdPlace {
  readonly door: EtcdDoor;
  readonly cluster: string;
}

/** Milliseconds for a member that is silent: another one may answer. */
const shortly = { retryForMs: 0, timeoutMs: 5000 };

/** Looks at control planes. Throws KinitError where none of them has a member of etcd (exit 2), or where none answers. */
export async function etcdDoors(hosts: readonly Host[]): Promise<EtcdDoors> {
  const opened = await Promise.all(hosts.map(openDoor));
  const open = opened.filter((one): one is OpenDoor => one !== undefined);
  let failure: unknown = noEtcd(hosts);
  for (const first of open) {
    try {
      const members = await first.door.ask((client) => client.members(), { timeoutMs: shortly.timeoutMs });
      return doorsOf(members, first, open);
    } catch (error) {
      if (!(error instanceof KinitError)) throw error;
      failure = error;
    }
  }
  throw failure;
}

function doorsOf(members: readonly EtcdMember[], first: OpenDoor, open: readonly OpenDoor[]): EtcdDoors {
  const through = ({ peerURLs }: EtcdMember) => open.find(({ peerUrl }) => peerURLs.includes(peerUrl)) ?? first;
  return {
    members,
    cluster: first.cluster,
    ask: (member, question, how) => through(member).door.ask(question, { servers: member.clientURLs, ...how }),
    askAny: (question) => first.door.ask(question, { timeoutMs: shortly.timeoutMs }),
    async alarms() {
      try {
        return await first.door.ask((client) => client.alarms(), shortly);
      } catch (error) {
        if (error instanceof KinitError) return [];
        throw error;
      }
    },
    hostOf: (member) => through(member).host,
    places: open,
  };
}

/** undefined where the host has no member. */
async function openDoor(host: Host): Promise<OpenDoor | undefined> {
  const { files } = await host.observe({ files: residentFiles });
  const resident = residentOf(files);
  const access = residentEtcdAccess(resident);
  const { peerUrl, name = host.name } = resident.etcd ?? {};
  if (access === undefined || peerUrl === undefined) return undefined;
  const certificatesDir = resident.certificatesDir ?? pkiDirectory;
  const caFile = `${certificatesDir}/ca.crt`;
  const ca = (await host.observe({ files: [caFile] })).files.get(caFile)?.content?.toString('utf8') ?? '';
  if (ca === '')
    throw new KinitError(`${caFile} is missing, so it is not known which cluster this is`, { host: host.name });
  const door = await etcdDoor(host, access);
  return { host, name, peerUrl, access, certificatesDir, door, cluster: caCertHash(ca) };
}

function noEtcd(hosts: readonly Host[]): KinitError {
  const [only] = hosts;
  const where = hosts.length === 1 && only !== undefined ? { host: only.name } : {};
  return new KinitError('no member of etcd runs as a static pod there', {
    ...where,
    exitCode: exitCodes.preflight,
    hint: 'name control planes with --host or --config, or run this on one; an external etcd is backed up where it runs',
  });
}
