import { spelt } from '../execute/changes/script-lines.ts';
import { kindOf } from '../execute/changes/table.ts';
import { oneLine } from '../printable.ts';
import { adminConf } from '../release/paths.ts';
import type { HostPlan } from './plan-entry.ts';

/**
 * A plan as a POSIX shell script to read, or to run as root on the host. What is secret, signed or an object of the
 * cluster stands in it by name alone: as a file below $SECRETS (as on the host) or $OBJECTS.
 */
export function planScript({ host, changes }: HostPlan): string {
  const sections: string[] = [];
  let objects = 0;
  let phase = '';
  for (const { phase: own, change } of changes) {
    if (own !== phase) sections.push('', `# ${own}`);
    phase = own;
    if (change.kind === 'object') objects += 1;
    sections.push(...kindOf(change).script(change, objects));
  }
  const body = sections.map(spelt).join('\n');
  return [
    '#!/bin/sh',
    `# What kinit would do on ${oneLine(host)}; to be run there as root.`,
    'set -eu',
    ...(body.includes('"$SECRETS')
      ? [`: "\${SECRETS:?a directory with this host's secret files, below it as on the host}"`]
      : []),
    ...(body.includes('"$BUNDLE"')
      ? [`: "\${BUNDLE:?a directory with the files of the bundle, below it as on the host}"`]
      : []),
    ...(body.includes('"$OBJECTS')
      ? [`: "\${OBJECTS:?a directory with the objects of the cluster, named as below}"`]
      : []),
    ...(/^(put|.*\| put) /m.test(body) ? ['', put] : []),
    ...(/\bkubectl /.test(body) ? ['', `export KUBECONFIG="\${KUBECONFIG:-${adminConf}}"`] : []),
    body,
    '',
  ].join('\n');
}

/** Atomic, and with its mode from the first byte. */
const put = `put() { # MODE FILE: what is on standard input becomes the file
  mkdir -p "\${2%/*}"
  (umask 077 && cat >"$2.new")
  chmod "$1" "$2.new"
  mv -f "$2.new" "$2"
}`;
