import type { SeenPath } from '../../host/host.ts';
import type { Observed } from '../observed.ts';

/** What was seen at a path, whether its content was read or not; undefined where nobody looked. */
export function pathOf(path: string, observed: Observed): SeenPath | undefined {
  return observed.paths.get(path) ?? observed.files.get(path);
}

/** Whether a path that was not looked at itself is among the names of its directory. */
export function isListed(path: string, observed: Observed): boolean {
  const slash = path.lastIndexOf('/');
  return observed.paths.get(path.slice(0, slash))?.entries?.includes(path.slice(slash + 1)) ?? false;
}
