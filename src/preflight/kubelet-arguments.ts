import { removedArguments } from '../release/removed-arguments.ts';
import { type Check, failure, type PreflightContext, type Problem } from './problem.ts';

export const kubeletArgumentChecks: readonly Check[] = [
  {
    name: 'KubeletExtraArgs',
    origin: 'kinit',
    reads: () => ({ files: kubeletArgumentFiles }),
    check: removedOnes,
  },
];

/** Where the administrator's own arguments of the kubelet stand: KUBELET_EXTRA_ARGS of the RHEL family and of Debian. */
const kubeletArgumentFiles: readonly string[] = ['/etc/sysconfig/kubelet', '/etc/default/kubelet'];

/** Arguments that the kubelet of the version no longer has: it would not start, and nothing would say why. */
function removedOnes({ files, release }: PreflightContext): readonly Problem[] {
  const removed = removedArguments(release.version).kubelet;
  return kubeletArgumentFiles.flatMap((path) =>
    argumentNames(files.get(path)?.content?.toString('utf8') ?? '').flatMap((name) => {
      const gone = removed.get(name);
      if (gone === undefined) return [];
      const message = `KUBELET_EXTRA_ARGS in ${path} has --${name}, which went with ${gone.since}: the kubelet does not start with it`;
      return [failure('KubeletExtraArgs', message, { mend: `take --${name} out of ${path}` })];
    }),
  );
}

/** The flags of the last KUBELET_EXTRA_ARGS in an environment file (systemd.exec(5)); Go's flags take `_` for `-`. */
function argumentNames(text: string): readonly string[] {
  const last = [...text.replaceAll('\\\n', ' ').matchAll(/^[ \t]*KUBELET_EXTRA_ARGS=(.*)$/gm)].at(-1)?.[1] ?? '';
  const names = [...last.matchAll(/(?:^|[\s"'])--?([A-Za-z][\w.-]*)/g)].map(([, name = '']) =>
    name.replaceAll('_', '-'),
  );
  return [...new Set(names)];
}
