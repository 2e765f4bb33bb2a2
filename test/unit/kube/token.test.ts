import { describe, expect, it } from 'vitest';
import type { BootstrapToken } from '../../../src/config/types.ts';
import {
  generateToken,
  joinGroup,
  parseToken,
  tokenFromSecret,
  tokenIdOf,
  usableForJoin,
} from '../../../src/kube/token.ts';
import { tokenSecret } from '../../../src/manifests/bootstrap-token.ts';

const now = Date.parse('2026-03-01T12:00:00Z');
const token: BootstrapToken = {
  token: 'abcdef.0123456789abcdef',
  usages: ['authentication', 'signing'],
  groups: [joinGroup],
};

describe('a bootstrap token', () => {
  it.each([
    ['abcdef.0123456789abcdef', true],
    ['abcde.0123456789abcdef', false],
    ['abcdef.0123456789abcde', false],
    ['abcdef.0123456789abcdef\n', false],
    ['ABCDEF.0123456789abcdef', false],
    ['abcdef:0123456789abcdef', false],
    ['', false],
  ])('%j is one: %s', (text, valid) => {
    expect(parseToken(text) !== undefined).toBe(valid);
  });

  it('shows its id and hides its secret', () => {
    const parts = parseToken('abcdef.0123456789abcdef');
    expect(JSON.stringify(parts)).toBe('{"id":"abcdef","secret":"<redacted>"}');
    expect(parts?.secret.reveal()).toBe('0123456789abcdef');
  });

  it.each([
    ['abcdef', 'abcdef'],
    ['abcdef.0123456789abcdef', 'abcdef'],
    ['abcdefg', undefined],
    ['../../x', undefined],
  ])('%j names the token %s', (text, id) => {
    expect(tokenIdOf(text)).toBe(id);
  });

  it('is random when generated, over the whole alphabet', () => {
    const all = Array.from({ length: 500 }, generateToken);
    expect(new Set(all).size).toBe(500);
    expect(all.every((text) => parseToken(text))).toBe(true);
    expect(new Set(all.join('').replaceAll('.', '')).size).toBe(36);
  });
});

describe('a token’s Secret', () => {
  it.each<[string, BootstrapToken, BootstrapToken]>([
    ['for ever', token, token],
    [
      'with everything',
      { ...token, ttl: '1h0m0s', description: 'rack 7' },
      { ...token, description: 'rack 7', expires: '2026-03-01T13:00:00Z' },
    ],
    ['for signing alone', { ...token, usages: ['signing'], groups: [] }, { ...token, usages: ['signing'], groups: [] }],
  ])('gives back what it was made of: %s', (_, described, read) => {
    expect(tokenFromSecret(tokenSecret(described, now))).toEqual(read);
  });

  it.each([
    ['of another type', { type: 'Opaque' }],
    ['under another token’s name', { metadata: { name: 'bootstrap-token-zzzzzz', namespace: 'kube-system' } }],
    ['without data', { data: {} }],
    [
      'with an expiration that is no time',
      { data: { ...(tokenSecret(token, now)['data'] as object), expiration: 'c29vbg==' } },
    ],
  ])('is no token %s', (_, change) => {
    expect(tokenFromSecret({ ...tokenSecret(token, now), ...change })).toBeUndefined();
  });
});

describe('a token serves for joining', () => {
  it.each<[string, Partial<BootstrapToken>, boolean]>([
    ['when it never expires', {}, true],
    ['for another quarter of an hour', { expires: '2026-03-01T12:15:00Z' }, true],
    ['not when it is about to expire', { expires: '2026-03-01T12:05:00Z' }, false],
    ['not when it has expired', { expires: '2026-03-01T11:00:00Z' }, false],
    ['not when nothing is signed for it', { usages: ['authentication'] }, false],
    ['not when it lets nobody in', { usages: ['signing'] }, false],
    ['not without the group of joining nodes', { groups: ['system:bootstrappers:other'] }, false],
  ])('%s', (_, change, serves) => {
    expect(usableForJoin({ ...token, ...change }, now)).toBe(serves);
  });
});
