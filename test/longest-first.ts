import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Those that take minutes, the longest first. */
const long = ['up', 'masters', 'load-balancer', 'live-parity', 'bundle', 'control-planes', 'upgrade', 'reset', 'kill'];

/** Files run beside each other: the long ones begin first, so that none of them is left to run alone. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const usual = await super.sort(files);
    return [...usual].sort((a, b) => rank(a) - rank(b));
  }
}

function rank({ moduleId }: TestSpecification): number {
  const [, name] = /\/test\/e2e\/(?:.*\/)?([\w-]+)\.test\.ts$/.exec(moduleId) ?? [];
  const place = name === undefined ? -1 : long.indexOf(name);
  return place === -1 ? long.length : place;
}
