import { knownSecrets } from '../secret.ts';
import type { ReportEvent, Reporter } from './reporter.ts';

/**
 * Text without bootstrap tokens, private keys, certificate keys and credentials: the last net, after Secret. Secrets are
 * known by their values, by their shape, and in documents by the name of their field; a field that is only named in a
 * sentence (`ssh.password: is not a field here`) keeps its sentence.
 */
export function redact(text: string): string {
  const told = patterns.reduce((all, { pattern, by }) => all.replace(pattern, by), text);
  return [...knownSecrets()].reduce((all, secret) => all.replaceAll(secret, '<redacted>'), told);
}

/** Tells everything to `inner` without secrets. */
export function redactedReporter(inner: Reporter): Reporter {
  return { report: (event) => inner.report(redactedEvent(event)), end: () => inner.end() };
}

function redactedEvent(event: ReportEvent): ReportEvent {
  const entries = Object.entries(event).map(([key, value]) => [key, typeof value === 'string' ? redact(value) : value]);
  return Object.fromEntries(entries) as ReportEvent;
}

/** Between a field's name and its value in YAML, in JSON and in JSON within JSON. */
const sign = String.raw`\\*["']?\s*[:=]\s*\\*["']?`;

/** Where a field begins in a document: on its line, in braces or quotes; not within a path, a flag or a sentence. */
const fieldAt = String.raw`(?<=(?:^|[\n\r{,[]|\\[nrt]|["'])[ \t+-]*(?:[\w-]*[-_])?)`;

const patterns: readonly { readonly pattern: RegExp; readonly by: string }[] = [
  // A newline in JSON ends in a letter. A name of more parts is one of DNS.
  {
    pattern: /(?:(?<![a-z0-9.-])|(?<=\\[nt]))([a-z0-9]{6})\.[a-z0-9]{16}(?![a-z0-9]|\.[a-z0-9]|-[a-z0-9])/g,
    by: '$1.<redacted>',
  },
  { pattern: /-----BEGIN ([A-Z ]*PRIVATE KEY)-----[\s\S]*?(?:-----END \1-----|$)/g, by: '<redacted private key>' },
  // The same in base64, wherever it stands: kubeconfigs, Secrets.
  { pattern: /LS0tLS1CRUdJTi(?:BSU0Eg|BFQyBQUklW|BQUklWQV|BFTkNSWVBU)[A-Za-z0-9+/=]*/g, by: '<redacted private key>' },
  { pattern: new RegExp(`(${fieldAt}client-key-data${sign})[A-Za-z0-9+/=]+`, 'g'), by: '$1<redacted>' },
  { pattern: new RegExp(`(${fieldAt}(?:token-secret|password)${sign})[^\\s"'\\\\]+`, 'g'), by: '$1<redacted>' },
  { pattern: /((?:token-secret|password)=)[^\s"'\\]+/g, by: '$1<redacted>' },
  // In a URL: `https://user:password@mirror.example`.
  { pattern: /(\b[a-z][a-z0-9+.-]*:\/\/[^\s/:@"'\\]*:)[^\s/@"'\\]+(?=@)/gi, by: '$1<redacted>' },
  // A bearer token that is none of ours: a JWT.
  { pattern: /\beyJ[\w-]{8,}\.[\w-]+\.[\w-]+/g, by: '<redacted>' },
  { pattern: /(certificate[- ]?key(?:[\s"':=\\]|(?<=\\)n)*)[0-9a-f]{64}/gi, by: '$1<redacted>' },
];
