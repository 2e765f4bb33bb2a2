import type { CriSockets } from '../release/config-api.ts';
import type { Release } from '../release/release.ts';
import { defaults, given } from './defaults.ts';
import type { InitDocument } from './documents.ts';
import { checkArguments } from './extra-arguments.ts';
import type { Report } from './findings.ts';
import type { NodeFacts } from './node-facts.ts';
import { isAbsolutePath, isSubdomain } from './rules.ts';
import type { Arg, ImagePullPolicy, NodeRegistration } from './types.ts';

export type NodeRegistrationDocument = NonNullable<InitDocument['nodeRegistration']>;

export interface NodeContext {
  readonly release: Release;
  readonly facts: NodeFacts;
  readonly report: Report;
  readonly warn: (message: string) => void;
}

/** How the node is registered: its name, its runtime's socket, its taints, its kubelet's own arguments. */
export function completeNodeRegistration(document: NodeRegistrationDocument, context: NodeContext): NodeRegistration {
  const name = (given(document.name) ?? context.facts.hostname).trim().toLowerCase();
  const registration: NodeRegistration = {
    name,
    criSocket: asThere(criSocket(given(document.criSocket), context), context),
    ...(document.taints === undefined ? {} : { taints: document.taints.map(taint) }),
    kubeletExtraArgs: completeArguments(document.kubeletExtraArgs),
    ignorePreflightErrors: [...new Set(document.ignorePreflightErrors)],
    imagePullPolicy: (given(document.imagePullPolicy) ?? defaults.imagePullPolicy) as ImagePullPolicy,
    imagePullSerial: document.imagePullSerial ?? true,
  };
  check(registration, context);
  return registration;
}

/** Arguments with their values; a missing value is an empty one. */
export function completeArguments(
  args: readonly { readonly name: string; readonly value?: string | undefined }[] = [],
): Arg[] {
  return args.map(({ name, value }) => ({ name, value: value ?? '' }));
}

/** The socket of the runtime: the user's, or the only one that is there (kubeadm's detection). */
export function criSocket(
  wanted: string | undefined,
  { release, facts, report, warn }: Pick<NodeContext, 'release' | 'facts' | 'report' | 'warn'>,
  path: readonly string[] = ['nodeRegistration', 'criSocket'],
): string {
  const { criSockets } = release.configApi;
  if (wanted === undefined) {
    const found = detectSockets(criSockets, facts.runtime.sockets);
    if (found.length > 1)
      report(path, `found several container runtimes, name one with --cri-socket: ${found.join(', ')}`);
    return found[0] ?? criSockets.fallback;
  }
  const [, scheme, rest] = /^([a-z][a-z0-9+.-]*):\/\/(.*)$/i.exec(wanted) ?? [];
  if (scheme !== undefined && scheme !== 'unix')
    report(path, `only sockets of the scheme unix are served, not ${scheme}`);
  else if (!isAbsolutePath(rest ?? wanted)) report(path, `"${wanted}" is not the absolute path of a socket`);
  if (scheme !== undefined || !criSockets.url) return wanted;
  warn(`the CRI socket ${wanted} has no URL scheme; using unix://${wanted}`);
  return `unix://${wanted}`;
}

/** What a node calls the same socket already stays: v1.24 changed only its name (`/run` to `/var/run`), and kubelets are begun anew for one. */
function asThere(wanted: string, { facts: { kubeletSocket }, release }: NodeContext): string {
  if (kubeletSocket === undefined || realPath(kubeletSocket) !== realPath(wanted)) return wanted;
  const hasScheme = kubeletSocket.startsWith('unix://');
  return release.configApi.criSockets.url && !hasScheme ? `unix://${kubeletSocket}` : kubeletSocket;
}

/** Every CRI socket that exists, in the order kubeadm looks for them. */
function detectSockets({ docker, probe }: CriSockets, existing: readonly string[]): readonly string[] {
  const paths = new Set(existing.map(realPath));
  const dockerIsThere = docker !== undefined && paths.has(realPath(docker.path));
  const found = probe
    .filter(({ path }) => paths.has(realPath(path)) && !(dockerIsThere && path.includes('/containerd/')))
    .map(({ socket }) => socket);
  return dockerIsThere ? [docker.socket, ...found] : found;
}

/** /var/run is /run everywhere that systemd runs. */
function realPath(socket: string): string {
  return socket.replace(/^unix:\/\//, '').replace(/^\/var\/run\//, '/run/');
}

function taint({
  key,
  value,
  effect,
}: {
  readonly key: string;
  readonly value?: string | undefined;
  readonly effect: string;
}) {
  return { key, ...(given(value) === undefined ? {} : { value: value ?? '' }), effect };
}

function check(registration: NodeRegistration, { release, report }: NodeContext): void {
  const { name, kubeletExtraArgs, imagePullPolicy, ignorePreflightErrors } = registration;
  if (name === '') report(['nodeRegistration', 'name'], 'the host has no name; give --node-name');
  else if (!isSubdomain(name)) {
    report(
      ['nodeRegistration', 'name'],
      `"${name}" is no node name: lower-case letters, digits, "-" and "." (RFC 1123)`,
    );
  }
  checkArguments('kubelet', kubeletExtraArgs, { path: ['nodeRegistration', 'kubeletExtraArgs'], release, report });
  if (!['Always', 'IfNotPresent', 'Never'].includes(imagePullPolicy)) {
    report(['nodeRegistration', 'imagePullPolicy'], 'has to be Always, IfNotPresent or Never');
  }
  checkIgnored(ignorePreflightErrors, ['nodeRegistration', 'ignorePreflightErrors'], report);
}

/** `all` cannot stand beside the names of single checks. */
export function checkIgnored(ignored: readonly string[], path: readonly string[], report: Report): void {
  const all = ignored.some((name) => name.toLowerCase() === 'all');
  if (all && ignored.length > 1) report(path, '"all" stands for every check: name no other beside it');
}
