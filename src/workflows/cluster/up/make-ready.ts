import { completeInit, type InitRequest } from '../../../config/init.ts';
import { anyNode } from '../../../config/node-facts.ts';
import { defined } from '../../../defined.ts';
import type { Decided } from '../../../execute/decided.ts';
import { adding } from '../../../execute/done.ts';
import type { Run } from '../../../execute/run.ts';
import { on } from '../../../execute/target.ts';
import type { MadeCluster } from '../../../inventory/endpoint.ts';
import { generateToken } from '../../../kube/token.ts';
import { bundleOnly } from '../../../phases/bundle/packages.ts';
import { isMended, withoutMended } from '../../../preflight/mended.ts';
import type { PreflightOutcome } from '../../../preflight/report.ts';
import type { Release } from '../../../release/release.ts';
import { bundleImageStages, bundlePackageStages, loadBundle } from '../../images/load-bundle.ts';
import { type PrepareInput, prepareHost } from '../../node/prepare.ts';
import { type PreflightMachines, preflightMachines } from '../preflight-machines.ts';
import type { Machine, Surroundings, UpInput } from './up-input.ts';
import type { WantedCluster } from './wanted-cluster.ts';

/** Says what stands in the way on each machine, by name; nothing that the preparation mends. */
export async function checkMachines(
  machines: readonly Machine[],
  input: UpInput,
  release: Release,
  made?: MadeCluster,
): Promise<readonly PreflightOutcome[]> {
  const { inventory, run, parallel } = input;
  const how = { release, clock: Date.now, parallel, rehearsal: run.rehearsal };
  const checked = await preflightMachines(machines, { ...preflightOf(input, made), ...how });
  return checked.map(({ host, facts, result }) => ({
    host,
    result: facts ? withoutMended(result, (problem) => isMended(problem, inventory, facts)) : result,
  }));
}

/** What preflight goes by. */
export function preflightOf(
  { initRequest, joinRequest, controlPlanes, workers, planned }: WantedCluster,
  made?: MadeCluster,
): Pick<PreflightMachines, 'initRequest' | 'joinRequest' | 'controlPlane' | 'planned' | 'nodeNames'> {
  return {
    initRequest: (entry, of, facts) => initRequest(entry, of, facts, made),
    joinRequest,
    controlPlane: controlPlanes[0],
    planned,
    nodeNames: [...controlPlanes, ...workers].map(({ name }) => name),
  };
}

/**
 * Makes the machine ready for Kubernetes: of a bundle the packages before the preparation installs them, the images after it
 * has a runtime. Returns what it changed. Throws KinitError.
 */
export async function makeReady(
  { host, entry }: Machine,
  input: UpInput,
  release: Release,
  { made, leader }: Surroundings,
): Promise<readonly Decided[]> {
  const { bundle, run, entryOf } = input;
  const found = entryOf(entry);
  const prepare: PrepareInput = {
    ...prepareInput(input, { release, run, made }),
    ...defined({ leader: leader && entryOf(leader).address }),
    ...(made !== undefined && !made.controlPlaneEndpoint ? { converts: true } : {}),
    ...(bundle ? { fromBundle: bundleOnly } : {}),
  };
  const load = (stages: typeof bundleImageStages) => {
    if (bundle === undefined) return Promise.resolve([]);
    const { lock, digest, source } = bundle;
    const { nodeRegistration } = configOf(input.initRequest(input.controlPlanes[0], release, anyNode), release);
    const context = { lock, digest, source, role: found.role, criSocket: () => nodeRegistration.criSocket };
    return loadBundle(context, on(run, { host, release }), stages);
  };
  const changed: Decided[] = [];
  await adding(changed, load(bundlePackageStages));
  await adding(changed, prepareHost(host, found, prepare));
  await adding(changed, load(bundleImageStages));
  return changed;
}

/** What is known beside the file when hosts are prepared. */
export interface Preparing {
  readonly release: Release;
  readonly run: Run;
  readonly skipPhases?: readonly string[];
  readonly made?: MadeCluster | undefined;
}

/** What the preparation of the cluster's hosts goes by. */
export function prepareInput(
  { inventory, controlPlanes, initRequest }: WantedCluster,
  { release, run, skipPhases = [], made }: Preparing,
): PrepareInput {
  const { cluster, localAPIEndpoint } = configOf(initRequest(controlPlanes[0], release, anyNode, made), release);
  return { inventory, release, cluster, bindPort: localAPIEndpoint.bindPort, skipPhases, run };
}

function configOf(request: InitRequest, { version }: Release) {
  return completeInit(request, { facts: anyNode, version, newToken: generateToken });
}
