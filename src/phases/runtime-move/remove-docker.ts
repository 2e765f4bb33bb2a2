import type { Change } from '../../execute/change.ts';
import type { Phase } from '../phase.ts';
import { withoutDocker } from '../prepare/docker-footprint.ts';
import { installedQuery } from '../prepare/wanted-packages.ts';
import type { RuntimeMove } from './leave-docker.ts';

/** https://docs.docker.com/engine/install/centos/: all of docker but containerd.io, which the kubelet runs on by now. */
const isOfDocker = (name: string): boolean => /^docker-(ce(-.+)?|(buildx|compose|scan)-plugin)$/.test(name);

/** Containers that are not of Kubernetes go too: the file asks for that. */
export const removeDocker: Phase<RuntimeMove> = {
  name: 'runtime',
  title: 'docker itself',
  reads: () => ({ commands: [installedQuery] }),
  desired: (_, { commands }): readonly Change[] => {
    const installed = (commands.get(installedQuery.join('\0'))?.stdout ?? '').split('\n');
    const packages = installed.map((line) => line.split(' ')[0] ?? '').filter(isOfDocker);
    if (packages.length === 0) return [];
    return [
      {
        kind: 'command',
        argv: ['sh', '-c', removing(), 'kinit', ...packages],
        deadline: 300,
        removes: ['the containers and images of docker', ...packages.map((name) => `package ${name}`)],
        says: `[runtime] Removing docker (${packages.join(', ')})`,
      },
    ];
  },
};

/** The packages go last: until then a run that was cut off finds them and does it all again. */
const removing = (): string => `
rpm -e --test "$@" || exit
ids=$(docker ps --all --quiet 2>/dev/null) && [ -n "$ids" ] && docker rm --force $ids >/dev/null
systemctl --quiet disable docker.socket docker.service 2>/dev/null
${withoutDocker()}
rpm -e "$@"`;
