/** Text without bootstrap tokens, private keys and certificate keys: the last net, after Secret. */
export function redact(text: string): string {
  return patterns.reduce((all, { pattern, by }) => all.replace(pattern, by), text);
}

const patterns: readonly { readonly pattern: RegExp; readonly by: string }[] = [
  { pattern: /\b([a-z0-9]{6})\.[a-z0-9]{16}\b/g, by: '$1.<redacted>' },
  { pattern: /-----BEGIN ([A-Z ]*PRIVATE KEY)-----[\s\S]*?-----END \1-----/g, by: '<redacted private key>' },
  { pattern: /(client-key-data["']?:\s*["']?)[A-Za-z0-9+/=]+/g, by: '$1<redacted>' },
  { pattern: /(--certificate-key[ =])[0-9a-f]{64}/g, by: '$1<redacted>' },
];
