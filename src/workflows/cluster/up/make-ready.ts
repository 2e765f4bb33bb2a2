import { completeInit } from '../../../config/init.ts';
import { anyNode } from '../../../config/node-facts.ts';
import { defined } from '../../../defined.ts';
import type { Decided } from '../../../execute/decided.ts';
import { adding } from '../../../execute/done.ts';
import type { Run } from '../../../execute/run.ts';
import type { MadeCluster } from '../../../inventory/endpoint.ts';
import { generateToken } from '../../../kube/token.ts';
import { bundleOnly } from '../../../phases/bundle/packages.ts';
import { isMended, withoutMended } from '../../../preflight/mended.ts';
import type { PreflightOutcome } from '../../../preflight/report.ts';
import type { Release } from '../../../release/release.ts';
import { type PrepareInput, prepareHost } from '../../node/prepare.ts';
import { type PreflightMachines, preflightMachines } from '../preflight-machines.ts';
import { bringFromBundle } from './from-bundle.ts';
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
  const bring = (part: 'packages' | 'images') =>
    bundle ? bringFromBundle(part, { host, entry }, bundle, { wanted: input, release, run }) : nothing;
  const changed: Decided[] = [];
  await adding(changed, bring('packages'));
  await adding(changed, prepareHost(host, found, prepare));
  await adding(changed, bring('images'));
  return changed;
}

const nothing: Promise<readonly Decided[]> = Promise.resolve([]);

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
  const request = initRequest(controlPlanes[0], release, anyNode, made);
  const given = { facts: anyNode, version: release.version, newToken: generateToken };
  const { cluster, localAPIEndpoint } = completeInit(request, given);
  return { inventory, release, cluster, bindPort: localAPIEndpoint.bindPort, skipPhases, run };
}
