import type * as z from 'zod';
import type { TextOf, YamlPath } from '../yaml-place.ts';
import type { Given } from './decode.ts';
import type { v1beta2 } from './schema/v1beta2.ts';
import type { v1beta3 } from './schema/v1beta3.ts';
import type { v1beta4 } from './schema/v1beta4.ts';

/** What a document of a schema says, without what it is. */
type Fields<Schema extends z.ZodType> = Omit<Given<z.output<Schema>>, 'apiVersion' | 'kind'>;

/** Documents in v1beta4's shape, whatever version they were written in. */
export type InitDocument = Fields<(typeof v1beta4)['InitConfiguration']>;
export type JoinDocument = Fields<(typeof v1beta4)['JoinConfiguration']>;
export type ResetDocument = Fields<(typeof v1beta4)['ResetConfiguration']>;
export type UpgradeDocument = Fields<(typeof v1beta4)['UpgradeConfiguration']>;
export type ClusterDocument = Fields<(typeof v1beta4)['ClusterConfiguration']> & {
  /** v1beta3 and older keep a node's time-out with the cluster. */
  readonly timeoutForControlPlane?: string | undefined;
};

export type InitDocumentV1Beta3 = Fields<(typeof v1beta3)['InitConfiguration']>;
export type ClusterDocumentV1Beta3 = Fields<(typeof v1beta3)['ClusterConfiguration']>;
export type JoinDocumentV1Beta3 = Fields<(typeof v1beta3)['JoinConfiguration']>;
export type ClusterDocumentV1Beta2 = Fields<(typeof v1beta2)['ClusterConfiguration']>;

/** A document of a file: what it says, where its parts stand, and what kinit does not know of it. */
export interface FileDocument<T> {
  readonly apiVersion: string;
  readonly value: T;
  readonly rest: Readonly<Record<string, unknown>>;
  /** `cluster.yaml:12 networking.podSubnet`; paths are v1beta4's. */
  readonly placeOf: (path: YamlPath) => string;
  /** How a number or word without quotes stands in the file. */
  readonly textOf?: TextOf;
}

/** The documents of a configuration file, by kind. */
export interface ConfigFile {
  readonly file: string;
  readonly init?: FileDocument<InitDocument>;
  readonly cluster?: FileDocument<ClusterDocument>;
  readonly join?: FileDocument<JoinDocument>;
  readonly reset?: FileDocument<ResetDocument>;
  readonly upgrade?: FileDocument<UpgradeDocument>;
  readonly kubelet?: FileDocument<Readonly<Record<string, unknown>>>;
  readonly kubeProxy?: FileDocument<Readonly<Record<string, unknown>>>;
  /** kinit's own: hosts and how to reach them, as it stands in the file. */
  readonly inventory?: FileDocument<unknown>;
}

/** The part of a ConfigFile that holds a kind of kubeadm.k8s.io. */
export const kubeadmKinds = {
  InitConfiguration: 'init',
  ClusterConfiguration: 'cluster',
  JoinConfiguration: 'join',
  ResetConfiguration: 'reset',
  UpgradeConfiguration: 'upgrade',
} as const;

export type KubeadmKind = keyof typeof kubeadmKinds;
