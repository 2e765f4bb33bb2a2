import { hostPort } from '../../config/network.ts';
import type { NodeFacts } from '../../config/node-facts.ts';
import type { InitConfig, LocalAPIEndpoint } from '../../config/types.ts';
import { KinitError } from '../../errors.ts';
import type { Host } from '../../host/host.ts';
import { kubernetesDirectory } from '../../release/paths.ts';
import { type Release, releaseFor } from '../../release/release.ts';
import { newestVersion } from '../../release/served.ts';
import { parseVersion, type Version } from '../../release/version.ts';
import { readText } from '../input/files.ts';
import type { TargetFlags } from '../input/targets.ts';
import type { Io } from '../io.ts';
import type { Session } from '../session.ts';

/** The flags by which a command about certificates finds the cluster's configuration. */
export interface CertificateFlags extends TargetFlags {
  readonly config?: string;
  readonly certDir?: string;
  readonly kubeconfig?: string;
  readonly kubeconfigDir?: string;
}

export interface CertificateSettings {
  readonly config: InitConfig;
  readonly release: Release;
  readonly kubernetesDirectory: string;
}

/** What a command hands over to find the configuration. */
export interface CertificateCommand {
  readonly io: Io;
  readonly session: Session;
  /** The command's name in the lines of its story. */
  readonly says?: string;
  readonly facts?: NodeFacts;
}

/**
 * The configuration that certificates follow: --config, else what the cluster stores, else the defaults, so that a
 * cluster that is down can be mended; --cert-dir wins over all (kubeadm app/cmd/certs.go getInternalCfg). Throws InputError where --config is bad.
 */
export async function certificateSettings(
  host: Host,
  flags: CertificateFlags,
  command: CertificateCommand,
): Promise<CertificateSettings> {
  const directory = flags.kubeconfigDir ?? kubernetesDirectory;
  const found = await configured(host, flags, command);
  const config = found.config;
  const cluster = { ...config.cluster, certificatesDir: flags.certDir ?? config.cluster.certificatesDir };
  return { config: { ...config, cluster }, release: found.release, kubernetesDirectory: directory };
}

async function configured(host: Host, flags: CertificateFlags, { io, session, says, facts }: CertificateCommand) {
  const say = (text: string) => says !== undefined && io.stderr.write(`[${says}] ${text}`);
  const fallback = () => controlPlaneVersion(host, flags.kubeconfigDir ?? kubernetesDirectory);
  if (flags.config !== undefined) return complete(await readText(flags.config, io), flags.config, fallback, facts);
  const kubeconfigs = await administrators(host, flags);
  if (kubeconfigs.length > 0) {
    say(`Reading configuration from the "kubeadm-config" ConfigMap in namespace "kube-system"...\n`);
    const stored = await storedConfiguration(host, kubeconfigs, await ownEndpoint(host, flags), session);
    const read = stored && (await complete(stored, 'kubeadm-config', fallback, facts).catch(() => undefined));
    if (read) return read;
    say('Error reading configuration from the Cluster. Falling back to default configuration\n\n');
  }
  return complete(undefined, '', fallback, facts);
}

async function complete(
  text: string | undefined,
  file: string,
  fallback: () => Promise<Version>,
  facts: NodeFacts | undefined,
) {
  const { completeInit, initRequest } = await import('../../config/init.ts');
  const { readConfigFile } = await import('../../config/read.ts');
  const { anyNode } = await import('../../config/node-facts.ts');
  const documents =
    text === undefined ? undefined : await readConfigFile(text, file, { lenient: file === 'kubeadm-config' });
  const request = initRequest({ documents, flags: {} });
  const wished = request.version && 'exact' in request.version ? request.version.exact : undefined;
  const version = wished ?? (await fallback());
  const unused = () => 'abcdef.0123456789abcdef';
  const config = completeInit(request, { facts: facts ?? anyNode, version, newToken: unused });
  return { config, release: releaseFor(version) };
}

interface Administrator {
  readonly path: string;
  readonly text: string;
}

/** The kubeconfigs that may read it, the one with fewer rights first; without any, nobody is asked. */
async function administrators(host: Host, { kubeconfig, kubeconfigDir = kubernetesDirectory }: CertificateFlags) {
  const paths =
    kubeconfig === undefined ? ['admin', 'super-admin'].map((name) => `${kubeconfigDir}/${name}.conf`) : [kubeconfig];
  const found = await host.read(paths);
  return paths.flatMap((path) => {
    const text = found.get(path)?.toString('utf8');
    return text === undefined ? [] : [{ path, text }];
  });
}

/**
 * The ClusterConfiguration in kubeadm-config, as the host reaches it: by its own API server first, with the first kubeconfig
 * that the cluster lets in; undefined where it does not answer.
 */
async function storedConfiguration(
  host: Host,
  [kubeconfig, ...others]: readonly Administrator[],
  own: LocalAPIEndpoint | undefined,
  session: Session,
): Promise<string | undefined> {
  if (kubeconfig === undefined) return undefined;
  const { ownFirst } = await import('../../workflows/host-clients.ts');
  try {
    return await ownFirst(own, (endpoint) => configurationFrom(host, kubeconfig, endpoint, session));
  } catch (error) {
    const { KubeError } = await import('../../kube/error.ts');
    if (error instanceof KubeError && error.status === 403) return storedConfiguration(host, others, own, session);
    if (error instanceof KinitError) return undefined;
    throw error;
  }
}

async function configurationFrom(
  host: Host,
  { path, text }: Administrator,
  endpoint: LocalAPIEndpoint | undefined,
  session: Session,
): Promise<string | undefined> {
  const { kubeconfigClient } = await import('../../kube/kubeconfig-client.ts');
  const { hostKubeconfig } = await import('../../workflows/host-kubeconfig.ts');
  const patience = { timeoutMs: 5000, retryForMs: 0, signal: session.run.signal };
  const read = await hostKubeconfig(host, path, text);
  const server = endpoint ? `https://${hostPort(endpoint.advertiseAddress, endpoint.bindPort)}` : read.server;
  const kube = session.closing(kubeconfigClient({ ...read, server }, (target) => host.connect(target), patience));
  const ref = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'kube-system', name: 'kubeadm-config' };
  const data = (await kube.get(ref))?.['data'] as Readonly<Record<string, string>> | undefined;
  return data?.['ClusterConfiguration'];
}

/** The version of the API server's static pod, else the newest: what to do as when nobody says. */
async function controlPlaneVersion(host: Host, directory: string): Promise<Version> {
  return (await controlPlaneIn(host, directory))?.release.version ?? parseVersion(newestVersion);
}

/** Of the control plane's own API server. */
export async function ownEndpoint(
  host: Host,
  { kubeconfigDir = kubernetesDirectory }: CertificateFlags,
): Promise<LocalAPIEndpoint | undefined> {
  return (await controlPlaneIn(host, kubeconfigDir))?.endpoint;
}

async function controlPlaneIn(host: Host, directory: string) {
  const { localControlPlane } = await import('../../workflows/node/local-control-plane.ts');
  return localControlPlane(host, `${directory}/manifests`);
}
