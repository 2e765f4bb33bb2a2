import type { Argument, Help, Option } from 'commander';
import { columnsOf, folded } from '../messages/columns.ts';
import type { Words } from '../messages/language.ts';

/** How help is written in the language of who reads it: whose characters may take two columns, and stand without blanks. */
export function spokenHelp({ of }: Words): Partial<Help> {
  return {
    commandDescription: (command) => of(command.description()),
    subcommandDescription: (command) => of(command.summary() || command.description()),
    optionDescription: (option) => described(option, of),
    argumentDescription: (argument) => described(argument, of),
    styleTitle: of,
    displayWidth: columnsOf,
    boxWrap: (text, width) =>
      text
        .split('\n')
        .flatMap((line) => folded(line, width))
        .join('\n'),
  };
}

/** The description, and in brackets what may be given and what holds where nothing is. */
function described(
  { description, argChoices, defaultValue, defaultValueDescription }: Option | Argument,
  of: Words['of'],
): string {
  const choices = argChoices === undefined ? [] : [of(`choices: ${argChoices.join(', ')}`)];
  const isTold = defaultValue !== undefined && typeof defaultValue !== 'boolean' && `${defaultValue}` !== '';
  const given = defaultValueDescription ?? (isTold ? JSON.stringify(defaultValue) : undefined);
  const extra = [...choices, ...(given === undefined ? [] : [of(`default: ${given}`)])];
  return `${of(description)}${extra.length === 0 ? '' : `（${extra.join('；')}）`}`;
}
