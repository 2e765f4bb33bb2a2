import type { Source } from '../archive/source.ts';
import type { EncryptionAlgorithm } from '../config/types.ts';
import { defined } from '../defined.ts';
import type { KubeObject, ObjectRef } from '../kube/client.ts';
import type { SharedFile } from '../manifests/upload-certs.ts';
import type { CertificateSpec } from '../pki/certificate-table.ts';
import type { Secret } from '../secret.ts';
import type { Condition } from './condition.ts';

/**
 * What should be, as plain data. A phase returns changes for everything that it wants; `difference` drops those that
 * already hold; the executor performs the rest. A plan prints the same list.
 */
export type Change =
  | Note
  | FileChange
  | UploadChange
  | DirectoryChange
  | AbsentChange
  | CopyChange
  | AwaitedChange
  | KeyPairChange
  | CertificateChange
  | KubeconfigChange
  | CommandChange
  | PackagesChange
  | ServiceChange
  | ObjectChange
  | NodeChange
  | DrainChange
  | EtcdMemberChange
  | WaitChange;

interface Step {
  /** The sub-phase it belongs to (`apiserver` of `certs/apiserver`). */
  readonly step?: string;
  /** The line that kubeadm prints for it. */
  readonly says?: string;
  /** It is not worth stopping for: a failure is only told. */
  readonly optional?: boolean;
}

/** A line of the story; changes nothing. */
export interface Note extends Step {
  readonly kind: 'note';
  readonly text: string;
  readonly warning?: boolean;
}

export interface FileChange extends Step {
  readonly kind: 'file';
  readonly path: string;
  readonly content: string | Secret;
  readonly mode: number;
  readonly owner?: string;
  /** Leave a file that is there as it is, whatever it holds. */
  readonly keep?: boolean;
  /** Lines in a file of others: undoing turns back these alone. */
  readonly edit?: boolean;
}

/**
 * A file too large to hold: a package, an archive of images. It travels piece by piece and gets its name when its digest
 * is right; its folder is named after its content, so that a file of this name is this file.
 */
export interface UploadChange extends Step {
  readonly kind: 'upload';
  readonly path: string;
  readonly mode: number;
  readonly source: Source;
}

export interface DirectoryChange extends Step {
  readonly kind: 'directory';
  readonly path: string;
  readonly mode: number;
}

export interface AbsentChange extends Step {
  readonly kind: 'absent';
  readonly path: string;
  /** Empty the directory and keep it. */
  readonly contents?: boolean;
  /** The run itself puts it there before, so that it has to go even where none was seen. */
  readonly transient?: boolean;
}

/** What is at a path, with modes and owners, in place of what is at another: its content stays on the host. */
export interface CopyChange extends Step {
  readonly kind: 'copy';
  readonly from: string;
  readonly to: string;
  /** What links at both paths lead to, as a written file follows them. */
  readonly follow?: boolean;
}

/** A path that a service of the host makes: waited for on the host, in one round trip with what follows. */
export interface AwaitedChange extends Step {
  readonly kind: 'awaited';
  readonly path: string;
  /** What it stands for. */
  readonly what: string;
  /** Seconds. */
  readonly deadline: number;
  /** What to look at when it expires; the executor adds the host's own last words. */
  readonly advice: string;
}

/** A key pair without a certificate: the service accounts' one. */
export interface KeyPairChange extends Step {
  readonly kind: 'key-pair';
  readonly privatePath: string;
  readonly publicPath: string;
  readonly algorithm: EncryptionAlgorithm;
  /** The private key is there: write its public half. */
  readonly keepKey?: boolean;
}

/** A certificate and its key at `<directory>/<spec.path>.{crt,key}`; the executor makes the key and signs. */
export interface CertificateChange extends Step {
  readonly kind: 'certificate';
  readonly directory: string;
  readonly spec: CertificateSpec;
  /** Sign the key that is already there. */
  readonly keepKey?: boolean;
}

/** A kubeconfig with a client certificate that the executor mints with the CA in `directory`. */
export interface KubeconfigChange extends Step {
  readonly kind: 'kubeconfig';
  readonly path: string;
  readonly directory: string;
  readonly clusterName: string;
  readonly server: string;
  readonly user: string;
  readonly client: CertificateSpec;
  readonly preferences: boolean;
}

export interface CommandChange extends Step {
  readonly kind: 'command';
  readonly argv: readonly string[];
  readonly stdin?: string | Secret;
  /** Seconds. */
  readonly deadline?: number;
  /** What it does, for whoever reads that it failed: `pulling k8s.gcr.io/pause:3.2`; default: its command line. */
  readonly what?: string;
  /** What to do when it fails. */
  readonly advice?: string;
  /** What to do instead where its words show a known cause; the first that fits. */
  readonly causes?: readonly { readonly sign: RegExp; readonly advice: string }[];
  /** What is gone when it is done, a name each: `interface cni0`. */
  readonly removes?: readonly string[];
  /** The command that undoes it. */
  readonly undo?: readonly string[];
  /** Files that it rewrites: undoing brings them back too. */
  readonly rewrites?: readonly string[];
}

/** Packages that are to be there; whatever comes with them is written down, to be removed again. */
export interface PackagesChange extends Step {
  readonly kind: 'packages';
  readonly manager: 'yum' | 'dnf';
  /** As the manager takes them: `socat`, `kubelet-1.20.2`, `containerd.io-1.*`. */
  readonly names: readonly string[];
  /** Which repositories: `--disableexcludes=kinit-kubernetes`. */
  readonly options: readonly string[];
  /** What to do when one is missing. */
  readonly advice: string;
}

export interface ServiceChange extends Step {
  readonly kind: 'service';
  readonly name: string;
  readonly state: 'running' | 'stopped';
  readonly enabled?: boolean;
  /** Files whose change asks for a restart. */
  readonly restartFor?: readonly string[];
}

export interface ObjectChange extends Step {
  readonly kind: 'object';
  readonly object: KubeObject;
  /**
   * `present`: create, or update where fields differ. `once`: create, and leave what is there. `absent`: delete.
   * `applied`: apply on the server, and leave it alone as long as the same was applied last (its stamp tells).
   */
  readonly how: 'present' | 'once' | 'absent' | 'applied';
  /** Objects of one wave are written together, after those of the waves before. */
  readonly wave?: number;
  /** Whose rights are tried when the administrator's do not suffice yet. */
  readonly as?: 'super-admin';
  /** What it goes away with in the cluster, made before it; the executor looks up its uid. */
  readonly ownedBy?: ObjectRef;
  /** Files of the host that the executor encrypts into its data; nobody else sees them. */
  readonly sealed?: { readonly files: readonly SharedFile[]; readonly key: Secret };
}

/** Labels, taints and annotations to merge into a Node (kubeadm's patchNode). */
export interface NodeChange extends Step {
  readonly kind: 'node';
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly taints: readonly { readonly key: string; readonly value?: string; readonly effect: string }[];
  /** What an older release marked it with, by name. */
  readonly gone?: Readonly<Record<'labels' | 'annotations', readonly string[]>> & {
    readonly taints: readonly { readonly key: string; readonly effect: string }[];
  };
}

/**
 * A node that its pods leave (`kubectl drain`), or that takes pods again (`kubectl uncordon`). `leaving`: they have all been told
 * to, and nothing holds any of them.
 */
export interface DrainChange extends Step {
  readonly kind: 'drain';
  readonly node: string;
  readonly how: 'leaving' | 'drained' | 'back';
  /** Seconds for the pods to leave. */
  readonly deadline: number;
  /** When these are over (milliseconds since the epoch), where they began with another change. */
  readonly end?: number;
  /** Goes on where pods do not leave in time, with a warning. */
  readonly force?: boolean;
  /** Written on the Node with what it is taken for, so that nobody gives back what somebody else has taken. */
  readonly owner?: string;
}

/**
 * A member of the etcd cluster, through the others. `absent`: it leaves. `announced`: the others know it, as a learner, which
 * has no vote yet. `voting`: it has started, caught up and got its vote. `alone`: it is the only one, and leads.
 */
export interface EtcdMemberChange extends Step {
  readonly kind: 'etcd-member';
  readonly how: 'absent' | 'announced' | 'voting' | 'alone';
  /** By which the others know it. */
  readonly peerUrl: string;
  readonly access: EtcdAccess;
  /** Seconds to be announced, or to get its vote. */
  readonly deadline?: number;
  /** What to look at when that expires. */
  readonly advice?: string;
}

/** How etcd is reached from a host, with the certificates that lie there. */
export interface EtcdAccess {
  /** Client URLs; the first that answers is asked. */
  readonly servers: readonly string[];
  readonly caFile: string;
  readonly certFile: string;
  readonly keyFile: string;
}

export interface WaitChange extends Step {
  readonly kind: 'wait';
  readonly until: Condition;
  /** Seconds. */
  readonly deadline: number;
  /** What to look at when it expires; the executor adds the host's own last words. */
  readonly advice: string;
  /** The lines that kubeadm prints when it is over; `%v` is how long it took as Go prints it, `%f` the seconds of it. */
  readonly healthy?: string;
  readonly unhealthy?: string;
  /** It comes only when this host's etcd runs, which a kubelet that is just starting may have refused. */
  readonly needsEtcd?: boolean;
}

/** `Kind/namespace/name`, to find an object among observed ones. */
export function objectKey(ref: ObjectRef | KubeObject): string {
  const meta = 'metadata' in ref ? (ref as KubeObject).metadata : (ref as ObjectRef);
  return `${ref.kind}/${meta.namespace ?? ''}/${meta.name}`;
}

/** The reference that finds `object` again. */
export function refOf(object: KubeObject): ObjectRef {
  const { name, namespace } = object.metadata;
  return { apiVersion: object.apiVersion, kind: object.kind, name, ...defined({ namespace }) };
}
