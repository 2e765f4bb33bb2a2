import { describe, expect, it } from 'vitest';
import { matchesFields, matchesLabels } from '../../../src/kube/selector.ts';

const labels = { app: 'dns', tier: 'back' };
const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'one' }, type: 'bootstrap.kubernetes.io/token' };

describe('a label selector', () => {
  it.each([
    [undefined, true],
    ['app=dns', true],
    ['app==dns,tier=back', true],
    ['app=dns,tier=front', false],
    ['app!=web', true],
    ['owner!=me', true],
    ['app', true],
    ['owner', false],
    ['!owner', true],
    ['!app', false],
    ['app in (web, dns),tier notin (front)', true],
    ['app notin (web,dns)', false],
    ['owner in (me)', false],
  ])('%s matches app=dns,tier=back: %s', (selector, matches) => {
    expect(matchesLabels(selector, labels)).toBe(matches);
  });
});

describe('a field selector', () => {
  it.each([
    ['type=bootstrap.kubernetes.io/token', true],
    ['type!=Opaque,metadata.name=one', true],
    ['metadata.name=two', false],
    ['spec.nodeName=cp1', false],
  ])('%s: %s', (selector, matches) => {
    expect(matchesFields(selector, secret)).toBe(matches);
  });
});
