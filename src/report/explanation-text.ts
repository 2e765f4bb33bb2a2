import type { Explanation } from '../messages/explain.ts';
import type { Language } from '../messages/language.ts';

const titles: Readonly<Record<Language, Readonly<Record<'cause' | 'look' | 'mend', string>>>> = {
  en: { cause: 'Cause:', look: 'How to look:', mend: 'How to mend it:' },
  zh: { cause: '原因：', look: '如何查看：', mend: '如何处理：' },
};

/** An explanation for a person: its code, then the cause, how to look and how to mend it. */
export function explanationText({ code, name, message, told }: Explanation, language: Language): string {
  const head = [code, ...(name === undefined ? [] : [name])].join(' ');
  const parts = (['cause', 'look', 'mend'] as const).flatMap((part) =>
    told === undefined ? [] : [`${titles[language][part]}\n  ${told[language][part]}\n`],
  );
  return [`${head}\n${message === undefined ? '' : `  ${message[language]}\n`}`, ...parts].join('\n');
}
