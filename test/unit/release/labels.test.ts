import { describe, expect, it } from 'vitest';
import { exampleLabel, isLabel, labelAddress, minorAlone } from '../../../src/release/labels.ts';
import { newestMinor } from '../../../src/release/served.ts';

describe('labels of versions', () => {
  it('are looked up where upstream publishes them', () => {
    expect(['stable-1.30', 'release/stable', 'ci/latest'].map(labelAddress)).toEqual([
      'https://dl.k8s.io/release/stable-1.30.txt',
      'https://dl.k8s.io/release/stable.txt',
      'https://storage.googleapis.com/k8s-release-dev/ci/latest.txt',
    ]);
  });

  it('are named by the newest minor that is served', () => {
    expect(exampleLabel).toBe(`stable-1.${newestMinor}`);
  });

  it.each([
    ['stable', true, undefined],
    ['ci/latest-1.30', true, undefined],
    ['v1.30', true, '30'],
    ['1.30', false, '30'],
    ['1.30.1', false, undefined],
    ['other/stable', false, undefined],
  ])('"%s": a label %s, a minor alone %s', (text, label, minor) => {
    expect([isLabel(text), minorAlone(text)]).toEqual([label, minor]);
  });
});
