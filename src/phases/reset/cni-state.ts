import type { Change } from '../../execute/change.ts';
import type { Observed } from '../../execute/observed.ts';

const directory = '/var/lib/cni';
const networks = `${directory}/networks`;
/** Files named `<network>-<container>-<interface>`. */
const results = [`${directory}/results`, `${directory}/cache/results`];

/** What has to be seen for cniState. */
export const cniStatePaths: readonly string[] = [directory, networks, ...results];

/** What CNI plugins remember of pods (addresses given, results) gone; podman's networks keep theirs. */
export function cniState({ paths }: Pick<Observed, 'paths'>): readonly Change[] {
  const entries = (path: string) => (paths.get(path)?.entries ?? []).map((name) => `${path}/${name}`);
  const isPodmans = (path: string) => /\/podman[^/]*$/.test(path);
  const gone = (path: string): Change => ({ kind: 'absent', path, optional: true });
  if (!entries(networks).some(isPodmans)) return [{ kind: 'absent', path: directory, contents: true, optional: true }];
  return [networks, ...results].flatMap((path) =>
    entries(path)
      .filter((entry) => !isPodmans(entry))
      .map(gone),
  );
}
