import { describe, expect, it } from 'vitest';
import { canonicalQuantity, withCanonicalQuantities } from '../../../src/manifests/quantity.ts';

describe('a quantity is printed as Kubernetes prints it', () => {
  it.each([
    ['1', '1'],
    [2, '2'],
    [0.5, '500m'],
    ['0.1', '100m'],
    ['1.5Gi', '1536Mi'],
    ['1024Mi', '1Gi'],
    ['1000Mi', '1000Mi'],
    ['0.5Ki', '512'],
    ['1000m', '1'],
    ['1500m', '1500m'],
    ['1000', '1k'],
    ['1234000', '1234k'],
    ['1000000M', '1T'],
    ['250m', '250m'],
    ['0', '0'],
    ['0Gi', '0'],
    ['-1024Mi', '-1Gi'],
    ['1e3', '1e3'],
    ['12E4', '120e3'],
    ['1E', '1E'],
    ['0.0000000001', '1n'],
    ['100Mi', '100Mi'],
  ])('%s as %s', (given, printed) => {
    expect(canonicalQuantity(given)).toBe(printed);
  });

  it.each(['', 'x', '1Q', '.', true])('and "%s", which is none, is left alone', (given) => {
    expect(canonicalQuantity(given)).toBe(given);
  });

  it('wherever an object holds one', () => {
    const container = { resources: { requests: { cpu: 0.5 }, limits: { memory: '2048Ki' } }, env: [{ value: '1000' }] };
    const volumes = [{ emptyDir: { sizeLimit: '1024Mi' } }];
    expect(withCanonicalQuantities({ spec: { containers: [container], volumes } })).toEqual({
      spec: {
        containers: [{ resources: { requests: { cpu: '500m' }, limits: { memory: '2Mi' } }, env: [{ value: '1000' }] }],
        volumes: [{ emptyDir: { sizeLimit: '1Gi' } }],
      },
    });
  });
});
