import { Secret } from '../secret.ts';
import type { FileWrite, Operation } from './host.ts';
import { prelude } from './prelude.ts';
import { quote, quoteAll } from './quote.ts';

/** Seconds that a command may take when its operation does not say. */
const defaultDeadline = 60;

/** A script that performs the operations in order up to the first that fails. */
export function operationScript(id: string, operations: readonly Operation[]): string {
  const lines = operations.map((operation, index) => `step ${index} ${stepOf(operation)}`);
  return [`id=${id}`, prelude, functions, ...lines, 'echo end'].join('\n');
}

/** What follows the script on its standard input: contents of files and input of commands, in order. */
export function* operationInput(operations: readonly Operation[]): Generator<Buffer> {
  for (const operation of operations) {
    if (operation.op === 'write') yield bytes(operation.file.content);
    if (operation.op === 'run' && operation.stdin !== undefined) yield bytes(operation.stdin);
  }
}

/** Whole seconds, at least one: zero means "no limit" to timeout(1). */
export function deadlineOf(operation: Operation): number {
  return operation.op === 'run' ? Math.max(1, Math.ceil(operation.deadline ?? defaultDeadline)) : 0;
}

function stepOf(operation: Operation): string {
  switch (operation.op) {
    case 'write': {
      const { path, mode, owner, content } = operation.file;
      return `put ${absolute(path)} ${octal(mode)} ${quote(owner ?? '')} ${length(content)}`;
    }
    case 'directory':
      return `directory ${absolute(operation.path)} ${octal(operation.mode)} ${quote(operation.owner ?? '')}`;
    case 'remove':
      return `${operation.contents ? 'empty' : 'discard'} ${absolute(operation.path)}`;
    case 'run':
      return `run ${operation.stdin === undefined ? '-' : length(operation.stdin)} ${deadlineOf(operation)} ${quoteAll(operation.argv)}`;
  }
}

/**
 * A write follows a link, so that the link stays; its temporary file is hidden, so that no reader of the directory
 * (kubelet's static pods, systemd's drop-ins) takes it. A removal never enters another file system. A command that
 * leaves input unread leaves the next operation's alone: `cat` drains what is its own.
 */
const functions = `
step() {
  index=$1; shift
  [ ! -e "$scratch/stop" ] || exit 143
  case $1 in
    run) shift; run "$@" ;;
    *) : >"$scratch/out"; "$@" >/dev/null 2>"$scratch/err" ;;
  esac
  code=$?
  answer result "$index" $code
  [ $code = 0 ] || { echo end; exit 0; }
}
run() {
  size=$1; shift
  if [ "$size" = - ]; then
    bounded "$@" </dev/null
  else
    head -c "$size" | { bounded "$@"; status=$?; cat >/dev/null; exit $status; }
  fi
}
put() {
  target=$1
  if [ -h "$target" ]; then target=$(readlink -f "$1" && echo x) || return; target=\${target%?x}; fi
  parent=\${target%/*}
  [ -d "$parent/" ] || mkdir -p "$parent/" || return
  new=$parent/.kinit-$id-$index
  if (umask 077 && head -c "$4" >"$new") &&
    complete "$new" "$4" &&
    owned "$3" "$new" && chmod "$2" "$new" && mv -fT "$new" "$target"
  then labelled "$target"; return 0; fi
  rm -f "$new"
  return 1
}
complete() {
  [ "$(stat -c %s "$1")" = "$2" ] || { echo "the content ended before its $2 bytes" >&2; return 1; }
}
directory() {
  mkdir -p -m "$2" "$1" && owned "$3" "$1" && chmod "$2" "$1" && labelled "$1"
}
discard() { rm -rf --one-file-system "$1"; }
empty() { [ ! -d "$1" ] || find "$1/" -xdev -mindepth 1 -delete; }
owned() { [ -z "$1" ] || chown -- "$1" "$2"; }
labelled() { [ ! -e /sys/fs/selinux/enforce ] || ! command -v restorecon >/dev/null || restorecon "$1" || :; }
`;

function absolute(path: string): string {
  if (!path.startsWith('/') || /^\/+$/.test(path)) throw new TypeError(`not a path to change on a host: '${path}'`);
  return quote(path);
}

function octal(mode: number): string {
  return mode.toString(8).padStart(4, '0');
}

function length(content: FileWrite['content']): number {
  return Buffer.isBuffer(content) ? content.length : Buffer.byteLength(text(content));
}

function bytes(content: FileWrite['content']): Buffer {
  return Buffer.isBuffer(content) ? content : Buffer.from(text(content));
}

function text(content: string | Secret): string {
  return content instanceof Secret ? content.reveal() : content;
}
