import { Command, Option } from 'commander';
import { InputError } from '../errors.ts';
import type { Io } from './io.ts';

/** `kinit explain CODE`: the cause behind a code, how to look, how to mend it. Throws InputError for what is no code. */
export function explainCommand(io: Io): Command {
  return new Command('explain')
    .description('Tell more about a code that a message bears: the cause, how to look, how to mend it')
    .argument('<code>', 'KINIT-4014, 4014, or the name of a check or finding, such as Swap')
    .addOption(new Option('-o, --output <format>', 'how to print it').choices(['text', 'json', 'yaml']).default('text'))
    .action(async (asked: string, { output }: { readonly output: string }) => {
      const { explanationOf } = await import('../messages/explain.ts');
      const explanation = await explanationOf(asked);
      if (explanation === undefined) {
        const problem = { place: '', message: `"${asked}" is no code and no name of a check or finding` };
        throw new InputError([problem], 'codes look like KINIT-4014; errors, preflight and doctor show them');
      }
      const { printed } = await import('./etcd/printed.ts');
      const { explanationText } = await import('../report/explanation-text.ts');
      if (output === 'text') io.stdout.write(explanationText(explanation, io.words?.language ?? 'en'));
      else await printed(explanation, output, io, () => []);
    });
}
