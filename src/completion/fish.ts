import { type CompletedCommand, type CompletedFlag, everyPlace, everyStep, quoted, valueFlags } from './commands.ts';

/** A completion script for fish and these programs; load it with `kinit completion fish | source`. */
export function fishCompletion(root: CompletedCommand, programs: readonly string[]): string {
  const place = `__${root.name}_place`;
  const others = programs.filter((program) => program !== root.name);
  const lines = everyPlace(root).flatMap(({ path, command }) => {
    const here = `-n ${quoted(`test (${place}) = /${path}`)}`;
    return [
      ...command.commands.map(({ name, description }) => `${here} -f -a ${name} -d ${fishQuoted(description)}`),
      ...command.flags.map((flag) => `${here} ${flagWords(flag)} -d ${fishQuoted(flag.description)}`),
    ];
  });
  return `# fish completion for ${root.name}: ${root.name} completion fish | source
function ${place}
  set -l place
  set -l skip
  for word in (commandline -opc)[2..-1]
    if set -q skip[1]
      set skip
      continue
    end
    switch $word
      case ${valueFlags(root).join(' ')}
        set skip yes
        continue
    end
    switch "$place/$word"
${everyStep(root)
  .map(({ words, path }) => `      case ${words.join(' ')}\n        set place ${path}`)
  .join('\n')}
    end
  end
  echo "/$place"
end
${lines.map((line) => `complete -c ${root.name} ${line}`).join('\n')}
${others.map((program) => `complete -c ${program} -w ${root.name}`).join('\n')}
`;
}

function flagWords({ names, takesValue, values }: CompletedFlag): string {
  const words = names.map((name) => (name.startsWith('--') ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`));
  if (!takesValue) return words.join(' ');
  return `${words.join(' ')} ${values.length > 0 ? `-x -a ${quoted(values.join(' '))}` : '-r -F'}`;
}

/** fish knows two escapes in single quotes, of the backslash and of the quote. */
function fishQuoted(text: string): string {
  return `'${text.replaceAll(/[\\']/g, '\\$&')}'`;
}
