import { redact } from './redact.ts';

/**
 * Text of machines and users, for somebody else's eyes: without all that redact takes away, and without the value of every
 * field, flag, variable or header whose name says that it is a secret. Rather a word too many than one too few.
 */
export function scrub(text: string): string {
  return patterns.reduce((all, { pattern, by }) => all.replace(pattern, by), redact(text));
}

/** How the name of something secret ends. */
const secret =
  '(?:pass(?:word|wd|phrase)?|pwd|secret|token|api[-_]?key|access[-_]?key|private[-_]?key|secret[-_]?key|credentials?|auth|certificate[-_]?key|key[-_]?data|bearer|cookie|psk)';

/** Where a name begins; `*v1.Secret` is none. */
const begin = String.raw`(?<![*\w.-])`;

/** Values that give nothing away: a path, a number of seconds, yes or no, nothing. */
const harmless = String.raw`(?!/|true\b|false\b|null\b|none\b|\d{1,4}\b|["']?["']?\s*(?:[\n\r,}]|$)|<redacted|\{|\[)`;

const patterns: readonly { readonly pattern: RegExp; readonly by: string }[] = [
  // As the next word of a command line, `--token abc`.
  { pattern: new RegExp(String.raw`(--?[\w-]*${secret}[ \t]+)${harmless}[^\s"'-][^\s"']*`, 'gi'), by: '$1<redacted>' },
  // `name: value`, `name=value`, `"name": "value"`, to the end of the quotes, of the word, or of the line.
  {
    pattern: new RegExp(
      String.raw`(${begin}[\w.-]*${secret}\\*["']?[ \t]*[:=][ \t]*)\\*(["'])${harmless}(?:(?!\2).)+\2`,
      'gi',
    ),
    by: '$1$2<redacted>$2',
  },
  {
    pattern: new RegExp(String.raw`(${begin}[\w.-]*${secret}\\*["']?[ \t]*[:=][ \t]*\\*)${harmless}[^\s"',}\\]+`, 'gi'),
    by: '$1<redacted>',
  },
  // `name: OIDC_SECRET, value: ...` of arguments and of environments, on one line or on two.
  {
    pattern: new RegExp(
      String.raw`(\bname["']?\s*:\s*["']?[\w.-]*${secret}["']?[\s,]*(?:\\n)?\s*["']?value["']?\s*:\s*["']?)${harmless}[^\s"',}\\]+`,
      'gi',
    ),
    by: '$1<redacted>',
  },
  { pattern: /(\b(?:authorization|proxy-authorization)\b["']?\s*[:=]\s*["']?\w+\s+)[^\s"']+/gi, by: '$1<redacted>' },
  { pattern: /\b(Bearer|Basic)\s+[A-Za-z0-9+/=._~-]{8,}/g, by: '$1 <redacted>' },
  // Cloud keys and the like, by their shape.
  { pattern: /\b(?:AKIA|ASIA|LTAI|ghp_|gho_|glpat-|xox[bp]-)[A-Za-z0-9_-]{8,}/g, by: '<redacted>' },
];

/**
 * A Kubernetes object for somebody else's eyes: without the values of environment variables, which users put secrets into,
 * and without what was applied last, which repeats them.
 */
export function withoutValues(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutValues);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, field]): readonly (readonly [string, unknown])[] => {
      if (name === 'managedFields' || name.endsWith('last-applied-configuration')) return [];
      if (name === 'env' && Array.isArray(field)) return [[name, field.map(withoutValue)]];
      return [[name, withoutValues(field)]];
    }),
  );
}

function withoutValue(variable: unknown): unknown {
  if (typeof variable !== 'object' || variable === null || !('value' in variable)) return variable;
  return { ...variable, value: '<redacted>' };
}
