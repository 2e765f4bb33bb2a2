import { parseDuration } from './duration.ts';
import { didYouMean } from './nearest.ts';
import type { Arg } from './types.ts';

/** Tells that a flag is wrong. */
export type ReportFlag = (flag: string, message: string) => void;

/** `A=true,B=false`, as --feature-gates has it. */
export function parseGates(text: string, flag: string, report: ReportFlag): Record<string, boolean> {
  const gates: Record<string, boolean> = {};
  for (const part of text.split(',').filter((each) => each !== '')) {
    const [name = '', value] = part.split('=').map((each) => each.trim());
    const enabled = booleans.get(value ?? '');
    if (enabled === undefined)
      report(flag, `"${part}" is not NAME=true or NAME=false${didYouMean(value ?? '', ['true', 'false'])}`);
    else gates[name] = enabled;
  }
  return gates;
}

/** Go's strconv.ParseBool. */
const booleans: ReadonlyMap<string, boolean> = new Map([
  ...['1', 't', 'T', 'true', 'TRUE', 'True'].map((word) => [word, true] as const),
  ...['0', 'f', 'F', 'false', 'FALSE', 'False'].map((word) => [word, false] as const),
]);

/** `a=1,b=2`, as --apiserver-extra-args has it; kubeadm sorts them. */
export function parseArguments(text: string, flag: string, report: ReportFlag): Arg[] {
  const args = text
    .split(',')
    .filter((part) => part !== '')
    .map((part) => {
      const equals = part.indexOf('=');
      if (equals < 1) report(flag, `"${part}" is not name=value`);
      return { name: part.slice(0, Math.max(equals, 0)), value: part.slice(equals + 1) };
    });
  return args.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** A port in a flag. */
export function parsePort(text: string | number, flag: string, report: ReportFlag): number {
  const port = Number(text);
  if (!/^\d+$/.test(String(text)) || port < 1 || port > 65535) report(flag, `"${text}" is not a port from 1 to 65535`);
  return port;
}

/** A Go duration in a flag. */
export function checkDuration(text: string, flag: string, report: ReportFlag): string {
  if (parseDuration(text) === undefined) report(flag, `"${text}" is not a duration such as 24h0m0s`);
  return text;
}

/** Values of a flag that may be repeated and may hold a comma list. */
export function listFlag(values: readonly string[] | string | undefined): string[] | undefined {
  if (values === undefined) return undefined;
  const each = typeof values === 'string' ? [values] : values;
  return each
    .flatMap((value) => value.split(','))
    .map((value) => value.trim())
    .filter((value) => value !== '');
}
