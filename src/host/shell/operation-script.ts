import { Secret } from '../../secret.ts';
import type { FileWrite, Operation } from '../host.ts';
import { prelude } from './prelude.ts';
import { quote, quoteAll } from './quote.ts';

/** Seconds that a command may take when its operation does not say. */
const defaultDeadline = 60;

/** A script that performs the operations in order up to the first that fails. */
export function operationScript(id: string, operations: readonly Operation[]): string {
  const lines = operations.map((operation, index) => `step ${index} ${stepOf(operation)}`);
  return [`id=${id}`, prelude, functions, ...lines, 'commit', 'settle', 'echo end'].join('\n');
}

/** What follows the script on its standard input: contents of files and input of commands, in order. */
export function* operationInput(operations: readonly Operation[]): Generator<Buffer> {
  for (const operation of operations) {
    if (operation.op === 'write') yield bytes(operation.file.content);
    if (operation.op === 'run' && operation.stdin !== undefined) yield bytes(operation.stdin);
  }
}

/** Seconds that a tree may take to be copied. */
const copyDeadline = 600;

/** Whole seconds, at least one: zero means "no limit" to timeout(1). */
export function deadlineOf(operation: Operation): number {
  if (operation.op === 'copy') return copyDeadline;
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
    case 'copy':
      return `copy ${absolute(operation.from)} ${absolute(operation.to)} ${operation.follow ? '-H' : '-P'}`;
    case 'run':
      return `run ${operation.stdin === undefined ? '-' : length(operation.stdin)} ${deadlineOf(operation)} ${quoteAll(operation.argv)}`;
  }
}

/**
 * A write follows a link, so that the link stays. Files are staged in a hidden folder beside their targets, where no
 * reader of the directory (kubelet's static pods, systemd's drop-ins) takes them, and committed together: one sync for
 * all, then those of one directory are renamed by one process, a key and its certificate next to each other. Whatever is
 * not a write finds all before it committed. What a call that was killed has staged goes with the next one that stages
 * there. A removal and a copy never enter another file system. A command runs when all of its input is there: what a
 * kinit that was killed has sent half is not run with. Of longer input, which who reads it has to check itself, a command
 * that leaves some unread leaves the next operation's alone: `cat` drains what is its own.
 */
const functions = `
staged= left= folders= copying=
trap 'forget; rm -rf "$scratch"' EXIT
# forget: what is staged and not committed.
forget() {
  for one in $left $staged; do eval "rm -rf \\"\\$folder_$one/.kinit-$id\\""; done
  [ -z "$copying" ] || rm -rf "$copying"
}
step() {
  index=$1; shift
  [ ! -e "$scratch/stop" ] || exit 143
  case $1 in
    put)
      shift
      if find_target "$1" 2>"$scratch/err"; then
        [ ! -e "$folder/.kinit-$id/$base" ] || commit
        stage "$@" 2>"$scratch/err" && return
        code=$?
      else code=1; fi
      mv "$scratch/err" "$scratch/own"; commit; mv "$scratch/own" "$scratch/err"
      : >"$scratch/out"; result "$index" $code ;;
    run) commit; shift; run "$@"; result "$index" $? ;;
    *) commit; : >"$scratch/out"; "$@" >/dev/null 2>"$scratch/err"; result "$index" $? ;;
  esac
}
result() {
  answer result "$1" "$2"
  [ "$2" = 0 ] || { echo end; exit 0; }
}
run() {
  size=$1; shift
  if [ "$size" = - ]; then
    bounded "$@" </dev/null
  elif [ "$size" -le 65536 ]; then
    : >"$scratch/out"
    { (umask 077 && head -c "$size" >"$scratch/in") && complete "$scratch/in" "$size"; } 2>"$scratch/err" || return
    bounded "$@" <"$scratch/in"; status=$?
    rm -f "$scratch/in"
    return $status
  else
    head -c "$size" | { bounded "$@"; status=$?; cat >/dev/null; exit $status; }
  fi
}
find_target() {
  target=$1
  if [ -h "$target" ]; then
    target=$(readlink -f "$1" && echo x) || { echo "cannot follow the link $1" >&2; return 1; }
    target=\${target%?x}
  fi
  folder=\${target%/*} base=\${target##*/}
}
# stage PATH MODE OWNER SIZE: what is on standard input, beside the target that find_target has found.
stage() {
  [ -d "$folder/" ] || mkdir -p "$folder/" || return
  [ -d "$folder/.kinit-$id" ] || { sweep "$folder"; mkdir -m 700 "$folder/.kinit-$id"; } || return
  new=$folder/.kinit-$id/$base
  if (umask 077 && head -c "$4" >"$new") && complete "$new" "$4" && owned "$3" "$new" && chmod "$2" "$new"; then
    eval "new_$index=\\$new target_$index=\\$target folder_$index=\\$folder"
    staged="$staged $index"
    return 0
  fi
  rm -f "$new"
  rmdir "$folder/.kinit-$id" 2>/dev/null
  return 1
}
commit() {
  [ -n "$staged" ] || return 0
  left=$staged staged=
  set --
  for one in $left; do eval "set -- \\"\\$@\\" \\"\\$new_$one\\""; done
  : >"$scratch/out"
  # Before coreutils 8.24 it syncs everything, and says that it ignores names.
  if ! sync "$@" 2>"$scratch/err" && grep -Eqi 'input/output|no space|quota' "$scratch/err"; then
    result "\${left##* }" 1
  fi
  while [ -n "$left" ]; do
    set --
    group= into=
    for one in $left; do
      eval "folder=\\$folder_$one"
      [ -z "$into" ] || [ "$into" = "$folder" ] || break
      into=$folder group="$group $one"
      eval "set -- \\"\\$@\\" \\"\\$new_$one\\""
    done
    mv -f -t "$into/" "$@" 2>"$scratch/why"
    for one in $group; do
      eval "new=\\$new_$one target=\\$target_$one"
      [ ! -e "$new" ] || { mv "$scratch/why" "$scratch/err"; result "$one" 1; }
      labelled "$target"
      : >"$scratch/err"
      result "$one" 0
    done
    rmdir "$into/.kinit-$id" 2>/dev/null
    folders="$folders $one"
    left=\${left#"$group"}
  done
}
# settle: names in directories are on the disk too.
settle() {
  [ -n "$folders" ] || return 0
  set --
  for one in $folders; do eval "set -- \\"\\$@\\" \\"\\$folder_$one\\""; done
  sync "$@" 2>/dev/null
}
complete() {
  [ "$(stat -c %s "$1")" = "$2" ] || { echo "the content ended before its $2 bytes" >&2; return 1; }
}
directory() {
  mkdir -p -m "$2" "$1" && owned "$3" "$1" && chmod "$2" "$1" && labelled "$1"
}
# copy FROM TO -H|-P: made beside its target, so that a file changes at once and a tree is whole.
copy() {
  [ -e "$1" ] || [ -h "$1" ] || { echo "$1 is not there" >&2; return 1; }
  if [ "$3" = -H ]; then find_target "$2" || return; else target=$2 folder=\${2%/*} base=\${2##*/}; fi
  [ -d "$folder/" ] || mkdir -p "$folder/" || return
  sweep "$folder"
  copying=$folder/.kinit-$id
  mkdir -m 700 "$copying" && cp -a -x "$3" --reflink=auto -T -- "$1" "$copying/$base" && synced "$copying/$base" &&
    in_place "$copying/$base" "$target"
  code=$?
  rm -rf "$copying"
  copying=
  [ $code = 0 ] || return $code
  eval "folder_$index=\\$folder"
  folders="$folders $index"
}
# Before coreutils 8.24 sync takes neither names nor -f, and syncs everything.
synced() {
  if [ -d "$1" ] && [ ! -h "$1" ]; then sync -f "$1" 2>/dev/null || sync; else sync "$1" 2>/dev/null || :; fi
}
# in_place NEW TARGET: a directory cannot be renamed over.
in_place() {
  for one; do
    if [ -d "$one" ] && [ ! -h "$one" ]; then rm -rf --one-file-system "$2" || return; break; fi
  done
  mv -f -T -- "$1" "$2"
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
