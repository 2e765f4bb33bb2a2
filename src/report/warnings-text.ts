/** Warnings of many hosts: each text once, with the hosts that it came from. */
export function warningsText(warnings: readonly { readonly host: string; readonly text: string }[]): string {
  const hosts = new Map<string, Set<string>>();
  for (const { host, text } of warnings) hosts.set(text, (hosts.get(text) ?? new Set()).add(host));
  return [...hosts].map(([text, from]) => warningText(text, named([...from]))).join('');
}

/** The hosts stand in the first line, what mends it below. kubeadm's lines bring their own label, and tabs. */
function warningText(text: string, hosts: string): string {
  const [first = '', ...rest] = text.trimStart().split('\n');
  const isOurs = first.startsWith('[WARNING');
  const label = isOurs ? '' : '[WARNING] ';
  const more = rest.map((line) => `  ${isOurs ? '' : '| '}${line.trimStart()}`);
  return [`${label}${first} (${hosts})`, ...more, ''].join('\n');
}

function named(hosts: readonly string[]): string {
  const shown = hosts.slice(0, 3).join(', ');
  return hosts.length > 3 ? `${shown} and ${hosts.length - 3} more` : shown;
}
