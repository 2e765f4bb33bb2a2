import type { VersionWish } from '../../config/version-wish.ts';
import { KinitError } from '../../errors.ts';
import { labelAddress } from '../../release/labels.ts';
import { newestVersion } from '../../release/served.ts';
import { admitted, parseVersion, tryParseVersion, type Version } from '../../release/version.ts';

/** The version that was asked for; a label (`stable`) is looked up, which is the only time the network is asked. */
export async function versionOf(wish: VersionWish | undefined): Promise<Version | undefined> {
  if (wish === undefined) return undefined;
  if ('exact' in wish) return wish.exact;
  const found = await lookUp(wish.label);
  return wish.allowUnverified === true ? admitted(found) : found;
}

async function lookUp(label: string): Promise<Version> {
  const url = labelAddress(label);
  const hint = `name the version itself, such as --kubernetes-version ${newestVersion}`;
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(10_000) });
    const text = (await beginningOf(answer)).trim();
    if (answer.ok && tryParseVersion(text)) return parseVersion(text);
    throw new Error(answer.ok ? 'what it answered is no version' : `it answered with status ${answer.status}`);
  } catch (cause) {
    const reason = reasonOf(cause);
    throw new KinitError(`the version label ${label} could not be looked up at ${url}: ${reason}`, { hint, cause });
  }
}

/** A version is short; of anything longer the beginning tells enough. */
async function beginningOf({ body }: Response): Promise<string> {
  let text = '';
  for await (const chunk of body ?? []) {
    text += Buffer.from(chunk).toString('utf8');
    if (text.length > 1024) break;
  }
  return text.slice(0, 1024);
}

/** fetch says "fetch failed" and keeps the reason to itself. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
}
