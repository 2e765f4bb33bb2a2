import { randomInt } from 'node:crypto';
import type { BootstrapToken } from '../config/types.ts';
import { defined } from '../defined.ts';
import { Secret } from '../secret.ts';
import type { KubeObject, ListQuery, ObjectRef } from './client.ts';

/** Group that kubeadm's tokens carry and its role bindings name. */
export const joinGroup = 'system:bootstrappers:kubeadm:default-node-token';
const tokenUsages = ['signing', 'authentication'] as const;

const tokenPattern = /^([a-z0-9]{6})\.([a-z0-9]{16})$/;
const idPattern = /^[a-z0-9]{6}$/;

const secretType = 'bootstrap.kubernetes.io/token';
const namespace = 'kube-system';

/** Every bootstrap token of a cluster. */
export const tokenSecretsQuery: ListQuery = {
  apiVersion: 'v1',
  kind: 'Secret',
  namespace,
  fieldSelector: `type=${secretType}`,
};

export interface TokenParts {
  /** Public: six characters that name it. */
  readonly id: string;
  readonly secret: Secret;
}

/** The halves of `abcdef.0123456789abcdef`; undefined where the text is no token. */
export function parseToken(text: string): TokenParts | undefined {
  const [, id, secret] = tokenPattern.exec(text) ?? [];
  return id === undefined || secret === undefined ? undefined : { id, secret: new Secret(secret) };
}

/** The id of a token, given as a whole or as the id alone; undefined where it is neither. */
export function tokenIdOf(text: string): string | undefined {
  return idPattern.test(text) ? text : parseToken(text)?.id;
}

/** A new random token. */
export function generateToken(): string {
  return `${randomText(6)}.${randomText(16)}`;
}

/** Where the cluster keeps a token. */
export function tokenRef(id: string): ObjectRef {
  return { apiVersion: 'v1', kind: 'Secret', namespace, name: `bootstrap-token-${id}` };
}

/** The token in a Secret of type bootstrap.kubernetes.io/token; undefined where it is not well formed. */
export function tokenFromSecret(secret: KubeObject): BootstrapToken | undefined {
  const data = (secret['data'] ?? {}) as Readonly<Record<string, string>>;
  const text = (key: string) =>
    data[key] === undefined ? undefined : Buffer.from(data[key], 'base64').toString('utf8');
  const token = `${text('token-id')}.${text('token-secret')}`;
  const expires = text('expiration');
  if (secret['type'] !== secretType || secret.metadata.name !== `bootstrap-token-${text('token-id')}`) return undefined;
  if (!tokenPattern.test(token) || (expires !== undefined && Number.isNaN(Date.parse(expires)))) return undefined;
  const description = text('description');
  return {
    token,
    ...(description ? { description } : {}),
    ...defined({ expires }),
    usages: tokenUsages.filter((usage) => text(`usage-bootstrap-${usage}`) === 'true').sort(),
    groups: (text('auth-extra-groups') ?? '').split(',').filter(Boolean),
  };
}

/** Ten minutes: what a node may need from reading the join command to its first certificate. */
const shortestLifetimeMs = 10 * 60 * 1000;

/** Whether a node can join with a live token, and for a while yet; `now` in milliseconds since the epoch. */
export function usableForJoin({ expires, usages, groups }: BootstrapToken, now: number): boolean {
  const lasts = expires === undefined || Date.parse(expires) - now >= shortestLifetimeMs;
  return lasts && tokenUsages.every((usage) => usages.includes(usage)) && groups.includes(joinGroup);
}

function randomText(length: number): string {
  const alphabet = 'abcdefghijklmnopqrstuvwxyz0123456789';
  return Array.from({ length }, () => alphabet[randomInt(alphabet.length)]).join('');
}
