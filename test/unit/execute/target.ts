import type { Target } from '../../../src/execute/target.ts';
import { keyPool } from '../../../src/pki/keys.ts';
import { silentReporter } from '../../../src/report/reporter.ts';
import { FakeHost } from '../../fakes/host.ts';
import { FakeKube } from '../../fakes/kube.ts';
import { release } from '../manifests/config.ts';

/** A host and a cluster in memory, changed as told. */
export function target(more: Partial<Target> = {}): Target {
  return {
    host: new FakeHost(),
    kube: async () => new FakeKube(),
    keys: keyPool(),
    release: release('1.31'),
    reporter: silentReporter,
    now: Date.now(),
    signal: new AbortController().signal,
    rehearsal: false,
    ...more,
  };
}
