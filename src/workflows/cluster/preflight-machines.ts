import { completeInit, type InitRequest } from '../../config/init.ts';
import { completeJoin, type JoinRequest } from '../../config/join.ts';
import { anyNode, type NodeFacts } from '../../config/node-facts.ts';
import type { InitConfig } from '../../config/types.ts';
import { KinitError } from '../../errors.ts';
import { observe } from '../../execute/observe.ts';
import type { Observed } from '../../execute/observed.ts';
import { noCluster } from '../../execute/target.ts';
import type { Facts } from '../../host/facts/facts.ts';
import { inParallel } from '../../host/slots.ts';
import { generateToken } from '../../kube/token.ts';
import type { ClusterMember, PlannedCluster } from '../../preflight/between/rule.ts';
import { betweenReads, clusterWide, lookupsOf } from '../../preflight/cluster-wide.ts';
import { etcdDisk, etcdDiskCommand } from '../../preflight/etcd-disk.ts';
import { addressesIn } from '../../preflight/name-lookup.ts';
import { ownNode } from '../../preflight/own-node.ts';
import { type PreflightResult, preflight, preflightReads, weighed } from '../../preflight/preflight.ts';
import type { PreflightOutcome } from '../../preflight/report.ts';
import { initSubject, joinSubject, type Subject } from '../../preflight/subject.ts';
import { adminConf, kubeletConf } from '../../release/paths.ts';
import type { Release } from '../../release/release.ts';
import type { Machine } from './up/up-input.ts';
import type { UpHost } from './up/wanted-cluster.ts';

export interface PreflightMachines {
  readonly release: Release;
  readonly initRequest: (controlPlane: UpHost, release: Release, facts: NodeFacts) => InitRequest;
  readonly joinRequest: (entry: UpHost, release: Release, facts: NodeFacts) => JoinRequest;
  /** The first control plane of the file: what it says of the cluster is so for all. */
  readonly controlPlane: UpHost;
  /** Names of all nodes that the cluster is to have. */
  readonly nodeNames: readonly string[];
  /** What stands between them, as the file has it. */
  readonly planned?: PlannedCluster;
  /** Milliseconds since the epoch, at the moment of asking. */
  readonly clock: () => number;
  readonly parallel: number;
  /** Reads no private key, those to an external etcd among them. */
  readonly rehearsal?: boolean;
  /** Writes into etcd's data directory, for a moment, to see how fast its disk is. */
  readonly measureDisk?: boolean;
}

export interface CheckedMachine extends PreflightOutcome {
  /** undefined where the machine could not be asked. */
  readonly facts: Facts | undefined;
}

/**
 * Everything that stands in the way on each machine, and between them: one round trip for each as soon as it is there,
 * nothing written but by `measureDisk`. Those that are not reached are left out.
 */
export async function preflightMachines(
  machines: readonly (Machine | Promise<Machine | undefined>)[],
  input: PreflightMachines,
): Promise<readonly CheckedMachine[]> {
  const all = await inParallel<Machine | undefined, Look | undefined>(machines, input.parallel, async (machine) =>
    machine === undefined ? undefined : lookAt(machine, input),
  );
  const looked = all.filter((look) => look !== undefined);
  const caOfCluster = looked.find(({ machine }) => machine.entry.role === 'control-plane')?.ca;
  const between = clusterWide(
    looked.flatMap(({ member }) => member ?? []),
    input.planned,
  );
  return looked.map(({ machine, member, seen, error, ca }) => {
    const host = machine.entry.name;
    if (member === undefined || seen === undefined) return { host, facts: undefined, result: unreadable(error) };
    const { facts } = member;
    const { subject, ignored } = subjectOf(machine.entry, input, facts);
    const ours = isOurs(subject, facts, ca, caOfCluster) ? { ours: ownNode(subject) } : {};
    const own = preflight({ observed: { ...seen, facts }, subject, release: input.release, ...ours }, ignored);
    const among = weighed(
      [...between.flatMap((one) => (one.host === host ? [one.problem] : [])), ...etcdDisk(subject, seen)],
      ignored,
    );
    const errors = [...own.errors, ...among.errors];
    return { host, facts, result: { errors, warnings: [...own.warnings, ...among.warnings] } };
  });
}

interface Look {
  readonly machine: Machine;
  readonly member?: ClusterMember;
  readonly seen?: Observed;
  /** The cluster's CA on the host, PEM. */
  readonly ca?: string | undefined;
  readonly error?: KinitError;
}

async function lookAt(machine: Machine, input: PreflightMachines): Promise<Look> {
  const { entry, host } = machine;
  const { subject, caFile } = subjectOf(entry, input, anyNode);
  const reads = preflightReads(subject, input.release);
  const disk = input.measureDisk ? etcdDiskCommand(subject) : [];
  const own = input.planned?.hosts.find(({ name }) => name === entry.name);
  const between = own && input.planned ? betweenReads(own, input.planned) : [];
  const asked = input.clock() / 1000;
  try {
    const commands = new Map(
      [...(reads.commands ?? []), ...lookupsOf(input.nodeNames), ...disk, ...between].map((argv) => [
        argv.join('\0'),
        argv,
      ]),
    );
    const wanted = { ...reads, commands: [...commands.values()], files: [...(reads.files ?? []), caFile] };
    const seen = await observe(host, noCluster, wanted, input);
    const { facts } = seen;
    if (facts === undefined) throw new Error(`${host.name} told no facts`);
    const resolves = new Map(input.nodeNames.map((name) => [name, addressesIn(seen.commands, name)]));
    const member = {
      host: entry.name,
      nodeName: entry.name,
      facts,
      resolves,
      commands: seen.commands,
      asked,
      answered: input.clock() / 1000,
    };
    return {
      machine,
      member,
      seen,
      ca: seen.files.get(caFile)?.content?.toString('utf8').trim(),
    };
  } catch (error) {
    if (!(error instanceof KinitError)) throw error;
    return { machine, error };
  }
}

/** What is to be made of the machine, the checks whose errors are passed over, and where its cluster's CA would be. */
function subjectOf(
  entry: UpHost,
  { release, controlPlane, initRequest, joinRequest }: PreflightMachines,
  facts: NodeFacts,
): { readonly subject: Subject; readonly ignored: readonly string[]; readonly caFile: string } {
  const isControlPlane = entry.role === 'control-plane';
  const init: InitConfig = completeInit(initRequest(isControlPlane ? entry : controlPlane, release, facts), {
    facts,
    version: release.version,
    newToken: generateToken,
  });
  if (isControlPlane) {
    const caFile = `${init.cluster.certificatesDir}/ca.crt`;
    return { subject: initSubject(init), ignored: init.nodeRegistration.ignorePreflightErrors, caFile };
  }
  const discovery = { file: { kubeConfigPath: adminConf } };
  const join = completeJoin(joinRequest(entry, release, facts), { facts, version: release.version, discovery });
  const subject = joinSubject(join, { cluster: init.cluster, kubelet: init.kubelet.object });
  return { subject, ignored: join.nodeRegistration.ignorePreflightErrors, caFile: join.caCertPath };
}

/** Whether an earlier run made the machine what it is: not where it belongs to another cluster than the control plane's. */
function isOurs(
  { role }: Subject,
  { kubernetesFiles }: Facts,
  ca: string | undefined,
  caOfCluster: string | undefined,
): boolean {
  if (ca === undefined || (caOfCluster !== undefined && ca !== caOfCluster)) return false;
  return kubernetesFiles.includes(role === 'init' ? adminConf : kubeletConf);
}

function unreadable(error: KinitError | undefined): PreflightResult {
  const message = error?.message ?? 'the machine could not be asked';
  return {
    errors: [{ name: 'Facts', severity: 'error', message, ...(error?.hint ? { mend: error.hint } : {}) }],
    warnings: [],
  };
}
