import type { ReportEvent, Reporter } from './reporter.ts';

/** Text without bootstrap tokens, private keys, certificate keys and credentials: the last net, after Secret. */
export function redact(text: string): string {
  return patterns.reduce((all, { pattern, by }) => all.replace(pattern, by), text);
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

const patterns: readonly { readonly pattern: RegExp; readonly by: string }[] = [
  // A newline in JSON ends in a letter.
  { pattern: /(?:(?<![a-z0-9])|(?<=\\[nt]))([a-z0-9]{6})\.[a-z0-9]{16}(?![a-z0-9])/g, by: '$1.<redacted>' },
  { pattern: /-----BEGIN ([A-Z ]*PRIVATE KEY)-----[\s\S]*?(?:-----END \1-----|$)/g, by: '<redacted private key>' },
  // The same in base64, wherever it stands: kubeconfigs, Secrets.
  { pattern: /LS0tLS1CRUdJTi(?:BSU0Eg|BFQyBQUklW|BQUklWQV|BFTkNSWVBU)[A-Za-z0-9+/=]*/g, by: '<redacted private key>' },
  { pattern: new RegExp(`(client-key-data${sign})[A-Za-z0-9+/=]+`, 'g'), by: '$1<redacted>' },
  { pattern: new RegExp(`\\b((?:token-secret|password)${sign})[^\\s"'\\\\]+`, 'g'), by: '$1<redacted>' },
  // In a URL: `https://user:password@mirror.example`.
  { pattern: /(\b[a-z][a-z0-9+.-]*:\/\/[^\s/:@"'\\]*:)[^\s/@"'\\]+(?=@)/gi, by: '$1<redacted>' },
  // A bearer token that is none of ours: a JWT.
  { pattern: /\beyJ[\w-]{8,}\.[\w-]+\.[\w-]+/g, by: '<redacted>' },
  { pattern: /(certificate[- ]?key(?:[\s"':=\\]|(?<=\\)n)*)[0-9a-f]{64}/gi, by: '$1<redacted>' },
];
