import { installAdvice, packageOf } from '../distribution/distribution.ts';
import type { Facts } from '../host/facts/facts.ts';
import type { Check } from './problem.ts';
import { isDocker } from './runtime-of.ts';

export const swapChecks: readonly Check[] = [
  {
    name: 'Swap',
    origin: 'kubeadm',
    applies: ({ facts }) => facts.swaps.length > 0,
    check: ({ facts, release }) => [
      {
        name: 'Swap',
        ...release.preflight.swap,
        evidence: facts.swaps.join(' '),
        mend: "swapoff -a && sed -i '/^[^#].*[[:space:]]swap[[:space:]]/s/^/#/' /etc/fstab",
        prepared: true,
      },
    ],
  },
];

export const programChecks: readonly Check[] = [
  {
    name: 'FileExisting',
    origin: 'kubeadm',
    check: ({ facts, release, subject }) =>
      release.preflight.programs
        .filter(({ unlessDocker }) => !(unlessDocker && isDocker(subject)))
        .filter(({ name }) => !facts.programs.has(name))
        .map(({ name, severity }) => ({
          name: `FileExisting-${name}`,
          severity: hasStandIn(name, facts) ? 'warning' : severity,
          message: `${name} not found in system path`,
          mend: installAdvice(packageOf(name)),
          prepared: true,
        })),
  },
];

/** kubeadm up to v1.30 needs crictl; kinit asks the runtime's own tool where there is none. */
function hasStandIn(name: string, { programs }: Facts): boolean {
  return name === 'crictl' && programs.has('ctr');
}
