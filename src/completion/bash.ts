import { type CompletedCommand, everyPlace, everyStep, type Placed, valueFlags } from './commands.ts';

/** A completion script for bash (4.2 and later) and these programs; load it with `source <(kinit completion bash)`. */
export function bashCompletion(root: CompletedCommand, programs: readonly string[]): string {
  return `# bash completion for ${root.name}: source <(${root.name} completion bash)
_${root.name}_completion() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD - 1]}
  local path= index commands= flags=
  for ((index = 1; index < COMP_CWORD; index++)); do
    case \${COMP_WORDS[index]} in
      ${valueFlags(root).join('|')}) index=$((index + 1)); continue ;;
    esac
    case $path/\${COMP_WORDS[index]} in
${everyStep(root)
  .map(({ words, path }) => `      ${words.join('|')}) path=${path} ;;`)
  .join('\n')}
    esac
  done
  case "$path $previous" in
${everyPlace(root).flatMap(values).join('\n')}
  esac
  case $previous in
    ${valueFlags(root).join('|')}) return ;;
  esac
  case $path in
${everyPlace(root).map(words).join('\n')}
  esac
  case $current in
    -*) COMPREPLY=($(compgen -W "$flags" -- "$current")) ;;
    *) COMPREPLY=($(compgen -W "$commands" -- "$current")) ;;
  esac
}
complete -o default -F _${root.name}_completion ${programs.join(' ')}
`;
}

function values({ path, command }: Placed): readonly string[] {
  return command.flags
    .filter((flag) => flag.values.length > 0)
    .map((flag) => {
      const patterns = flag.names.map((name) => `"${path} ${name}"`).join('|');
      return `    ${patterns}) COMPREPLY=($(compgen -W "${flag.values.join(' ')}" -- "$current")); return ;;`;
    });
}

function words({ path, command }: Placed): string {
  const commands = command.commands.map(({ name }) => name).join(' ');
  const flags = command.flags.flatMap(({ names }) => names).join(' ');
  return `    '${path}') commands='${commands}' flags='${flags}' ;;`;
}
