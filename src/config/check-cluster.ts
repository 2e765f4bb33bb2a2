import { posix } from 'node:path';
import { isPrintable } from '../printable.ts';
import { gateHistory } from '../release/config-api.ts';
import { etcdClientPort } from '../release/ports.ts';
import type { Release } from '../release/release.ts';
import { checkNetworking } from './check-networking.ts';
import { defaults } from './defaults.ts';
import type { ClusterDocument } from './documents.ts';
import { seconds } from './duration.ts';
import { checkArguments, checkEtcdArguments } from './extra-arguments.ts';
import type { Report } from './findings.ts';
import { didYouMean } from './nearest.ts';
import { isAbsolutePath, isAlternativeName, isHostPort, isImageRepository, isImageTag, schemeOf } from './rules.ts';
import type { Arg, ClusterConfiguration, ExternalEtcd, LocalEtcd } from './types.ts';

export interface ClusterCheck {
  /** As the user wrote it; what was left out is not to blame. */
  readonly document: ClusterDocument;
  readonly release: Release;
  readonly report: Report;
  readonly warn: (message: string) => void;
}

/** kubeadm's ValidateClusterConfiguration, and what it lets pass although it cannot work. */
export function checkCluster(cluster: ClusterConfiguration, check: ClusterCheck): void {
  const { report, document, warn } = check;
  checkNetworking(cluster, check.release, report, warn);
  const { release } = check;
  for (const [component, part] of components) {
    checkArguments(component, cluster[part].extraArgs, { path: [part, 'extraArgs'], release, report });
  }
  if (document.etcd?.local && document.etcd.external) report(['etcd'], 'give local or external, not both');
  if (cluster.etcd.local) checkEtcdArguments(cluster.etcd.local, release, report);
  checkForms(cluster, report);
  checkCertificates(cluster, check);
  checkGates(cluster, check);
}

/**
 * What is wrong with single values, whatever the release: they become paths, names in certificates, images and arguments of
 * programs.
 */
export function checkForms(cluster: ClusterConfiguration, report: Report): void {
  checkNames(cluster.apiServer.certSANs, ['apiServer', 'certSANs'], report);
  for (const [, part] of components) checkPrintable(cluster[part].extraArgs, [part, 'extraArgs'], report);
  checkPath(cluster.certificatesDir, ['certificatesDir'], report);
  checkImage(cluster, [], report);
  checkImage(cluster.dns, ['dns'], report);
  if (cluster.controlPlaneEndpoint !== undefined && !isHostPort(cluster.controlPlaneEndpoint)) {
    report(
      ['controlPlaneEndpoint'],
      `"${cluster.controlPlaneEndpoint}" is not host:port with an IP address or a DNS name`,
    );
  }
  if (cluster.etcd.local) checkLocalEtcd(cluster.etcd.local, report);
  else checkExternalEtcd(cluster.etcd.external, report);
}

const components = [
  ['kube-apiserver', 'apiServer'],
  ['kube-controller-manager', 'controllerManager'],
  ['kube-scheduler', 'scheduler'],
] as const;

function checkNames(names: readonly string[], path: readonly string[], report: Report): void {
  for (const [index, name] of names.entries()) {
    if (!isAlternativeName(name)) report([...path, index], `"${name}" is no IP address, DNS name or *.name`);
  }
}

function checkPath(path: string, field: readonly string[], report: Report): void {
  if (!isAbsolutePath(path)) report(field, `"${path}" is not an absolute path`);
  else if (posix.normalize(path) === '/') report(field, `"${path}" is the root of all files`);
}

/** What steers a terminal, or ends a name, is no argument: no component takes it, and nobody sees it in its manifest. */
function checkPrintable(args: readonly Arg[], path: readonly string[], report: Report): void {
  for (const [index, { name, value }] of args.entries()) {
    if (!isPrintable(name) || /[\s=]/.test(name))
      report([...path, index, 'name'], `${JSON.stringify(name)} is no name`);
    if (!isPrintable(value)) report([...path, index, 'value'], 'holds characters that cannot be seen');
  }
}

function checkImage(
  { imageRepository, imageTag }: { readonly imageRepository?: string; readonly imageTag?: string },
  path: readonly string[],
  report: Report,
): void {
  if (imageRepository) checkRepository(imageRepository, [...path, 'imageRepository'], report);
  if (imageTag && !isImageTag(imageTag)) report([...path, 'imageTag'], `"${imageTag}" is no tag such as 3.5.24-0`);
}

function checkRepository(repository: string, path: readonly string[], report: Report): void {
  if (!isImageRepository(repository)) {
    report(path, `"${repository}" is no image repository such as registry.k8s.io or registry.example.com:5000/k8s`);
  }
}

function checkLocalEtcd(etcd: LocalEtcd, report: Report): void {
  checkPath(etcd.dataDir, ['etcd', 'local', 'dataDir'], report);
  checkNames(etcd.serverCertSANs, ['etcd', 'local', 'serverCertSANs'], report);
  checkNames(etcd.peerCertSANs, ['etcd', 'local', 'peerCertSANs'], report);
  checkPrintable(etcd.extraArgs, ['etcd', 'local', 'extraArgs'], report);
  checkImage(etcd, ['etcd', 'local'], report);
}

function checkExternalEtcd(
  { endpoints, httpEndpoints = [], caFile, certFile, keyFile }: ExternalEtcd,
  report: Report,
): void {
  const path = ['etcd', 'external'];
  const tls = Boolean(caFile || certFile || keyFile);
  if (endpoints.length === 0) report([...path, 'endpoints'], `name at least one endpoint, such as ${exampleEndpoint}`);
  if (Boolean(certFile) !== Boolean(keyFile)) report(path, 'certFile and keyFile go together');
  if (certFile && keyFile && !caFile) report(path, 'certFile and keyFile need caFile');
  for (const [name, file] of Object.entries({ caFile, certFile, keyFile })) {
    if (file) checkPath(file, [...path, name], report);
  }
  for (const [index, url] of endpoints.entries()) checkUrl(url, tls, [...path, 'endpoints', index], report);
  for (const [index, url] of httpEndpoints.entries()) checkUrl(url, false, [...path, 'httpEndpoints', index], report);
}

const exampleEndpoint = `https://10.0.0.5:${etcdClientPort}`;

function checkUrl(url: string, tls: boolean, path: readonly (string | number)[], report: Report): void {
  const scheme = schemeOf(url);
  if (scheme !== 'https' && scheme !== 'http') report(path, `"${url}" is no URL such as ${exampleEndpoint}`);
  else if (tls && scheme !== 'https') report(path, `"${url}" has to be https, as certificates are given`);
}

function checkCertificates(cluster: ClusterConfiguration, { release, report, warn }: ClusterCheck): void {
  const { encryptionAlgorithm, certificateValidityPeriod, caCertificateValidityPeriod } = cluster;
  const known: readonly string[] = release.pki.algorithms;
  if (!known.includes(encryptionAlgorithm)) {
    const near = didYouMean(encryptionAlgorithm, known);
    report(
      ['encryptionAlgorithm'],
      `"${encryptionAlgorithm}" is not one of ${known.join(', ')} for ${release.version.text}${near}`,
    );
  }
  const [leaf, ca] = [seconds(certificateValidityPeriod), seconds(caCertificateValidityPeriod)];
  for (const [name, period] of Object.entries({ certificateValidityPeriod: leaf, caCertificateValidityPeriod: ca })) {
    if (period <= 0) report([name], 'has to be longer than 0s');
  }
  if (leaf > seconds(defaults.certificateValidityPeriod) || ca > seconds(defaults.caCertificateValidityPeriod)) {
    warn('certificates are to be valid for longer than the usual year, or the CA for longer than ten');
  }
  if (leaf > ca) warn('certificates are to be valid for longer than their CA');
}

function checkGates({ featureGates }: ClusterConfiguration, { release, report, warn }: ClusterCheck): void {
  const known = release.configApi.featureGates;
  for (const [name, enabled] of Object.entries(featureGates)) {
    const gate = Object.hasOwn(known, name) ? known[name] : undefined;
    if (!gate)
      report(
        ['featureGates', name],
        `"${name}" is no feature gate of kubeadm ${release.version.text}${history(name, Object.keys(known))}`,
      );
    else if (gate.stage === 'deprecated') warn(`the feature gate ${name} is deprecated`);
    else if (gate.stage === 'ga' && !enabled)
      warn(`the feature gate ${name} is locked to true in ${release.version.text}`);
    if (gate && enabled && name === 'RootlessControlPlane') report(['featureGates', name], 'is not served by kinit');
  }
}

function history(name: string, known: readonly string[]): string {
  const found = gateHistory(name);
  if (!found) return didYouMean(name, known);
  return found.removed === undefined
    ? `: it came with v${found.from}`
    : `: it was there from v${found.from} until v${found.removed}`;
}
