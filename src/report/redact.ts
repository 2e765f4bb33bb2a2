import { knownSecrets, tokenShape } from '../secret.ts';
import type { ReportEvent, Reporter } from './reporter.ts';

/**
 * Text without bootstrap tokens, private keys, certificate keys and credentials: the last net, after Secret. Secrets are
 * known by their values, by their shape, and in documents by the name of their field; a field that is only named in a
 * sentence (`ssh.password: is not a field here`) keeps its sentence.
 */
export function redact(text: string): string {
  const told = patterns.reduce((all, { pattern, by }) => all.replace(pattern, by), text);
  return [...knownSecrets()].reduce((all, secret) => all.replaceAll(whereTold(secret), '<redacted>'), told);
}

/**
 * A secret that is one word of small letters (`kubernetes`, `password`) is taken where it stands alone: within paths,
 * flags and names it is kinit's own word, and a gap there would give it away.
 */
function whereTold(secret: string): string | RegExp {
  return /^[a-z]+(?:-[a-z]+)*$/.test(secret) ? new RegExp(`(?<![\\w/.-])${secret}(?![\\w/-]|\\.\\w)`, 'g') : secret;
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
const sign = String.raw`\\*["']?\s*[:=]\s*`;

/** Where a field begins in a document: on its line, in braces or quotes; not within a path, a flag or a sentence. */
const fieldAt = String.raw`(?<=(?:^|[\n\r{,[]|\\[nrt]|["'])[ \t+-]*(?:[\w-]*[-_])?)`;

/** How what is said of a field goes on: no value does. */
const sentence = `(?!(?:is|are|was|has|have|needs|neither|both|did|must|cannot) [a-z])`;

const passwordField = `(${fieldAt}(?:token-secret|password)${sign})`;

/** The lines of a key that was cut off: its headers, its base64, and the last of it where nothing follows. */
const keyLines = String.raw`(?:[\s|>-]|\\+[nrt]|(?:Proc-Type|DEK-Info): [\w,-]+|[A-Za-z0-9+/=]{16,}|[A-Za-z0-9+/=]+$)*`;

const patterns: readonly { readonly pattern: RegExp; readonly by: string }[] = [
  { pattern: tokenShape, by: '$1.<redacted>' },
  {
    pattern: new RegExp(
      `-----BEGIN ([A-Z ]*PRIVATE KEY)-----(?=[\\w\\s+/]|\\\\+[nrt]|$)(?:[^-]*(?:-(?!----)[^-]*)*-----END \\1-----|${keyLines})`,
      'g',
    ),
    by: '<redacted private key>',
  },
  // The same in base64, wherever it stands: kubeconfigs, Secrets.
  { pattern: /LS0tLS1CRUdJTi(?:BSU0Eg|BFQyBQUklW|BQUklWQV|BFTkNSWVBU)[A-Za-z0-9+/=]*/g, by: '<redacted private key>' },
  { pattern: new RegExp(`(${fieldAt}client-key-data${sign}\\\\*["']?)[A-Za-z0-9+/=]{16,}`, 'g'), by: '$1<redacted>' },
  // In quotes up to the next one, whatever stands between; else a word, or the line where a document has nothing else on it.
  {
    pattern: new RegExp(`${passwordField}(\\\\*)(["'])(?:''|(?!(?<!\\\\)\\2\\3)[^\\n])+`, 'g'),
    by: '$1$2$3<redacted>',
  },
  { pattern: new RegExp(`${passwordField}${sentence}[^\\s"'\\\\]+`, 'g'), by: '$1<redacted>' },
  { pattern: /((?:token-secret|password)=)[^\s"'\\]+/g, by: '$1<redacted>' },
  // In a URL: `https://user:password@mirror.example`; not the port of one of several bastions, nor an image's tag.
  {
    pattern: /(\b(?!ssh:\/\/[^\s,@]*:\d{1,5},)[a-z][a-z0-9+.-]*:\/\/[^\s/:@"'\\]*:)[^\s/@"'\\]+(?=@(?!sha256:))/gi,
    by: '$1<redacted>',
  },
  // A bearer token that is none of ours: a JWT.
  { pattern: /\beyJ[\w-]{8,}\.[\w-]+\.[\w-]+/g, by: '<redacted>' },
  { pattern: /(certificate[- ]?key(?:[\s"':=\\]|(?<=\\)n)*)[0-9a-f]{64}/gi, by: '$1<redacted>' },
];
