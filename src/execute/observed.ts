import { defined } from '../defined.ts';
import type { EtcdAlarm, EtcdMember } from '../etcd/members.ts';
import type { EtcdAnswer } from '../etcd/version.ts';
import type { Facts } from '../host/facts/facts.ts';
import type { CommandResult, SeenFile, SeenPath, SeenService } from '../host/host.ts';
import type { KubeObject, ListQuery, ObjectRef } from '../kube/client.ts';
import type { SeenKey } from '../pki/existing.ts';
import type { EtcdAccess } from './change.ts';

/** What a phase wants to know before it decides. Private keys are read as their public halves. */
export interface Reads {
  readonly facts?: boolean;
  readonly files?: readonly string[];
  readonly paths?: readonly string[];
  readonly services?: readonly string[];
  readonly commands?: readonly (readonly string[])[];
  /** Certificate and key at `<base>.crt`, `<base>.key`. */
  readonly keyPairs?: readonly string[];
  /** Lone private keys. */
  readonly keys?: readonly string[];
  readonly kubeconfigs?: readonly string[];
  readonly objects?: readonly ObjectRead[];
  readonly lists?: readonly ListQuery[];
  readonly etcd?: EtcdAccess;
  /** Of an etcd outside of the cluster: the version of each server. */
  readonly etcdVersions?: EtcdAccess;
  /** What only something that really runs could tell. A rehearsal, in which nothing does, leaves it out: it is not seen. */
  readonly running?: Omit<Reads, 'running'>;
}

/** An object to look at. */
export interface ObjectRead extends ObjectRef {
  /** Where the API server does not let us see it, it counts as not there. */
  readonly hidden?: 'absent';
}

export interface Observed {
  readonly facts: Facts | undefined;
  readonly files: ReadonlyMap<string, SeenFile>;
  readonly paths: ReadonlyMap<string, SeenPath>;
  readonly services: ReadonlyMap<string, SeenService>;
  readonly commands: ReadonlyMap<string, CommandResult>;
  readonly keyPairs: ReadonlyMap<string, SeenKeyPair>;
  /** Path -> public half (PEM), or what is wrong with the key. */
  readonly keys: ReadonlyMap<string, SeenKey>;
  readonly kubeconfigs: ReadonlyMap<string, SeenKubeconfig>;
  /** By objectKey; absent where the API server has none or does not exist yet. */
  readonly objects: ReadonlyMap<string, KubeObject>;
  readonly lists: ReadonlyMap<string, readonly KubeObject[]>;
  /** undefined where nobody asked. */
  readonly etcd?: SeenEtcd;
  /** undefined where nobody asked, or without the certificates to ask with. */
  readonly etcdVersions?: readonly EtcdAnswer[];
}

/** The members of etcd, the ids of those that are healthy, and their alarms; or why it does not answer. */
export type SeenEtcd =
  | {
      readonly members: readonly EtcdMember[];
      readonly healthy: ReadonlySet<string>;
      readonly alarms: readonly EtcdAlarm[];
      readonly problem?: never;
    }
  | { readonly members?: never; readonly problem: string };

export interface SeenKeyPair {
  readonly certificate: string | undefined;
  readonly key: SeenKey | undefined;
}

export interface SeenKubeconfig {
  readonly problem?: string;
  readonly server?: string;
  readonly ca?: string;
  readonly clientCertificate?: string;
  /** The client certificate stands in files that the kubelet rotates. */
  readonly rotates?: boolean;
}

export const nothingObserved: Observed = {
  facts: undefined,
  files: new Map(),
  paths: new Map(),
  services: new Map(),
  commands: new Map(),
  keyPairs: new Map(),
  keys: new Map(),
  kubeconfigs: new Map(),
  objects: new Map(),
  lists: new Map(),
};

/** One question out of many, so that a stage costs one round trip. */
export function mergeReads(all: readonly Reads[]): Reads {
  const union = <K extends keyof Reads>(key: K) =>
    all.flatMap((reads) => (reads[key] ?? []) as readonly unknown[]) as unknown as NonNullable<Reads[K]>;
  const etcd = all.find((reads) => reads.etcd)?.etcd;
  const etcdVersions = all.find((reads) => reads.etcdVersions)?.etcdVersions;
  const running = all.flatMap((reads) => reads.running ?? []);
  return {
    facts: all.some((reads) => reads.facts),
    files: [...new Set(union('files') as readonly string[])],
    paths: [...new Set(union('paths') as readonly string[])],
    services: [...new Set(union('services') as readonly string[])],
    commands: [...new Map((union('commands') as readonly string[][]).map((argv) => [argv.join('\0'), argv])).values()],
    keyPairs: [...new Set(union('keyPairs') as readonly string[])],
    keys: [...new Set(union('keys') as readonly string[])],
    kubeconfigs: [...new Set(union('kubeconfigs') as readonly string[])],
    objects: union('objects'),
    lists: union('lists'),
    ...defined({ etcd, etcdVersions }),
    ...(running.length === 0 ? {} : { running: mergeReads(running) }),
  };
}

/** The key under which a list is found. */
export function listKey(query: ListQuery): string {
  return [query.kind, query.namespace ?? '', query.labelSelector ?? '', query.fieldSelector ?? ''].join('|');
}
