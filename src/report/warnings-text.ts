/** Warnings of many hosts: each text once, with the hosts that it came from. */
export function warningsText(warnings: readonly { readonly host: string; readonly text: string }[]): string {
  const hosts = new Map<string, Set<string>>();
  for (const { host, text } of warnings) hosts.set(text, (hosts.get(text) ?? new Set()).add(host));
  return [...hosts].map(([text, from]) => `${label(text)} (${named([...from])})\n`).join('');
}

/** kubeadm's lines bring their own label. */
function label(text: string): string {
  return /^\s*\[WARNING/.test(text) ? text.trimStart() : `[WARNING] ${text}`;
}

function named(hosts: readonly string[]): string {
  const shown = hosts.slice(0, 3).join(', ');
  return hosts.length > 3 ? `${shown} and ${hosts.length - 3} more` : shown;
}
