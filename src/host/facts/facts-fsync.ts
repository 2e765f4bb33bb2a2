import { quote } from '../shell/quote.ts';

const writes = 200;

/**
 * A POSIX sh script that writes as etcd does (2300 bytes, synced each time) into `directory`, or the nearest one above
 * it that exists, and removes what it wrote, as well as what one that was killed has left there or above. It is run only
 * where it is asked for: unlike the facts it writes.
 */
export function fsyncScript(directory: string): string {
  return [
    `d=${quote(directory)}`,
    'while [ ! -d "$d" ]; do d=$(dirname "$d"); done',
    'f="$d/.kinit-fsync.$$"',
    'up=$d',
    `while :; do
  for old in "$up"/.kinit-fsync.*; do [ -d "/proc/\${old##*.}" ] || rm -f "$old"; done
  case $up in */*) up=\${up%/*} ;; *) break ;; esac
done`,
    'trap \'rm -f "$f"\' EXIT HUP INT TERM',
    `LC_ALL=C timeout 15 dd if=/dev/zero of="$f" bs=2300 count=${writes} oflag=dsync 2>&1`,
  ].join('\n');
}

/** Milliseconds that one synced write took on average, in dd's closing line; undefined where it tells none. */
export function parseFsync(output: string): number | undefined {
  const seconds = /, ([\d.]+(?:e-?\d+)?) s(?:econds)?,/.exec(output)?.[1];
  return seconds === undefined ? undefined : (Number(seconds) * 1000) / writes;
}
