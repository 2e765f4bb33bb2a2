import { X509Certificate } from 'node:crypto';
import type { KubeObject } from '../../src/kube/client.ts';
import { KubeError } from '../../src/kube/error.ts';

/** Who asks, as an API server's authenticators tell it. */
export interface Identity {
  readonly user: string;
  readonly groups: readonly string[];
}

/** What is asked, as an API server's authorizers see it (RequestInfo). */
export type Asked =
  | { readonly verb: string; readonly path: string }
  | {
      readonly verb: string;
      readonly group: string;
      readonly resource: string;
      readonly subresource?: string | undefined;
      readonly namespace?: string | undefined;
      readonly name?: string | undefined;
      readonly fieldSelector?: string | undefined;
    };

const authenticated = 'system:authenticated';

export const anonymous: Identity = { user: 'system:anonymous', groups: ['system:unauthenticated'] };
export const masters: Identity = { user: 'kubernetes-super-admin', groups: ['system:masters', authenticated] };

/** The user and groups that a client certificate names: its common name and organisations. */
export function certificateIdentity(pem: string): Identity {
  const fields = new X509Certificate(pem).subject.split('\n').map((line) => line.split('=') as [string, string]);
  const named = (wanted: string) => fields.flatMap(([field, value]) => (field === wanted ? [value] : []));
  return { user: named('CN')[0] ?? '', groups: [...named('O'), authenticated] };
}

/** Whom a bootstrap token stands for; undefined where the cluster does not know it (any more) or it may not log in. */
export function tokenIdentity(token: string, objects: readonly KubeObject[], now: number): Identity | undefined {
  const [id = '', secret] = token.split('.');
  const found = objects.find(({ kind, metadata }) => kind === 'Secret' && metadata.name === `bootstrap-token-${id}`);
  const data = (found?.['data'] ?? {}) as Readonly<Record<string, string>>;
  const text = (key: string) => Buffer.from(data[key] ?? '', 'base64').toString('utf8');
  if (text('token-secret') !== secret || text('usage-bootstrap-authentication') !== 'true') return undefined;
  if (text('expiration') !== '' && Date.parse(text('expiration')) <= now) return undefined;
  const extra = text('auth-extra-groups').split(',').filter(Boolean);
  return { user: `system:bootstrap:${id}`, groups: ['system:bootstrappers', ...extra, authenticated] };
}

/** Throws the API server's 403 unless RBAC, the Node authorizer or the group system:masters lets the identity do it now. */
export function authorize(identity: Identity, asked: Asked, objects: readonly KubeObject[]): void {
  if (identity.groups.includes('system:masters') || isNodes(identity, asked) || isBound(identity, asked, objects))
    return;
  const { user } = identity;
  if ('path' in asked)
    throw new KubeError(403, 'Forbidden', `forbidden: User "${user}" cannot ${asked.verb} path "${asked.path}"`);
  const { verb, group, resource, subresource, namespace, name } = asked;
  const what = subresource ? `${resource}/${subresource}` : resource;
  const where = namespace === undefined ? 'at the cluster scope' : `in the namespace "${namespace}"`;
  const which = name === undefined ? '' : ` "${name}"`;
  throw new KubeError(
    403,
    'Forbidden',
    `${resource}${group && `.${group}`}${which} is forbidden: User "${user}" cannot ${verb} resource "${what}" in API group "${group}" ${where}`,
  );
}

interface Rule {
  readonly verbs: readonly string[];
  readonly apiGroups?: readonly string[];
  readonly resources?: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly nonResourceURLs?: readonly string[];
}

interface Subject {
  readonly kind: string;
  readonly name: string;
  readonly namespace?: string;
}

interface Binding extends KubeObject {
  readonly roleRef: { readonly kind: string; readonly name: string };
  readonly subjects?: readonly Subject[];
}

function isBound(identity: Identity, asked: Asked, objects: readonly KubeObject[]): boolean {
  const all = [...defaults, ...objects];
  return all.some((object) => {
    if (object.kind !== 'ClusterRoleBinding' && object.kind !== 'RoleBinding') return false;
    const { roleRef, subjects = [], metadata, kind } = object as Binding;
    const { namespace } = metadata;
    if (kind === 'RoleBinding' && ('path' in asked || asked.namespace !== namespace)) return false;
    if (!subjects.some((subject) => isMeant(subject, identity))) return false;
    const role = all.find(
      (one) =>
        one.kind === roleRef.kind &&
        one.metadata.name === roleRef.name &&
        (one.kind === 'ClusterRole' || one.metadata.namespace === namespace),
    );
    return ((role?.['rules'] ?? []) as readonly Rule[]).some((rule) => allows(rule, asked));
  });
}

function isMeant({ kind, name, namespace }: Subject, { user, groups }: Identity): boolean {
  if (kind === 'Group') return groups.includes(name);
  return user === (kind === 'ServiceAccount' ? `system:serviceaccount:${namespace}:${name}` : name);
}

function allows(rule: Rule, asked: Asked): boolean {
  if (!has(rule.verbs, asked.verb)) return false;
  if ('path' in asked) {
    const isBelow = (url: string) => url.endsWith('*') && asked.path.startsWith(url.slice(0, -1));
    return (rule.nonResourceURLs ?? []).some((url) => url === asked.path || isBelow(url));
  }
  const { group, resource, subresource } = asked;
  const names = rule.resourceNames ?? [];
  const what = subresource ? `${resource}/${subresource}` : resource;
  const resources = rule.resources ?? [];
  const name = nameOf(asked);
  return (
    has(rule.apiGroups ?? [], group) &&
    (has(resources, what) || (subresource !== undefined && resources.includes(`*/${subresource}`))) &&
    (names.length === 0 || (name !== undefined && names.includes(name)))
  );
}

/** A list by name is about that object, as the API server has it. */
function nameOf({ name, fieldSelector }: Exclude<Asked, { path: string }>): string | undefined {
  return name ?? selected(fieldSelector, 'metadata.name');
}

function selected(selector: string | undefined, field: string): string | undefined {
  const terms = (selector ?? '').split(',').map((term) => term.split(/==?/));
  return terms.find(([key]) => key === field)?.[1];
}

function has(words: readonly string[], word: string): boolean {
  return words.includes('*') || words.includes(word);
}

/** The Node authorizer, with the selectors that it asks for since 1.32 (AuthorizeNodeWithSelectors). */
function isNodes({ user, groups }: Identity, asked: Asked): boolean {
  if (!groups.includes('system:nodes') || !user.startsWith('system:node:') || 'path' in asked) return false;
  const own = user.slice('system:node:'.length);
  const { verb, resource, namespace, fieldSelector, name } = asked;
  const reads = ['get', 'list', 'watch'].includes(verb);
  switch (resource) {
    case 'nodes':
      return verb === 'create' || (nameOf(asked) === own && (reads || verb === 'update' || verb === 'patch'));
    case 'pods':
      return verb === 'list' || verb === 'watch' ? selected(fieldSelector, 'spec.nodeName') === own : true;
    case 'services':
      return reads;
    case 'leases':
      return namespace === 'kube-node-lease' && name === own;
    case 'certificatesigningrequests':
      return asked.subresource === undefined && (reads || verb === 'create');
    case 'events':
      return ['create', 'update', 'patch'].includes(verb);
    default:
      // Secrets and ConfigMaps only where a pod of the node refers to them, which no kubelet here has.
      return false;
  }
}

/** What an API server brings itself (plugin/pkg/auth/authorizer/rbac/bootstrappolicy), as far as it matters here. */
const defaults: readonly KubeObject[] = [
  role('cluster-admin', [
    { verbs: ['*'], apiGroups: ['*'], resources: ['*'] },
    { verbs: ['*'], nonResourceURLs: ['*'] },
  ]),
  role('system:public-info-viewer', [
    { verbs: ['get'], nonResourceURLs: ['/livez', '/readyz', '/healthz', '/version', '/version/'] },
  ]),
  role('system:discovery', [
    {
      verbs: ['get'],
      nonResourceURLs: [
        '/livez',
        '/readyz',
        '/healthz',
        '/version',
        '/openapi/*',
        '/api',
        '/api/*',
        '/apis',
        '/apis/*',
      ],
    },
  ]),
  role('system:node-bootstrapper', [
    {
      verbs: ['create', 'get', 'list', 'watch'],
      apiGroups: ['certificates.k8s.io'],
      resources: ['certificatesigningrequests'],
    },
  ]),
  role('system:kubelet-api-admin', [
    { verbs: ['get', 'list', 'watch', 'proxy'], apiGroups: [''], resources: ['nodes'] },
    { verbs: ['*'], apiGroups: [''], resources: ['nodes/log', 'nodes/metrics', 'nodes/proxy', 'nodes/stats'] },
  ]),
  binding('cluster-admin', 'system:masters'),
  binding('system:public-info-viewer', authenticated, 'system:unauthenticated'),
  binding('system:discovery', authenticated),
];

function role(name: string, rules: readonly Rule[]): KubeObject {
  return { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', metadata: { name }, rules };
}

function binding(name: string, ...groups: readonly string[]): KubeObject {
  return {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRoleBinding',
    metadata: { name },
    roleRef: { kind: 'ClusterRole', name },
    subjects: groups.map((group) => ({ kind: 'Group', name: group })),
  };
}
