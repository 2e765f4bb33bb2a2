/** Collects a flag that may be repeated and may hold several values between commas; `--no-` of it leaves true before. */
export function list(value: string, before: readonly string[] | boolean = []): readonly string[] {
  return [
    ...(typeof before === 'boolean' ? [] : before),
    ...value
      .split(',')
      .map((item) => item.trim())
      .filter(Boolean),
  ];
}
