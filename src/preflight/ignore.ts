/** Whether the errors of a check are only warnings: its name, in any case, or `all` is among those to ignore. */
export function isIgnored(name: string, ignored: readonly string[]): boolean {
  return ignored.some((one) => ['all', name.toLowerCase()].includes(one.toLowerCase()));
}
