import { type CompletedCommand, everyPlace, everyStep, type Placed, quoted, valueFlags } from './commands.ts';

/** A completion script for zsh and these programs; load it with `source <(kinit completion zsh)`, or from $fpath. */
export function zshCompletion(root: CompletedCommand, programs: readonly string[]): string {
  const name = `_${root.name}_completion`;
  return `#compdef ${programs.join(' ')}
# zsh completion for ${root.name}: source <(${root.name} completion zsh), after compinit
${name}() {
  local place= word previous=\${words[CURRENT-1]} skip=
  local -a subcommands flags
  for word in \${words[2,CURRENT-1]}; do
    if [[ -n $skip ]]; then skip=; continue; fi
    case $word in
      ${valueFlags(root).join('|')}) skip=yes; continue ;;
    esac
    case $place/$word in
${everyStep(root)
  .map(({ words, path }) => `      (${words.join('|')}) place=${path} ;;`)
  .join('\n')}
    esac
  done
  case "$place $previous" in
${everyPlace(root).flatMap(values).join('\n')}
  esac
  if [[ -n $skip ]]; then _files; return; fi
  case $place in
${everyPlace(root).map(words).join('\n')}
  esac
  if [[ $PREFIX == -* ]]; then _describe -o flag flags
  elif (( $#subcommands )); then _describe command subcommands
  else _files
  fi
}
if [[ $funcstack[1] == _${root.name} ]]; then ${name} "$@"; else compdef ${name} ${programs.join(' ')}; fi
`;
}

function values({ path, command }: Placed): readonly string[] {
  return command.flags
    .filter((flag) => flag.values.length > 0)
    .map((flag) => {
      const patterns = flag.names.map((name) => `"${path} ${name}"`).join('|');
      return `    (${patterns}) compadd -- ${flag.values.join(' ')}; return ;;`;
    });
}

function words({ path, command }: Placed): string {
  const commands = command.commands.map(({ name, description }) => described(name, description));
  const flags = command.flags.flatMap(({ names, description }) => names.map((name) => described(name, description)));
  return `    ('${path}') subcommands=(${commands.join(' ')}) flags=(${flags.join(' ')}) ;;`;
}

function described(word: string, description: string): string {
  return quoted(`${word}:${description}`);
}
