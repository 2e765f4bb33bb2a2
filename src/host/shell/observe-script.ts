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
    ...files.map((path, index) => `file ${index} ${quote(path)}`),
    ...paths.map((path, index) => `path ${index} ${quote(path)}`),
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
  const seenFiles = new Map<string, SeenFile>();
  const seenPaths = new Map<string, SeenPath>();
  const seenServices = new Map<string, SeenService>();
  const answers = new Map<string, CommandResult>();
  let factsText: string | undefined;
  for (const record of records) {
    const { kind, index, fields } = record;
    if (kind === 'facts') factsText = fieldBytes(fields[0] ?? '').toString('utf8');
    if (kind === 'file') seenFiles.set(files[index] ?? '', parseFile(fields, files[index] ?? ''));
    if (kind === 'path') seenPaths.set(paths[index] ?? '', parsePath(fields));
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
  const seen = { files: seenFiles, paths: seenPaths, services: seenServices, commands: answers };
  return factsText === undefined ? seen : { ...seen, factsText };
}

/** systemd's name of a unit: a service, where no other type is said. */
function unitOf(name: string): string {
  return name.endsWith('.slice') ? name : `${name}.service`;
}

/**
 * A file is what its links lead to, as a write would find it; a path is the link itself. What is not there is told
 * without starting a program: most of a bare host is not there.
 */
const functions = `
file() {
  [ -e "$2" ] || { echo "file|$1|0||0|!"; return; }
  stat -L --printf "file|$1|%f|%U:%G|%.6Y|" -- "$2" 2>/dev/null || printf 'file|%s|0||0|' "$1"
  if [ -f "$2" ] && [ "$(stat -L -c %s -- "$2" 2>/dev/null || echo 0)" -gt ${mostContent} ]; then printf '>'
  elif [ -f "$2" ]; then { base64 -w0 <"$2" || printf '!'; } 2>/dev/null; else printf '!'; fi
  echo
}
path() {
  [ -e "$2" ] || [ -h "$2" ] || { echo "path|$1|0||0|0||0|"; return; }
  stat --printf "path|$1|%f|%U:%G|%.6Y|" -- "$2" 2>/dev/null || printf 'path|%s|0||0|' "$1"
  stat -L --printf '%f|%U:%G|%.6Y|' -- "$2" 2>/dev/null || printf '0||0|'
  [ ! -d "$2" ] || find "$2/" -mindepth 1 -maxdepth 1 -printf '%f\\0' 2>/dev/null | base64 -w0
  echo
}
services() {
  printf 'services|0|'
  TZ=UTC systemctl show --no-pager -p LoadState -p ActiveState -p UnitFileState -p ExecMainStartTimestamp "$@" 2>/dev/null | base64 -w0
  echo
}
command_() {
  index=$1; shift
  bounded ${commandDeadline} "$@" </dev/null
  answer command "$index" $?
}
`;

/** `mode|owner|modified|content`: the raw mode in hexadecimal; content is `!` where there is none to read, `>` too much. */
function parseFile([mode, owner, modified, content = '!']: readonly string[], path: string): SeenFile {
  if (content === '>') {
    throw new KinitError(`${path} is larger than ${mostContent / 1024 / 1024} MiB, which no such file should be`);
  }
  return { ...parseStat(mode, owner, modified), ...(content === '!' ? {} : { content: fieldBytes(content) }) };
}

/** The three fields of the path itself, those of what its links lead to, and the names in it. */
function parsePath(fields: readonly string[]): SeenPath {
  const own = parseStat(fields[0], fields[1], fields[2]);
  const target = parseStat(fields[3], fields[4], fields[5]);
  const shown = target.type === 'absent' ? own : { ...target, type: own.type };
  if (target.type !== 'directory') return shown;
  return {
    ...shown,
    entries: fieldBytes(fields[6] ?? '')
      .toString('utf8')
      .split('\0')
      .filter(Boolean)
      .sort(),
  };
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
  const started = Date.parse(property('ExecMainStartTimestamp').replace(/^[A-Z][a-z]{2} /, ''));
  return {
    exists: state !== '' && state !== 'not-found',
    active,
    enabled: enabledStates.has(property('UnitFileState')),
    since: active && !Number.isNaN(started) ? started / 1000 : 0,
  };
}
