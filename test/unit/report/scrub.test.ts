import { describe, expect, it } from 'vitest';
import { scrub, withoutValues } from '../../../src/report/scrub.ts';

describe('text for somebody else', () => {
  it.each([
    ['a password of a registry', '    password = "hunter2-hunter2"'],
    ['its identity token', '  identitytoken = "hunter2-hunter2"'],
    ['its auth', '  "auth": "hunter2-hunter2",'],
    ['an argument', '    - --oidc-client-secret=hunter2-hunter2'],
    ['an argument of a list', '  - name: oidc-client-secret\n    value: hunter2-hunter2'],
    ['an argument of a command line', 'kinit join --token hunter2-hunter2 10.0.0.1'],
    ['a variable', 'REGISTRY_PASSWORD=hunter2-hunter2'],
    ['a variable of a pod', '{"name": "DB_PASSWORD", "value": "hunter2-hunter2"}'],
    ['a header', 'Authorization: Bearer hunter2-hunter2'],
    ['a header of another kind', 'proxy-authorization: Basic hunter2-hunter2'],
    ['a URL', 'https://admin:hunter2-hunter2@mirror.example/repo'],
    ['a key of encryption at rest', '        secret: hunter2-hunter2'],
  ])('has no secret in it: %s', (_, text) => {
    expect(scrub(text)).not.toContain('hunter2');
  });

  it.each([
    '--service-account-key-file=/etc/kubernetes/pki/sa.key',
    'automountServiceAccountToken: false',
    'secretName: flannel-cfg',
    'tokenTTL: 24h0m0s',
    'client-certificate: /var/lib/kubelet/pki/kubelet-client-current.pem',
    'E1130 00:31:49 1 reflector.go:138] failed to list *v1.Secret: connection refused',
  ])('keeps what gives nothing away: %s', (text) => {
    expect(scrub(text)).toBe(text);
  });
});

describe('an object for somebody else', () => {
  it('has the names of variables and not their values, nor what repeats them', () => {
    const annotations = { 'kubectl.kubernetes.io/last-applied-configuration': 'hunter2', a: 'b' };
    const env = [
      { name: 'A', value: 'hunter2' },
      { name: 'B', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } },
    ];
    const pod = { metadata: { name: 'p', annotations, managedFields: [{}] }, spec: { containers: [{ env }] } };
    expect(withoutValues(pod)).toEqual({
      metadata: { name: 'p', annotations: { a: 'b' } },
      spec: { containers: [{ env: [{ name: 'A', value: '<redacted>' }, env[1]] }] },
    });
  });
});
