import type { VersionWish } from '../config/flags.ts';
import { KinitError } from '../errors.ts';
import { newestVersion } from '../release/served.ts';
import { parseVersion, tryParseVersion, type Version } from '../release/version.ts';

/** The version that was asked for; a label (`stable-1.30`) is looked up, which is the only time the network is asked. */
export async function versionOf(wish: VersionWish | undefined): Promise<Version | undefined> {
  if (wish === undefined) return undefined;
  return 'exact' in wish ? wish.exact : lookUp(wish.label);
}

async function lookUp(label: string): Promise<Version> {
  const base = label.startsWith('ci/') ? 'https://storage.googleapis.com/k8s-release-dev' : 'https://dl.k8s.io/release';
  const url = `${base}/${label.replace(/^release\//, '')}.txt`;
  const hint = `name the version itself, such as --kubernetes-version ${newestVersion}`;
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(10_000) });
    const text = (await answer.text()).trim();
    if (answer.ok && tryParseVersion(text)) return parseVersion(text);
    throw new Error(`it answered with status ${answer.status}`);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new KinitError(`the version label ${label} could not be looked up at ${url}: ${reason}`, { hint, cause });
  }
}
