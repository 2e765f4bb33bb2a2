import type { Command } from 'commander';
import type { Io } from './io.ts';

/** One top-level command; its module is loaded only when it is the one that runs. */
export interface CommandEntry {
  readonly name: string;
  readonly aliases?: readonly string[];
  readonly summary: string;
  /** The commander command with its flags and actions. An action throws KinitError, or sets the exit code on `io.exit`. */
  readonly load: () => Promise<(io: Io, exit: (code: number) => void) => Command>;
}

export const commandTable: readonly CommandEntry[] = [
  {
    name: 'bundle',
    summary: 'Carry packages and images to machines without a network',
    load: async () => (await import('./bundle/command.ts')).bundleCommand,
  },
  {
    name: 'certs',
    aliases: ['certificates'],
    summary: 'Check, renew and request certificates',
    load: async () => (await import('./certs/command.ts')).certsCommand,
  },
  {
    name: 'completion',
    summary: 'Print a script that lets a shell complete commands and flags',
    load: async () => (await import('./completion.ts')).completionCommand,
  },
  {
    name: 'config',
    summary: 'Print, validate and migrate configuration; list and pull images',
    load: async () => (await import('./config/command.ts')).configCommand,
  },
  {
    name: 'doctor',
    summary: 'Say why a node or a cluster is not as it should be, and mend it',
    load: async () => (await import('./doctor/command.ts')).doctorCommand,
  },
  {
    name: 'down',
    summary: 'Take the cluster of a file down',
    load: async () => (await import('./down/command.ts')).downCommand,
  },
  {
    name: 'etcd',
    summary: 'Save and restore etcd, and bring back one that has lost its quorum',
    load: async () => (await import('./etcd/command.ts')).etcdCommand,
  },
  {
    name: 'explain',
    summary: 'Tell more about the code of a message',
    load: async () => (await import('./explain.ts')).explainCommand,
  },
  {
    name: 'images',
    summary: 'List, pull, save, load and push images, here or on many hosts',
    load: async () => (await import('./images/command.ts')).imagesCommand,
  },
  {
    name: 'init',
    summary: 'Bring up a control plane, here or over SSH',
    load: async () => (await import('./init/command.ts')).initCommand,
  },
  {
    name: 'join',
    summary: 'Join nodes to a cluster, this one or many over SSH',
    load: async () => (await import('./join/command.ts')).joinCommand,
  },
  {
    name: 'kubeconfig',
    summary: 'Make and fetch kubeconfigs',
    load: async () => (await import('./kubeconfig/command.ts')).kubeconfigCommand,
  },
  {
    name: 'node',
    summary: 'Take nodes out of a cluster',
    load: async () => (await import('./node/command.ts')).nodeCommand,
  },
  {
    name: 'plan',
    summary: 'Show what kinit up would do',
    load: async () => (await import('./plan/command.ts')).planCommand,
  },
  {
    name: 'preflight',
    summary: 'Show everything that stands in the way on the hosts of a file',
    load: async () => (await import('./preflight/command.ts')).preflightCommand,
  },
  {
    name: 'prepare',
    summary: 'Make the hosts of a file ready for Kubernetes',
    load: async () => (await import('./prepare/command.ts')).prepareCommand,
  },
  {
    name: 'reset',
    summary: 'Take Kubernetes off a machine, and nothing else',
    load: async () => (await import('./reset/command.ts')).resetCommand,
  },
  {
    name: 'status',
    summary: 'Show how the cluster of a file and its hosts are',
    load: async () => (await import('./status/command.ts')).statusCommand,
  },
  {
    name: 'support',
    summary: 'Gather what somebody needs who is to help, without secrets',
    load: async () => (await import('./support/command.ts')).supportCommand,
  },
  {
    name: 'token',
    summary: 'Create, list and delete bootstrap tokens',
    load: async () => (await import('./token/command.ts')).tokenCommand,
  },
  {
    name: 'unlock',
    summary: 'Remove the lock that a kinit which crashed has left on a host',
    load: async () => (await import('./unlock.ts')).unlockCommand,
  },
  {
    name: 'up',
    summary: 'Bring up the cluster of a file, from bare hosts to Ready nodes',
    load: async () => (await import('./up/command.ts')).upCommand,
  },
  {
    name: 'upgrade',
    summary: 'Bring a cluster, or one of its nodes, to another version',
    load: async () => (await import('./upgrade/command.ts')).upgradeCommand,
  },
  {
    name: 'version',
    summary: 'Show the version and the Kubernetes versions that are served',
    load: async () => (await import('./version.ts')).versionCommand,
  },
];
