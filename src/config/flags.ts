import { exampleLabel, isLabel, minorAlone, stableLabel } from '../release/labels.ts';
import type { Release } from '../release/release.ts';
import { newestVersion } from '../release/served.ts';
import { admitted, tryParseVersion, type Version } from '../release/version.ts';
import { parseDuration } from './duration.ts';
import { didYouMean } from './nearest.ts';
import type { Arg } from './types.ts';

/** Tells that a flag is wrong. */
export type ReportFlag = (flag: string, message: string) => void;

/** `apiserverAdvertiseAddress` is `--apiserver-advertise-address`; `endpoint` and `version` are no flags but arguments. */
function flagName(key: string): string {
  if (key === 'endpoint') return 'HOST:PORT';
  if (key === 'version') return 'VERSION';
  return `--${dashed(key)}`;
}

function dashed(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** Flags of `table` that were given, with the field that each sets: `networking.podSubnet` -> `--pod-network-cidr`. */
export function flagPlaces(
  flags: Readonly<Record<string, unknown>>,
  table: Readonly<Record<string, string>>,
): ReadonlyMap<string, string> {
  const given = Object.entries(table).filter(([key]) => flags[key] !== undefined);
  return new Map(given.map(([key, field]) => [field, flagName(key)]));
}

/** kubeadm's ValidateMixedArguments: what stands in a configuration file cannot be a flag beside it. */
export function refuseMixed(
  flags: Readonly<Record<string, unknown>>,
  table: Readonly<Record<string, string>>,
  allowed: readonly string[],
  report: ReportFlag,
): void {
  const mixed = Object.keys(table)
    .filter((key) => flags[key] !== undefined && !allowed.includes(dashed(key)))
    .map(flagName)
    .sort();
  if (mixed.length > 0) report('--config', `cannot be mixed with ${mixed.join(', ')}: write it into the file`);
}

/** Flags that every kubeadm lets stand beside --config, as far as they set a field of it. */
export const alwaysBesideConfig = ['node-name', 'ignore-preflight-errors', 'dry-run', 'skip-phases'] as const;

/** Flags that the kubeadm of this version refuses beside --config, though an older one took them. */
export function refuseMixedFor(release: Release, flags: Readonly<Record<string, unknown>>, report: ReportFlag): void {
  if (flags['config'] === undefined) return;
  const refused = ['criSocket', 'patches'].filter(
    (key) => flags[key] !== undefined && !release.configApi.besideConfig.includes(dashed(key)),
  );
  if (refused.length > 0) {
    report('--config', `cannot be mixed with ${refused.map(flagName).join(', ')}: write it into the file`);
  }
}

/** The version that the user wishes for: an exact one, or a label such as `stable` that has to be looked up. */
export type VersionWish =
  | { readonly exact: Version }
  | {
      readonly label: string;
      /** What the label stands for may be newer than kinit's tables. */
      readonly allowUnverified?: boolean;
    };

/** What `text` wishes for, or why it wishes for nothing. */
export function versionWish(text: string, allowUnverified = false): VersionWish | { readonly problem: string } {
  const exact = tryParseVersion(text);
  if (exact) return { exact: allowUnverified ? admitted(exact) : exact };
  const minor = minorAlone(text);
  if (minor !== undefined)
    return { problem: `"${text}" names no patch release; say v1.${minor}.0 or the label ${stableLabel(minor)}` };
  if (isLabel(text)) return { label: text, ...(allowUnverified ? { allowUnverified } : {}) };
  return {
    problem: `"${text}" is not a Kubernetes version such as ${newestVersion}, nor a label such as ${exampleLabel}`,
  };
}

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
