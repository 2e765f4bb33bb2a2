/** Go takes the micro sign and the Greek letter. */
const units: Readonly<Record<string, number>> = {
  h: 3600,
  m: 60,
  s: 1,
  ms: 1e-3,
  us: 1e-6,
  '\u00b5s': 1e-6,
  '\u03bcs': 1e-6,
  ns: 1e-9,
};

/** Go's largest time.Duration, in seconds. */
const longest = 9_223_372_036;

/** Seconds of a Go duration (`4m0s`, `1.5h`, `300ms`), or undefined where it is none (time.ParseDuration). */
export function parseDuration(text: string): number | undefined {
  if (text === '0') return 0;
  const match = /^([+-]?)((?:\d+(?:\.\d*)?|\.\d+)(?:h|ms|us|[\u00b5\u03bc]s|ns|m|s))+$/.exec(text);
  if (!match) return undefined;
  const sign = match[1] === '-' ? -1 : 1;
  const parts = text.matchAll(/(\d+(?:\.\d*)?|\.\d+)(h|ms|us|[\u00b5\u03bc]s|ns|m|s)/g);
  return sign * [...parts].reduce((sum, [, number, unit]) => sum + Number(number) * (units[unit ?? ''] ?? 0), 0);
}

/** Whether time.ParseDuration takes it: it also has to fit an int64 of nanoseconds. */
export function isDuration(text: string): boolean {
  const seconds = parseDuration(text);
  return seconds !== undefined && Math.abs(seconds) <= longest;
}

/** Seconds of a duration that has been validated before. */
export function seconds(duration: string): number {
  return parseDuration(duration) ?? 0;
}

/** Seconds as Go prints them: `24h0m0s`, `4m0s`, `250ms`, `0s`. */
export function formatDuration(total: number): string {
  const sign = total < 0 ? '-' : '';
  const nanoseconds = Math.round(Math.abs(total) * 1e9);
  if (nanoseconds === 0) return '0s';
  if (nanoseconds < 1e9) return `${sign}${fraction(nanoseconds)}`;
  const whole = Math.abs(total);
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60)];
  const rest = `${Number((whole % 60).toFixed(9))}s`;
  if (hours > 0) return `${sign}${hours}h${minutes}m${rest}`;
  return minutes > 0 ? `${sign}${minutes}m${rest}` : `${sign}${rest}`;
}

/** Less than a second, in the largest unit of which there is at least one. */
function fraction(nanoseconds: number): string {
  if (nanoseconds < 1e3) return `${nanoseconds}ns`;
  return nanoseconds < 1e6 ? `${nanoseconds / 1e3}µs` : `${nanoseconds / 1e6}ms`;
}
