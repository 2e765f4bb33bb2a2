import type { Observed, Reads } from '../execute/observed.ts';
import type { Facts } from '../host/facts/facts.ts';
import type { KubeObject } from '../kube/client.ts';
import { type Resident, residentFiles, residentOf } from '../phases/reset/resident.ts';
import { nothingOurs, type PreflightContext } from '../preflight/problem.ts';
import type { Subject } from '../preflight/subject.ts';
import {
  bootstrapKubeletConf,
  kubeletConf,
  kubeletConfigFile,
  kubeletFlagsFile,
  staticPodFiles,
} from '../release/paths.ts';
import { nearestRelease } from '../release/release.ts';
import { tryParseVersion } from '../release/version.ts';
import { parseYaml } from '../yaml.ts';
import type { Finding } from './finding.ts';
import { type ApiDoor, apiDoorQuestion } from './sights/api-door.ts';
import { type ContainerLog, containerLogsQuestion } from './sights/container-logs.ts';
import { credentialsQuestion, type HostCredentials } from './sights/credentials.ts';
import { kubeletLogQuestion } from './sights/kubelet-log.ts';
import { type PacketFilter, packetFilterQuestion } from './sights/packet-filter.ts';
import { type PodNetwork, podNetworkQuestion } from './sights/pod-network.ts';
import { podsByRuntimeQuestion } from './sights/pods-by-runtime.ts';
import { answerTo } from './sights/question.ts';
import { type Room, roomQuestion } from './sights/room.ts';
import { type Unit, unitsQuestion } from './sights/units.ts';

/** A host as the rules look at it: what preflight's checks look at, and what only a node has. */
export interface Patient extends PreflightContext {
  readonly resident: Resident;
  /** The name that its kubelet has in the cluster; that of the host where no certificate says another. */
  readonly nodeName: string;
  /** The kubelet has joined a cluster. */
  readonly isNode: boolean;
  /** The kubelet is about to join a cluster. */
  readonly isJoining: boolean;
  /** Of the kubelet, by name, without dashes. */
  readonly flags: ReadonlyMap<string, string>;
  readonly units: ReadonlyMap<string, Unit>;
  readonly kubeletLog: readonly string[];
  readonly containers: readonly ContainerLog[];
  readonly credentials: HostCredentials;
  readonly room: Room;
  readonly door: ApiDoor | undefined;
  readonly packetFilter: PacketFilter;
  readonly podNetwork: PodNetwork;
  readonly podsByRuntime: ReadonlyMap<string, number>;
  readonly beyond: Beyond;
}

/** What others than the host tell. */
export interface Beyond {
  /** What the cluster's API tells of this node; undefined where none answers. */
  readonly api?: ApiSight;
  /** What etcd's members tell of this one, and of all; `isLost`: nothing can be decided any more, wherever that is told. */
  readonly etcd?: { readonly findings: readonly Finding[]; readonly isLost: boolean };
  /** Seconds by which the host's clock is ahead (behind: below 0), where that is certain. */
  readonly clockOffset?: number;
  /** The API servers that answer on control planes that were looked at: the addresses that these have. */
  readonly servers?: readonly { readonly host: string; readonly addresses: readonly string[] }[];
}

export interface ApiSight {
  /** undefined where the cluster has no such node. */
  readonly node: KubeObject | undefined;
  /** Those of the node. */
  readonly pods: readonly KubeObject[];
  /** Of kube-proxy; undefined where its configuration does not say. */
  readonly proxyMode: string | undefined;
}

const questions = [
  unitsQuestion,
  kubeletLogQuestion,
  containerLogsQuestion,
  credentialsQuestion,
  roomQuestion,
  apiDoorQuestion,
  packetFilterQuestion,
  podNetworkQuestion,
  podsByRuntimeQuestion,
];

/** All that an examination looks at on a host: one round trip. Neither keys nor tokens are among it. */
export const patientReads: Reads = {
  facts: true,
  files: [...new Set([...residentFiles, ...staticPodFiles])],
  paths: [kubeletConf, bootstrapKubeletConf, ...staticPodFiles],
  commands: questions.map(({ argv }) => argv),
};

/** The host by what was seen of it. */
export function patientOf(observed: Observed & { readonly facts: Facts }, beyond: Beyond = {}): Patient {
  const { facts, files, paths, services, commands } = observed;
  const resident = residentOf(files);
  const release = nearestRelease(tryParseVersion(facts.kubeletVersion ?? '') ?? resident.version);
  const credentials = answerTo(credentialsQuestion, commands);
  const flags = flagsIn(textOf(files, kubeletFlagsFile));
  const nodeName = nameIn(credentials) ?? flags.get('hostname-override') ?? facts.hostname.toLowerCase();
  const subject: Subject = {
    role: resident.isControlPlane ? 'init' : 'join-worker',
    nodeName,
    criSocket: resident.criSocket ?? usualSocket(facts, release.preflight.dockershim),
    ...(resident.endpoint === undefined ? {} : { localAPIEndpoint: resident.endpoint }),
    kubelet: fieldsIn(textOf(files, kubeletConfigFile)),
  };
  const isJoining = paths.get(bootstrapKubeletConf)?.type === 'file';
  // A kubelet writes its kubeconfig before it has the certificate that is named there (pkg/kubelet/certificate/bootstrap).
  const isWaiting = isJoining && nodeCertificate(credentials) === undefined;
  return {
    facts,
    files,
    paths,
    services,
    commands,
    etcdVersions: [],
    subject,
    release,
    ours: { ...nothingOurs, node: true },
    resident,
    nodeName,
    isNode: paths.get(kubeletConf)?.type === 'file' && !isWaiting,
    isJoining,
    flags,
    units: answerTo(unitsQuestion, commands),
    kubeletLog: answerTo(kubeletLogQuestion, commands),
    containers: answerTo(containerLogsQuestion, commands),
    credentials,
    room: answerTo(roomQuestion, commands),
    door: answerTo(apiDoorQuestion, commands),
    packetFilter: answerTo(packetFilterQuestion, commands),
    podNetwork: answerTo(podNetworkQuestion, commands),
    podsByRuntime: answerTo(podsByRuntimeQuestion, commands),
    beyond,
  };
}

/** Whether its kubelet has joined a cluster, or is about to. */
export function isNodeToBe({ isNode, isJoining }: Pick<Patient, 'isNode' | 'isJoining'>): boolean {
  return isNode || isJoining;
}

/** The node's certificate for the API server. */
export function nodeCertificate({ certificates, kubeconfigs }: HostCredentials) {
  const rotated = [...certificates].find(([path]) => path.endsWith('/kubelet-client-current.pem'))?.[1];
  return rotated?.certificates?.[0] ?? kubeconfigs.get(kubeletConf)?.client;
}

function nameIn(credentials: HostCredentials): string | undefined {
  return /CN=system:node:(\S+)/.exec(nodeCertificate(credentials)?.subject ?? '')?.[1];
}

/** The kubelet's own choice where no flag and no field names one. */
function usualSocket({ runtimes }: Facts, dockershim: boolean): string {
  return dockershim ? '/var/run/docker.sock' : (runtimes[0]?.socket ?? '/var/run/containerd/containerd.sock');
}

function textOf(files: Observed['files'], path: string): string {
  return files.get(path)?.content?.toString('utf8') ?? '';
}

/** `KUBELET_KUBEADM_ARGS="--name=value --other"`. */
function flagsIn(text: string): ReadonlyMap<string, string> {
  const words = text.match(/--[\w-]+(?:=[^\s"]*)?/g) ?? [];
  return new Map(
    words.map((word) => {
      const [name = '', value = ''] = word.slice(2).split(/=(.*)/s);
      return [name, value];
    }),
  );
}

function fieldsIn(text: string): Readonly<Record<string, unknown>> {
  try {
    const value = text.trim() === '' ? undefined : parseYaml(text, kubeletConfigFile)[0]?.value;
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Readonly<Record<string, unknown>>)
      : {};
  } catch {
    // What is wrong with it the kubelet says.
    return {};
  }
}
