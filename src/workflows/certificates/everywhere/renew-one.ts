import type { Decided } from '../../../execute/decided.ts';
import { adding } from '../../../execute/done.ts';
import { perform } from '../../../execute/executor.ts';
import type { Run } from '../../../execute/run.ts';
import { on } from '../../../execute/target.ts';
import type { Host } from '../../../host/host.ts';
import {
  awaitComponents,
  type RenewedControlPlane,
  renewalMark,
  restartComponents,
} from '../../../phases/certificates/restart-components.ts';
import { residentEtcdAccess, residentFiles, residentOf } from '../../../phases/reset/resident.ts';
import { renewables } from '../../../pki/renewal.ts';
import { lastSign, passGate } from '../../cluster/upgrade/gate.ts';
import { type HostClients, hostClients } from '../../host-clients.ts';
import { runStage } from '../../stage.ts';
import { expiration } from '../expiration.ts';
import { renew } from '../renew.ts';
import type { ClusterAuthority } from './cluster-authority.ts';
import { renewKubelet } from './renew-kubelet.ts';

/** The renewal of one machine. */
export interface NodeRenewal extends ClusterAuthority {
  /** Seconds until its node has to be Ready again. */
  readonly readyDeadline: number;
  readonly run: Run;
}

/** The files of a control plane and of its kubelet, and its components begun anew. The mark survives whatever kills the run. */
export async function renewControlPlane(host: Host, name: string, work: NodeRenewal): Promise<readonly Decided[]> {
  const { cluster, release, kubernetesDirectory, run, isNew } = work;
  const done: Decided[] = [];
  const { certificates } = await expiration(host, { cluster, release }, kubernetesDirectory);
  const old = new Set(
    certificates
      .filter(({ notAfter, problem }) => problem !== undefined || (notAfter !== undefined && !isNew(notAfter)))
      .map(({ name }) => name),
  );
  const etcd = cluster.etcd.external === undefined ? 'local' : 'external';
  const wanted = renewables(etcd, release).filter(({ name }) => old.has(name));
  const target = on(run, { host, release });
  if (wanted.length > 0) {
    await perform([{ phase: 'certs', change: mark }], target);
    const renewed = await renew(wanted, { host, cluster, release, kubernetesDirectory, run });
    const names = renewed.filter(({ outcome }) => outcome === 'renewed').map(({ renewable }) => renewable);
    done.push(...names.map(({ name }) => changeOf(name)));
  }
  await adding(done, renewKubelet(host, { ...work, node: name.toLowerCase() }));
  await adding(done, runStage([restartComponents], await controlPlaneOf(host), target));
  return done;
}

const mark = { kind: 'file', path: renewalMark, content: '', mode: 0o600 } as const;

/** For the count of what was renewed. */
function changeOf(name: string): Decided {
  return { phase: 'renew', change: { kind: 'note', text: name } };
}

/** What is told of a machine that got no new certificates: a run before this one has made them, or the cluster is that new. */
export const allYoung = 'none: all are younger than an hour';

/** What was renewed, in a few words. */
export function renewedText(done: readonly Decided[]): string {
  const renewed = done.filter(({ phase }) => phase === 'renew').length;
  const kubelet = done.some(({ phase }) => phase === 'kubelet-certificates');
  const restarted = done.some(({ phase }) => phase === 'restart-control-plane');
  const words = [
    ...(renewed === 0 ? [] : [`${renewed} certificates`]),
    ...(kubelet ? ["the kubelet's"] : []),
    ...(restarted && renewed === 0 ? ['its components restarted'] : []),
  ];
  return words.length === 0 ? allYoung : words.join(', ');
}

async function controlPlaneOf(host: Host): Promise<RenewedControlPlane> {
  const resident = residentOf((await host.observe({ files: residentFiles })).files);
  const [access, peerUrl] = [residentEtcdAccess(resident), resident.etcd?.peerUrl];
  return { member: access === undefined || peerUrl === undefined ? undefined : { access, peerUrl } };
}

/** Clients of the own API server of a control plane. */
export async function clientsOf(host: Host): Promise<HostClients> {
  return hostClients(host, residentOf((await host.observe({ files: residentFiles })).files).endpoint);
}

/** The gate behind a control plane: its own API server, its member of etcd, its kubelet. */
export async function awaitControlPlane(host: Host, name: string, work: NodeRenewal): Promise<void> {
  const { run, release } = work;
  const clients = await clientsOf(host);
  try {
    const target = on(run, { host, release, kube: clients.kube });
    await runStage([awaitComponents], await controlPlaneOf(host), target);
    await passGate({ node: name.toLowerCase(), ...gateOf(work) }, target);
  } finally {
    clients.close();
  }
}

function gateOf({ readyDeadline: deadline }: NodeRenewal) {
  const advice = 'look at journalctl -u kubelet on it, then run the same command again';
  return { version: undefined, before: undefined, deadline, advice };
}

/** A worker: its kubelet's certificates alone, and it has to be Ready behind that. */
export async function renewNode(
  host: Host,
  name: string,
  clients: HostClients,
  work: NodeRenewal,
): Promise<readonly Decided[]> {
  const node = name.toLowerCase();
  const before = await lastSign(await clients.kube(), node);
  const done = await renewKubelet(host, { ...work, node });
  const target = on(work.run, { host, release: work.release, kube: () => clients.kube() });
  await passGate({ node, ...gateOf(work), before: done.length === 0 ? undefined : before }, target);
  return done;
}
