import { exampleLabel, isLabel, minorAlone, stableLabel } from '../release/labels.ts';
import { newestVersion } from '../release/served.ts';
import { admitted, tryParseVersion, type Version } from '../release/version.ts';

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
