import type { Target } from '../../../src/execute/target.ts';
import { FakeHost } from '../../fakes/host.ts';
import { FakeKube } from '../../fakes/kube.ts';
import { quietRun } from '../../run.ts';
import { release } from '../manifests/config.ts';

/** A host and a cluster in memory, changed as told. */
export function target(more: Partial<Target> = {}): Target {
  return {
    ...quietRun({ now: Date.now() }),
    host: new FakeHost(),
    kube: async () => new FakeKube(),
    release: release('1.31'),
    ...more,
  };
}
