import { KinitError } from '../../errors.ts';
import type { CommandResult, Seen, SeenFile, SeenPath, SeenService, Wanted } from '../host.ts';
import { prelude } from './prelude.ts';
import { quote, quoteAll } from './quote.ts';
import { fieldBytes, parseAnswer, type Record } from './records.ts';

/** Seconds that a read-only command of an observation may take. */
export const commandDeadline = 20;

/** Bytes of a file whose content is asked for: keys, configuration, kubeconfigs. What is larger travels in pieces. */
const mostContent = 16 * 1024 * 1024;

/** A script that answers everything wanted; `factsScript` is asked only where facts are. */
export function observeScript(id: string, wanted: Wanted, factsScript: string): string {
  const { files = [], paths = [], services = [], commands = [] } = wanted;
  return [
    `id=${id}`,
    prelude,
    functions,
    ...(wanted.facts ? [`printf 'facts|0|'\n(\n${factsScript}\n) </dev/null 2>/dev/null | base64 -w0\necho`] : []),
    ...(files.length > 0 ? [`large=$(large_of ${quoteAll(files)})`] : []),
    ...files.map((path, index) => `content ${index} ${quote(path)}`),
    ...paths.map((path, index) => `link ${index} ${quote(path)}`),
    ...(files.length + paths.length > 0 ? [`stats ${quoteAll([...new Set([...files, ...paths])])}`] : []),
    ...(paths.length > 0 ? [`entries ${quoteAll(paths)}`] : []),
    ...(services.length > 0 ? [`services ${quoteAll(services.map(unitOf))}`] : []),
    ...commands.map((argv, index) => `command_ ${index} ${quoteAll(argv)}`),
    'echo end',
  ].join('\n');
}

/**
 * What the records of an observation say, without the facts; those are the text of `factsText`. Throws KinitError where a
 * file is too large to be what it should.
 */
export function parseSeen(wanted: Wanted, records: readonly Record[]): Seen & { readonly factsText?: string } {
  const { files = [], paths = [], services = [], commands = [] } = wanted;
  const contents = new Map<string, string>();
  const links = new Map<string, SeenPath>();
  let stats: ReadonlyMap<string, NamedStat> = new Map();
  let entries: ReadonlyMap<string, readonly string[]> = new Map();
  const seenServices = new Map<string, SeenService>();
  const answers = new Map<string, CommandResult>();
  let factsText: string | undefined;
  for (const record of records) {
    const { kind, index, fields } = record;
    if (kind === 'facts') factsText = fieldBytes(fields[0] ?? '').toString('utf8');
    if (kind === 'content') contents.set(files[index] ?? '', fields[0] ?? '');
    if (kind === 'link') links.set(paths[index] ?? '', parseStat(fields[0], fields[1], fields[2]));
    if (kind === 'stats') stats = parseStats(namesIn(fields), fields[1], [...new Set([...files, ...paths])]);
    if (kind === 'entries') entries = parseEntries(namesIn(fields));
    if (kind === 'services') {
      const blocks = fieldBytes(fields[0] ?? '')
        .toString('utf8')
        .trim()
        .split(/\n\n+/);
      for (const [at, name] of services.entries()) seenServices.set(name, parseService(blocks[at] ?? ''));
    }
    if (kind === 'command') {
      const { code, stdout, stderr } = parseAnswer(record);
      answers.set((commands[index] ?? []).join('\0'), { code, stdout, stderr });
    }
  }
  const seen = {
    files: new Map(files.map((path) => [path, fileOf(path, stats.get(path)?.seen, contents.get(path))])),
    paths: new Map(
      paths.map((path) => [
        path,
        pathOf(stats.get(path)?.seen, links.get(path), entries.get(stats.get(path)?.name ?? path)),
      ]),
    ),
    services: seenServices,
    commands: answers,
  };
  return factsText === undefined ? seen : { ...seen, factsText };
}

/** systemd's name of a unit: a service, where no other type is said. */
function unitOf(name: string): string {
  return /\.(?:slice|timer)$/.test(name) ? name : `${name}.service`;
}

/**
 * A file is what its links lead to, as a write would find it; a path is the link itself. One program looks at all of them,
 * one lists all directories, and only what is a file has another one for its content; what the shell knows is asked of it.
 */
const functions = `
# large_of FILE...: those that are too large.
large_of() {
  for one; do shift; [ ! -f "$one" ] || set -- "$@" "$one"; done
  [ $# = 0 ] || find -L "$@" -maxdepth 0 -type f -size +${mostContent}c -print 2>/dev/null
}
# content INDEX FILE: nothing where there is none to read.
content() {
  [ -f "$2" ] || return 0
  printf 'content|%s|' "$1"
  if [ -n "$large" ] && [ "$(stat -L -c %s -- "$2" 2>/dev/null || echo 0)" -gt ${mostContent} ]; then printf '>'
  else { base64 -w0 <"$2" || printf '!'; } 2>/dev/null; fi
  echo
}
# link INDEX PATH: where it is a link.
link() {
  [ ! -h "$2" ] || stat --printf "link|$1|%f|%U:%G|%.6Y\\n" -- "$2" 2>/dev/null || :
}
# stats PATH...: of what its links lead to, and which of them they are.
stats() {
  at=0 there=
  for one; do shift; [ ! -e "$one" ] || { set -- "$@" "$one"; there="$there $at"; }; at=$((at + 1)); done
  [ $# -gt 0 ] || return 0
  printf 'stats|0|'
  stat -L --printf '%f|%U:%G|%.6Y|%n\\0' -- "$@" 2>/dev/null | base64 -w0
  echo "|\${there# }"
}
# entries PATH...: the names in those that are directories.
entries() {
  for one; do shift; [ ! -d "$one" ] || set -- "$@" "$one/"; done
  [ $# -gt 0 ] || return 0
  printf 'entries|0|'
  find "$@" -mindepth 1 -maxdepth 1 -printf '%H\\0%f\\0' 2>/dev/null | base64 -w0
  echo
}
services() {
  printf 'services|0|'
  TZ=UTC systemctl show --no-pager -p LoadState -p ActiveState -p UnitFileState -p ExecMainStartTimestamp -p ActiveEnterTimestamp "$@" 2>/dev/null | base64 -w0
  echo
}
command_() {
  index=$1; shift
  if command -v "$1" >/dev/null; then
    timeout -k 5 ${commandDeadline} "$@" </dev/null >"$scratch/out" 2>"$scratch/err"
    answer command "$index" $?
  else printf 'command|%s|127|0||\n' "$index"; fi
}
`;

/** The strings of a list that each end with NUL. */
function namesIn([list = '']: readonly string[]): readonly string[] {
  return fieldBytes(list).toString('utf8').split('\0').slice(0, -1);
}

/** What a path is, and its name as the host has it. */
interface NamedStat {
  readonly name: string;
  readonly seen: SeenPath;
}

/**
 * `mode|owner|modified|name` each, the raw mode in hexadecimal, of the paths with these numbers; by their names where one of
 * them has gone in between.
 */
function parseStats(lines: readonly string[], there = '', asked: readonly string[]): ReadonlyMap<string, NamedStat> {
  const numbers = there.split(' ').map(Number);
  return new Map(
    lines.map((line, at) => {
      const [, mode, owner, modified, name = ''] = /^([^|]*)\|([^|]*)\|([^|]*)\|(.*)$/s.exec(line) ?? [];
      const path = numbers.length === lines.length ? asked[numbers[at] ?? -1] : undefined;
      return [path ?? name, { name, seen: parseStat(mode, owner, modified) }];
    }),
  );
}

/** A directory, with a slash behind it, and a name in it, in turn. */
function parseEntries(pairs: readonly string[]): ReadonlyMap<string, readonly string[]> {
  const entries = new Map<string, string[]>();
  for (let at = 0; at + 1 < pairs.length; at += 2) {
    const directory = (pairs[at] ?? '').slice(0, -1);
    entries.set(directory, [...(entries.get(directory) ?? []), pairs[at + 1] ?? '']);
  }
  return entries;
}

/** Its content is `!` where it may not be read, `>` where it is too much. */
function fileOf(path: string, stat: SeenPath | undefined, content: string | undefined): SeenFile {
  if (content === '>') {
    throw new KinitError(`${path} is larger than ${mostContent / 1024 / 1024} MiB, which no such file should be`);
  }
  const seen = stat ?? parseStat();
  return content === undefined || content === '!' ? seen : { ...seen, content: fieldBytes(content) };
}

/** What its links lead to, where they lead anywhere, as what it is itself. */
function pathOf(
  target: SeenPath | undefined,
  link: SeenPath | undefined,
  entries: readonly string[] | undefined,
): SeenPath {
  const shown = target ?? link ?? parseStat();
  const own = { ...shown, type: link?.type ?? shown.type };
  return target?.type === 'directory' ? { ...own, entries: (entries ?? []).toSorted() } : own;
}

function parseStat(mode = '0', owner = '', modified = '0'): SeenPath {
  const raw = Number.parseInt(mode, 16);
  return { type: types[raw & 0xf000] ?? 'other', mode: raw & 0o7777, owner, modified: Number(modified) };
}

/** inode(7). */
const types: { readonly [bits: number]: SeenPath['type'] } = {
  0: 'absent',
  16384: 'directory',
  32768: 'file',
  40960: 'symlink',
  49152: 'socket',
};

/** The unit file states for which `systemctl is-enabled` exits 0 (systemctl(1)). */
const enabledStates = new Set(['enabled', 'enabled-runtime', 'static', 'alias', 'indirect', 'generated']);

function parseService(block: string): SeenService {
  const property = (name: string): string => new RegExp(`^${name}=(.*)$`, 'm').exec(block)?.[1] ?? '';
  const state = property('LoadState');
  const active = ['active', 'reloading'].includes(property('ActiveState'));
  // What is no service has no process of its own.
  const start = /^ExecMainStartTimestamp=/m.test(block) ? 'ExecMainStartTimestamp' : 'ActiveEnterTimestamp';
  const started = Date.parse(property(start).replace(/^[A-Z][a-z]{2} /, ''));
  return {
    exists: state !== '' && state !== 'not-found',
    active,
    enabled: enabledStates.has(property('UnitFileState')),
    since: active && !Number.isNaN(started) ? started / 1000 : 0,
  };
}
