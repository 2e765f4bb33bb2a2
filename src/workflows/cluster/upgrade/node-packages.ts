import type { Decided } from '../../../execute/decided.ts';
import type { Release } from '../../../release/release.ts';
import { prepareHost } from '../../node/prepare.ts';
import { preparePhases } from '../../node/prepare-phases.ts';
import { prepareInput } from '../up/make-ready.ts';
import type { Machine } from '../up/up-input.ts';
import type { ClusterUpgrade } from './upgrade-input.ts';

/** Phases of the preparation that go to the version with a drained node. */
const withTheNode: readonly string[] = ['repositories', 'packages', 'runtime'];
const others = preparePhases.map(({ name }) => name).filter((name) => !withTheNode.includes(name));

/** Brings the packages of a version to a node that is drained. Returns what it changed. Throws KinitError. */
export function bringPackages(
  { host, entry }: Machine,
  release: Release,
  input: ClusterUpgrade,
): Promise<readonly Decided[]> {
  const prepare = prepareInput(input, { release, run: input.run, skipPhases: others });
  return prepareHost(host, input.entryOf(entry), { ...prepare, upgrades: true });
}
