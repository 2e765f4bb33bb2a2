import type * as z from 'zod';
import type { ApiVersion } from '../../release/config-api.ts';
import type { TextOf } from '../../yaml-place.ts';
import { decode, type FieldProblem } from '../decode.ts';
import type {
  ClusterDocumentV1Beta2,
  ClusterDocumentV1Beta3,
  InitDocumentV1Beta3,
  JoinDocumentV1Beta3,
  KubeadmKind,
} from '../documents.ts';
import { clusterFromV1Beta2, clusterFromV1Beta3, initFromV1Beta3, joinFromV1Beta3 } from '../to-v1beta4.ts';
import { v1beta1 } from './v1beta1.ts';
import { v1beta2 } from './v1beta2.ts';
import { v1beta3 } from './v1beta3.ts';
import { v1beta4 } from './v1beta4.ts';

/** The schema of every kind in every version. This module loads zod: import it where a file is really read. */
export const schemas: Readonly<Record<ApiVersion, Partial<Readonly<Record<KubeadmKind, z.ZodType>>>>> = {
  v1beta1,
  v1beta2,
  v1beta3,
  v1beta4,
};

export interface DecodedKind {
  /** In v1beta4's shape; undefined where there are problems. */
  readonly value: object | undefined;
  readonly rest: Readonly<Record<string, unknown>>;
  readonly unknown: readonly FieldProblem[];
  readonly problems: readonly FieldProblem[];
}

/** A kubeadm.k8s.io document checked against its version's schema and brought into v1beta4's shape. */
export function decodeKubeadm(version: ApiVersion, kind: KubeadmKind, document: unknown, textOf?: TextOf): DecodedKind {
  const schema = schemas[version][kind];
  if (!schema)
    return { value: undefined, rest: {}, unknown: [], problems: [{ path: ['kind'], message: 'is not known' }] };
  const decoded = decode(schema, document, textOf);
  if ('problems' in decoded) return { value: undefined, rest: {}, ...decoded };
  const { apiVersion: _, kind: __, ...fields } = decoded.value as Record<string, unknown>;
  const { value, problems } = toV1Beta4(version, kind, fields);
  return { value: problems.length > 0 ? undefined : value, rest: decoded.rest, unknown: decoded.unknown, problems };
}

function toV1Beta4(version: ApiVersion, kind: KubeadmKind, fields: Record<string, unknown>) {
  const none: readonly FieldProblem[] = [];
  if (version === 'v1beta4') return { value: fields, problems: none };
  switch (kind) {
    case 'InitConfiguration':
      return { value: initFromV1Beta3(fields as InitDocumentV1Beta3), problems: none };
    case 'JoinConfiguration':
      return { value: joinFromV1Beta3(fields as JoinDocumentV1Beta3), problems: none };
    case 'ClusterConfiguration': {
      const v1beta3 =
        version === 'v1beta1' || version === 'v1beta2'
          ? clusterFromV1Beta2(fields as ClusterDocumentV1Beta2)
          : { value: fields as ClusterDocumentV1Beta3, problems: none };
      return { value: clusterFromV1Beta3(v1beta3.value), problems: v1beta3.problems };
    }
    default:
      return { value: fields, problems: none };
  }
}
