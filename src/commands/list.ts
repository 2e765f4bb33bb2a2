/** Collects a flag that may be repeated and may hold several values between commas. */
export function list(value: string, before: readonly string[] = []): readonly string[] {
  return [
    ...before,
    ...value
      .split(',')
      .map((item) => item.trim())
      .filter(Boolean),
  ];
}
