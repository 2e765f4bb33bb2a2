import { execFileSync } from 'node:child_process';

/** What of a certificate does not differ from run to run: everything but keys, serial numbers and times of day. */
export function certificateFacts(pem: string): object {
  const text = execFileSync('openssl', ['x509', '-noout', '-text', '-nameopt', 'RFC2253'], { input: pem }).toString();
  const first = (pattern: RegExp) => pattern.exec(text)?.[1]?.trim();
  const time = (name: string) => Date.parse(first(new RegExp(`${name} *: (.*)`)) ?? '');
  return {
    subject: first(/Subject: (.*)/)
      ?.split(',')
      .toSorted(),
    issuer: first(/Issuer: (.*)/),
    key: [first(/Public Key Algorithm: (.*)/), first(/Public-Key: \((.*)\)/)],
    signature: first(/Signature Algorithm: (.*)/),
    days: Math.round((time('Not After') - time('Not Before')) / 86_400_000),
    basicConstraints: extension(text, 'Basic Constraints'),
    keyUsage: extension(text, 'Key Usage'),
    extendedKeyUsage: extension(text, 'Extended Key Usage'),
    alternativeNames: extension(text, 'Subject Alternative Name'),
    identifiers: ['Subject', 'Authority'].map((which) => text.includes(`${which} Key Identifier`)),
  };
}

function extension(text: string, name: string): object | undefined {
  const [, critical, values] = new RegExp(`X509v3 ${name}:( critical)?\\s*\\n\\s+(.*)`).exec(text) ?? [];
  return values === undefined ? undefined : { critical: critical !== undefined, values: values.trim().split(', ') };
}
