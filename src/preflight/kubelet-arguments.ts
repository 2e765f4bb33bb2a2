import type { SeenFile } from '../host/host.ts';
import { kubeletFlagsFile } from '../release/paths.ts';
import type { Release } from '../release/release.ts';
import { removedArguments } from '../release/removed-arguments.ts';
import { removedComponentGates } from '../release/removed-gates.ts';
import { type Check, failure, type Problem } from './problem.ts';

export const kubeletArgumentChecks: readonly Check[] = [
  {
    name: 'KubeletExtraArgs',
    origin: 'kinit',
    reads: () => ({ files: ownFiles }),
    check: ({ files, release }) => ownFiles.flatMap((path) => lostIn(path, files, release)),
  },
];

/** Where the administrator's own arguments of the kubelet stand: KUBELET_EXTRA_ARGS of the RHEL family and of Debian. */
const ownFiles: readonly string[] = ['/etc/sysconfig/kubelet', '/etc/default/kubelet'];

/** All files with arguments of the kubelet. */
export const kubeletArgumentFiles: readonly string[] = [...ownFiles, kubeletFlagsFile];

/** Arguments that a kubelet loses on its way over releases, and that kinit does not take away itself. */
export function lostKubeletArguments(
  files: ReadonlyMap<string, SeenFile>,
  releases: readonly Release[],
): readonly Problem[] {
  const found = releases.flatMap((release) => kubeletArgumentFiles.flatMap((path) => lostIn(path, files, release)));
  return [...new Map(found.map((problem) => [problem.message, problem])).values()];
}

/** Arguments that the kubelet of the version no longer has: it would not start, and nothing would say why. */
function lostIn(path: string, files: ReadonlyMap<string, SeenFile>, release: Release): readonly Problem[] {
  const isOwn = path !== kubeletFlagsFile;
  const variable = isOwn ? 'KUBELET_EXTRA_ARGS' : 'KUBELET_KUBEADM_ARGS';
  const removed = removedArguments(release.version).kubelet;
  const gates = removedComponentGates(release.version);
  const args = argumentsIn(files.get(path)?.content?.toString('utf8') ?? '', variable);
  const mendBy = (part: string) => ({ mend: `take ${part} out of ${path}` });
  return [...args].flatMap(([name, value]): readonly Problem[] => {
    if (name === 'feature-gates') {
      const named = value.split(',').map((gate) => gate.split('=')[0]?.trim() ?? '');
      return named.flatMap((gate) => {
        const since = gates.get(gate);
        if (since === undefined) return [];
        const message = `${variable} in ${path} has the feature gate ${gate}, which went with Kubernetes ${since}: the kubelet does not start with it`;
        return [failure('KubeletExtraArgs', message, mendBy(gate))];
      });
    }
    const gone = removed.get(name);
    if (gone === undefined || (!isOwn && release.upgrade.removedKubeletFlags.includes(name))) return [];
    const message = `${variable} in ${path} has --${name}, which went with ${gone.since}: the kubelet does not start with it`;
    return [failure('KubeletExtraArgs', message, mendBy(`--${name}`))];
  });
}

/** The flags of the last such variable in an environment file (systemd.exec(5)); Go's flags take `_` for `-`. */
function argumentsIn(text: string, variable: string): ReadonlyMap<string, string> {
  const line = new RegExp(`^[ \\t]*${variable}=(.*)$`, 'gm');
  const last = [...text.replaceAll('\\\n', ' ').matchAll(line)].at(-1)?.[1] ?? '';
  const flags = [...last.matchAll(/(?:^|[\s"'])--?([A-Za-z][\w.-]*)(?:[=\s]+([^\s"'-][^\s"']*))?/g)];
  return new Map(flags.map(([, name = '', value = '']) => [name.replaceAll('_', '-'), value]));
}
