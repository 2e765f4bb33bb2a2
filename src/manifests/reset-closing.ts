/** What `reset` ends with: what it leaves alone on purpose, and what it could not remove. */
export function resetClosingMessage(leftovers: readonly string[]): string {
  const left =
    leftovers.length === 0
      ? ''
      : `
These could not be removed; see what uses them, then run "kinit reset" again:
${leftovers.map((name) => `  ${name}`).join('\n')}
`;
  return `${left}
The kubeconfig files of users are left as they are: look at $HOME/.kube/config.
The Node object stays in the cluster until it is deleted there: kubectl delete node NAME.`;
}
