import { resolve } from 'node:path';
import type { Bundle } from '../../bundle/bundle-file.ts';
import { completeInit } from '../../config/init.ts';
import { anyNode, type NodeFacts } from '../../config/node-facts.ts';
import { defined } from '../../defined.ts';
import type { Decided } from '../../execute/decided.ts';
import { adding } from '../../execute/done.ts';
import type { Host } from '../../host/host.ts';
import type { MadeCluster } from '../../inventory/endpoint.ts';
import type { Inventory, InventoryHost } from '../../inventory/types.ts';
import { generateToken } from '../../kube/token.ts';
import { isMended, withoutMended } from '../../preflight/mended.ts';
import type { Release } from '../../release/release.ts';
import type { UpHost, UpInput } from '../../workflows/cluster/up/up-input.ts';
import type { PrepareInput } from '../../workflows/node/prepare.ts';
import type { InventoryFile } from '../input/inventory-file.ts';
import type { Io } from '../io.ts';
import type { UpFlags, UpParts } from './input.ts';

export interface UpSteps extends Pick<UpInput, 'preflight' | 'prepare'> {
  close(): Promise<void>;
}

/** How machines are checked and made ready. */
export async function upSteps(file: InventoryFile, parts: UpParts, flags: UpFlags, io: Io): Promise<UpSteps> {
  const { preflightMachines } = await import('../../workflows/cluster/preflight-machines.ts');
  const { prepareHost } = await import('../../workflows/node/prepare.ts');
  const { inventory } = file;
  const bundle = flags.bundle === undefined ? undefined : await openBundleOf(flags.bundle, flags, inventory, io);
  const loads = bundle && (await bundleSteps(bundle, parts));
  return {
    async preflight(machines, release, made) {
      const checked = await preflightMachines(machines, preflightInput(parts, release, io, made));
      return checked.map(({ host, facts, result }) => ({
        host,
        result: facts ? withoutMended(result, (problem) => isMended(problem, inventory, facts)) : result,
      }));
    },
    async prepare({ host, entry }, release, { made, leader }) {
      const address = leader && parts.entryOf(leader).address;
      const input = {
        ...prepareInput(file, parts, release, { made }),
        ...defined({ leader: address }),
        ...(made !== undefined && !made.controlPlaneEndpoint ? { converts: true } : {}),
        ...(loads ? { fromBundle: loads.options } : {}),
      };
      const found = parts.entryOf(entry);
      const changed: Decided[] = [];
      if (loads) await adding(changed, loads.packages(host, found, release));
      await adding(changed, prepareHost(host, found, input));
      if (loads) await adding(changed, loads.images(host, found, release));
      return changed;
    },
    close: async () => bundle?.close(),
  };
}

/** What preflight goes by, from the parts of `up`. */
export function preflightInput({ input, planned }: UpParts, release: Release, io: Io, made?: MadeCluster) {
  const { initRequest, joinRequest, controlPlanes, workers, parallel, run } = input;
  return {
    release,
    initRequest: (entry: UpHost, of: Release, facts: NodeFacts) => initRequest(entry, of, facts, made),
    joinRequest,
    controlPlane: controlPlanes[0],
    planned,
    nodeNames: [...controlPlanes, ...workers].map(({ name }) => name),
    clock: io.now,
    parallel,
    rehearsal: run.rehearsal,
  };
}

/** What the preparation goes by, from the parts of `up`. */
export function prepareInput(
  { inventory }: InventoryFile,
  { input }: Pick<UpParts, 'input'>,
  release: Release,
  { skipPhases = [], made }: { readonly skipPhases?: readonly string[]; readonly made?: MadeCluster | undefined } = {},
): PrepareInput {
  const request = input.initRequest(input.controlPlanes[0], release, anyNode, made);
  const config = completeInit(request, { facts: anyNode, version: release.version, newToken: generateToken });
  const { cluster, localAPIEndpoint } = config;
  return {
    inventory,
    release,
    cluster,
    bindPort: localAPIEndpoint.bindPort,
    skipPhases,
    run: input.run,
  };
}

interface BundleSteps {
  /** Options with which the package manager looks at the bundle and at nothing else. */
  readonly options: readonly string[];
  readonly packages: (host: Host, entry: InventoryHost, release: Release) => Promise<readonly Decided[]>;
  readonly images: (host: Host, entry: InventoryHost, release: Release) => Promise<readonly Decided[]>;
}

/** The bundle's packages before the preparation installs them, its images after it has a runtime. */
async function bundleSteps(bundle: Bundle, { input }: UpParts): Promise<BundleSteps> {
  const { bundleImageStages, bundlePackageStages, loadBundle } = await import('../../workflows/images/load-bundle.ts');
  const { bundleOnly } = await import('../../phases/bundle/packages.ts');
  const { on } = await import('../../execute/target.ts');
  const load = (stages: typeof bundleImageStages) => async (host: Host, entry: InventoryHost, release: Release) => {
    const { lock, digest, source } = bundle;
    const request = input.initRequest(input.controlPlanes[0], release, anyNode);
    const { nodeRegistration } = completeInit(request, {
      facts: anyNode,
      version: release.version,
      newToken: generateToken,
    });
    const context = { lock, digest, source, role: entry.role, criSocket: () => nodeRegistration.criSocket };
    return loadBundle(context, on(input.run, { host, release }), stages);
  };
  return { options: bundleOnly, packages: load(bundlePackageStages), images: load(bundleImageStages) };
}

/** Throws KinitError, exit 6, where a key is configured and the bundle is not signed with it. */
async function openBundleOf(file: string, flags: UpFlags, inventory: Inventory, io: Io): Promise<Bundle> {
  const { openVerifiedBundle } = await import('../../bundle/bundle-file.ts');
  const { readVerifyingKey } = await import('../bundle/key.ts');
  const key = await readVerifyingKey({ flag: flags.bundleKey, name: '--bundle-key' }, inventory, io);
  return openVerifiedBundle(resolve(io.cwd, file), key);
}
