import { posix } from 'node:path';
import type { LocalAPIEndpoint } from '../../config/types.ts';
import type { EtcdAccess } from '../../execute/change.ts';
import type { UndoEntry } from '../../execute/changes/undo-entry.ts';
import { parseJournal } from '../../execute/journal.ts';
import { undoRecord } from '../../execute/record-paths.ts';
import type { SeenFile } from '../../host/host.ts';
import {
  etcdDirectory,
  kubeletConfigFile,
  kubeletFlagsFile,
  kubeletInstanceConfigFile,
  kubernetesDirectory,
  staticPodFile,
} from '../../release/paths.ts';
import { apiServerPort, etcdClientPort } from '../../release/ports.ts';
import { tryParseVersion, type Version } from '../../release/version.ts';
import { parseYaml } from '../../yaml.ts';

/** What a host's own files tell of the cluster that it belongs to; no API server need answer. */
export interface Resident {
  readonly isControlPlane: boolean;
  /** Of the control plane. */
  readonly version: Version | undefined;
  readonly certificatesDir: string | undefined;
  /** Of its own API server; undefined where the manifest does not say. */
  readonly endpoint: LocalAPIEndpoint | undefined;
  readonly etcd: ResidentEtcd | undefined;
  readonly criSocket: string | undefined;
  /** What preparation changed, as it was before. */
  readonly prepared: readonly UndoEntry[];
}

export interface ResidentEtcd {
  /** Of its member; undefined where the manifest does not say. */
  readonly name: string | undefined;
  readonly dataDir: string;
  /** Where the others reach this member; undefined where the manifest does not say. */
  readonly peerUrl: string | undefined;
  /** Client URLs to ask, this host's first. */
  readonly servers: readonly string[];
}

const apiServerFile = staticPodFile('kube-apiserver');
const etcdFile = staticPodFile('etcd');

/** The files that tell. */
export const residentFiles: readonly string[] = [
  apiServerFile,
  etcdFile,
  kubeletFlagsFile,
  kubeletConfigFile,
  kubeletInstanceConfigFile,
  undoRecord,
];

/** What is broken or missing is simply not known. */
export function residentOf(files: ReadonlyMap<string, SeenFile>): Resident {
  const text = (path: string) => files.get(path)?.content?.toString('utf8') ?? '';
  const apiServer = podOf(text(apiServerFile));
  const image = apiServer?.image ?? '';
  const clientCa = absolute(apiServer?.argument('client-ca-file'));
  return {
    isControlPlane: files.get(apiServerFile)?.type === 'file',
    version: tryParseVersion(image.slice(image.lastIndexOf(':') + 1)),
    certificatesDir: clientCa?.endsWith('/ca.crt') ? clientCa.slice(0, -'/ca.crt'.length) : undefined,
    endpoint: endpointOf(apiServer),
    etcd: etcdOf(podOf(text(etcdFile))),
    criSocket: criSocketOf(text),
    prepared: preparedOf(text(undoRecord)),
  };
}

function preparedOf(record: string): readonly UndoEntry[] {
  try {
    return record === '' ? [] : parseJournal(record);
  } catch {
    return [];
  }
}

interface Pod {
  readonly image: string;
  argument(name: string): string | undefined;
  /** The host path of a volume. */
  volume(name: string): string | undefined;
}

function endpointOf(pod: Pod | undefined): LocalAPIEndpoint | undefined {
  const advertiseAddress = pod?.argument('advertise-address');
  const port = Number(pod?.argument('secure-port') ?? apiServerPort);
  return advertiseAddress === undefined || !Number.isInteger(port) ? undefined : { advertiseAddress, bindPort: port };
}

function etcdOf(pod: Pod | undefined): ResidentEtcd | undefined {
  if (pod === undefined) return undefined;
  const peerUrl = pod.argument('initial-advertise-peer-urls')?.split(',')[0];
  const peers = (pod.argument('initial-cluster') ?? '').split(',').map((member) => member.replace(/^[^=]*=/, ''));
  const others = peers.filter((url) => url !== peerUrl).flatMap(clientUrl);
  const own = pod.argument('listen-client-urls')?.split(',')[0] ?? `https://127.0.0.1:${etcdClientPort}`;
  return {
    name: pod.argument('name'),
    dataDir: absolute(pod.volume('etcd-data')) ?? absolute(pod.argument('data-dir')) ?? etcdDirectory,
    peerUrl,
    servers: [own, ...others].filter((url) => URL.canParse(url)),
  };
}

/** Where kubeadm has etcd's data where nobody says otherwise. */

/** The path without `..` and the like, which lead past what is looked at; undefined where it is none. */
function absolute(path: string | undefined): string | undefined {
  return path?.startsWith('/') ? posix.normalize(path).replace(/(?<=.)\/$/, '') : undefined;
}

/** How etcd's cluster is asked from the host; undefined where the host has no member, or its manifest does not say how. */
export function residentEtcdAccess({
  etcd,
  certificatesDir = `${kubernetesDirectory}/pki`,
}: Pick<Resident, 'etcd' | 'certificatesDir'>): EtcdAccess | undefined {
  if (etcd?.peerUrl === undefined) return undefined;
  const directory = `${certificatesDir}/etcd`;
  return {
    servers: etcd.servers,
    caFile: `${directory}/ca.crt`,
    certFile: `${directory}/healthcheck-client.crt`,
    keyFile: `${directory}/healthcheck-client.key`,
  };
}

/** kubeadm's members serve clients at the port below their peers'. */
function clientUrl(peerUrl: string): readonly string[] {
  return URL.canParse(peerUrl) ? [`https://${new URL(peerUrl).hostname}:${etcdClientPort}`] : [];
}

function criSocketOf(text: (path: string) => string): string | undefined {
  const flag = /--container-runtime-endpoint=([^\s"]+)/.exec(text(kubeletFlagsFile))?.[1];
  const field = [kubeletInstanceConfigFile, kubeletConfigFile]
    .map((path) => documentOf(text(path))?.['containerRuntimeEndpoint'])
    .find((value) => isText(value) && value !== '');
  return flag ?? (field as string | undefined);
}

/** Others may have edited it: what is not as it should be is not known. */
function podOf(manifest: string): Pod | undefined {
  const spec = fieldsOf(documentOf(manifest)?.['spec']);
  const [container] = listOf(spec['containers']);
  if (container === undefined) return undefined;
  const { image, command, args } = fieldsOf(container);
  const words = [...listOf(command), ...listOf(args)].filter(isText);
  const volumes = listOf(spec['volumes']).map(fieldsOf);
  return {
    image: isText(image) ? image : '',
    argument: (name) => words.findLast((word) => word.startsWith(`--${name}=`))?.slice(name.length + 3),
    volume: (name) => {
      const { path } = fieldsOf(volumes.find((volume) => volume['name'] === name)?.['hostPath']);
      return isText(path) ? path : undefined;
    },
  };
}

function documentOf(text: string): Fields | undefined {
  if (text.trim() === '') return undefined;
  try {
    return fieldsOf(parseYaml(text, 'a file of the host')[0]?.value);
  } catch {
    return undefined;
  }
}

type Fields = Readonly<Record<string, unknown>>;

function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {};
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}
