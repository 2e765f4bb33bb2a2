import { type Check, failure } from './problem.ts';
import { isControlPlane } from './subject.ts';

export const privilegeChecks: readonly Check[] = [
  {
    name: 'IsPrivilegedUser',
    origin: 'kubeadm',
    check: ({ facts }) =>
      facts.uid === 0
        ? []
        : [
            failure('IsPrivilegedUser', 'user is not running as root', {
              evidence: `uid ${facts.uid}`,
              mend: 'run it with sudo, or log in as root or as a user who may use sudo',
            }),
          ],
  },
];

export const resourceChecks: readonly Check[] = [
  {
    name: 'NumCPU',
    origin: 'kubeadm',
    applies: ({ subject }) => isControlPlane(subject),
    check: ({ facts, release }) => {
      const { minimumCpus } = release.preflight;
      if (facts.cpus >= minimumCpus) return [];
      const message = `the number of available CPUs ${facts.cpus} is less than the required ${minimumCpus}`;
      return [failure('NumCPU', message, { mend: `give the machine ${minimumCpus} CPUs` })];
    },
  },
  {
    name: 'Mem',
    origin: 'kubeadm',
    applies: ({ subject, release }) => isControlPlane(subject) && release.preflight.minimumMemory !== undefined,
    check: ({ facts, release }) => {
      const minimum = release.preflight.minimumMemory ?? 0;
      if (facts.memory >= minimum) return [];
      const message = `the system RAM (${facts.memory} MB) is less than the minimum ${minimum} MB`;
      return [failure('Mem', message, { mend: `give the machine ${minimum} MB of memory` })];
    },
  },
];
