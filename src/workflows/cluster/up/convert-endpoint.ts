import { X509Certificate } from 'node:crypto';
import { completeInit } from '../../../config/init.ts';
import { splitHostPort } from '../../../config/network.ts';
import { anyNode } from '../../../config/node-facts.ts';
import type { InitConfig } from '../../../config/types.ts';
import { exitCodes, KinitError } from '../../../errors.ts';
import type { Decided } from '../../../execute/decided.ts';
import { adding } from '../../../execute/done.ts';
import { perform } from '../../../execute/executor.ts';
import type { Target } from '../../../execute/target.ts';
import type { MadeCluster } from '../../../inventory/endpoint.ts';
import { generateToken } from '../../../kube/token.ts';
import { kubeProxyObjects } from '../../../manifests/kube-proxy.ts';
import { endedProcess } from '../../../phases/endpoint/ended-process.ts';
import { ledProxies, proxyPods } from '../../../phases/endpoint/kube-proxy.ts';
import { type LedKubeconfig, ledKubeconfigs } from '../../../phases/endpoint/servers.ts';
import { partsOf } from '../../../pki/certificate-parts.ts';
import { certificateTable } from '../../../pki/certificate-table.ts';
import { kubeconfigTable } from '../../../pki/kubeconfig-table.ts';
import { renewables } from '../../../pki/renewal.ts';
import { kubernetesDirectory } from '../../../release/paths.ts';
import type { Release } from '../../../release/release.ts';
import { renew } from '../../certificates/renew.ts';
import { runStage } from '../../stage.ts';
import type { LivingCluster } from '../living-cluster.ts';
import type { Machine, UpInput } from './up-input.ts';

/** The endpoint that the file gives to a living cluster which was made without one; undefined: there is nothing to convert. */
function endpointToCome({ input, living, made, release }: ConvertedRun, { entry }: Machine): string | undefined {
  if (living === undefined || living.facts.cluster.controlPlaneEndpoint) return undefined;
  const request = input.initRequest(entry, release, anyNode, made);
  const given = { facts: anyNode, version: release.version, newToken: generateToken };
  return completeInit(request, given).cluster.controlPlaneEndpoint || undefined;
}

/** Where a rehearsal would lead all nodes, though nothing on the host says so; undefined: where they are led already. */
export function rehearsedServer(run: ConvertedRun, machine: Machine): string | undefined {
  const coming = run.input.run.rehearsal ? endpointToCome(run, machine) : undefined;
  return coming && `https://${coming}`;
}

/** What is known of the cluster. */
export interface ConvertedRun {
  readonly input: Pick<UpInput, 'initRequest' | 'run'>;
  readonly living: LivingCluster | undefined;
  readonly made: MadeCluster | undefined;
  readonly release: Release;
}

/**
 * The one control plane of a cluster that was made without an endpoint gets one, before what init does for its
 * configuration: the name in the API server's certificate, the kubeconfigs on the host, then kube-proxy's. Each step is
 * decided on what is there, and only init writes down that it is done, so that a killed run is finished by the next.
 * Throws KinitError.
 */
export async function convertEndpoint(
  machine: Machine,
  run: ConvertedRun,
  target: Target,
): Promise<readonly Decided[]> {
  const endpoint = endpointToCome(run, machine);
  if (endpoint === undefined) return [];
  const { release, input, made } = run;
  const { facts } = await machine.host.observe({ facts: true });
  if (facts === undefined) throw new Error(`${machine.host.name} told no facts`);
  const request = input.initRequest(machine.entry, release, facts, made);
  const config = completeInit(request, { facts, version: release.version, newToken: generateToken });
  const [configMap] = kubeProxyObjects(config, release, { proxyEnvironment: new Map(), patches: [] }).filter(
    ({ kind }) => kind === 'ConfigMap',
  );
  const changed: Decided[] = [];
  await adding(changed, certificateWith(splitHostPort(endpoint)?.host ?? endpoint, config, target));
  await adding(changed, runStage([ledKubeconfigs], { led: ledFiles(config, target) }, target));
  if (configMap === undefined) return changed;
  const pods = await (await target.kube()).list(proxyPods);
  await adding(changed, runStage([ledProxies], { cluster: config.cluster, configMap, pods }, target));
  return changed;
}

function ledFiles(config: InitConfig, { release }: Target): readonly LedKubeconfig[] {
  const readBy: Readonly<Record<string, LedKubeconfig['readBy']>> = {
    kubelet: { service: 'kubelet' },
    'controller-manager': { process: 'kube-controller-manager'.slice(0, longestName) },
    scheduler: { process: 'kube-scheduler' },
  };
  return kubeconfigTable(config, release).map(({ name, file, server }) => {
    const reader = readBy[name];
    return { path: `${kubernetesDirectory}/${file}`, server, ...(reader && { readBy: reader }) };
  });
}

/** Of a process, as the kernel keeps it (TASK_COMM_LEN, proc(5)). */
const longestName = 15;

/** The name beside those that the API server's certificate has; the API server takes it up by beginning anew. */
async function certificateWith(name: string, config: InitConfig, target: Target): Promise<readonly Decided[]> {
  const { cluster } = config;
  const { host, release } = target;
  const path = `${cluster.certificatesDir}/apiserver.crt`;
  const there = (await host.read([path])).get(path)?.toString('utf8');
  if (there === undefined || partsOf(new X509Certificate(there)).dnsNames.includes(name)) return [];
  const wanted = renewables('local', release).filter((one) => one.name === 'apiserver');
  const renewal = { host, cluster, release, kubernetesDirectory, run: target, alsoNamed: [name] };
  const renewed = await renew(wanted, renewal);
  if (renewed.some(({ outcome }) => outcome !== 'renewed')) {
    throw new KinitError(`${path} does not hold the name ${name}, and the key of its CA is not on this host`, {
      host: host.name,
      exitCode: exitCodes.preflight,
      hint: `sign a certificate for the API server that holds ${name} too, put it there, then run the same command again`,
    });
  }
  const begun: readonly Decided[] = [
    {
      phase: 'endpoint',
      change: {
        kind: 'command',
        argv: endedProcess('kube-apiserver'),
        what: 'ending the API server with the certificate of before',
        optional: true,
        says: `[endpoint] The API server takes up its certificate for ${name}`,
      },
    },
    {
      phase: 'endpoint',
      change: {
        kind: 'wait',
        until: { on: 'api', what: 'the API server with its new certificate', path: '/readyz' },
        deadline: 240,
        advice: 'look at the container of kube-apiserver with crictl ps -a and crictl logs',
      },
    },
  ];
  await perform(begun, target);
  const [spec] = certificateTable(config, release).filter((one) => one.name === 'apiserver');
  const certificate: Decided[] = spec
    ? [{ phase: 'endpoint', change: { kind: 'certificate', directory: cluster.certificatesDir, spec } }]
    : [];
  return [...certificate, ...begun.slice(0, 1)];
}
