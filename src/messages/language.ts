/** A language that kinit has texts in. */
export type Language = 'en' | 'zh';

/** What a run says, in the language of who reads it. */
export interface Words {
  readonly language: Language;
  /** A text of kinit's, line by line; what a machine has said, kubeadm's own lines and what is not known stay. */
  readonly of: (english: string) => string;
}

/** English is how the source has it. */
export const english: Words = { language: 'en', of: (text) => text };

/** How kinit speaks in this run. */
export interface Speech {
  readonly language: Language;
  /** The terminal shows ASCII alone. */
  readonly ascii: boolean;
  /** What the user wanted and does not get, in English. */
  readonly remark?: string;
}

type Env = Readonly<Record<string, string | undefined>>;

/**
 * `--lang`, else KINIT_LANG, else the locale of messages (LC_ALL, LC_MESSAGES, LANG), else English. A locale that is named
 * and has no UTF-8 cannot show Chinese; where none is set, who asks for Chinese gets it.
 */
export function speechOf(argv: readonly string[], env: Env): Speech {
  const ascii = !showsUnicode(env);
  const asked = flagged(argv) ?? (env['KINIT_LANG'] || undefined);
  const wanted = asked ?? firstSet(env, ['LC_ALL', 'LC_MESSAGES', 'LANG']);
  const language = languageOf(wanted);
  if (asked !== undefined && language === undefined) {
    const remark = `kinit does not speak "${asked}": it goes on in English (it has en and zh)`;
    return { language: 'en', ascii, remark };
  }
  if (language === 'zh' && ascii) {
    const remark = `the locale ${charsetLocale(env)} has no UTF-8 to show Chinese in: kinit goes on in English`;
    return { language: 'en', ascii, remark };
  }
  return { language: language ?? 'en', ascii };
}

/** `zh`, `zh_CN.UTF-8` and `zh-Hans` are Chinese; `C` and `POSIX` are English. */
function languageOf(name: string | undefined): Language | undefined {
  const [first = ''] = (name ?? '').toLowerCase().split(/[_.@-]/);
  if (first === 'zh') return 'zh';
  return ['', 'en', 'c', 'posix'].includes(first) ? 'en' : undefined;
}

/** A program that is started without any locale, by a timer or in a container, says nothing about who reads it. */
function showsUnicode(env: Env): boolean {
  const locale = charsetLocale(env);
  return locale === undefined || /utf-?8/i.test(locale);
}

function charsetLocale(env: Env): string | undefined {
  return firstSet(env, ['LC_ALL', 'LC_CTYPE', 'LANG']);
}

function firstSet(env: Env, names: readonly string[]): string | undefined {
  return names.map((name) => env[name]).find((value) => value !== undefined && value !== '');
}

/** `--lang zh`, `--lang=zh`, wherever it stands: texts are needed before the command line is read. */
function flagged(argv: readonly string[]): string | undefined {
  const end = argv.indexOf('--');
  const words = end < 0 ? argv : argv.slice(0, end);
  const at = words.indexOf('--lang');
  return (
    words.find((word) => word.startsWith('--lang='))?.slice('--lang='.length) ?? (at < 0 ? undefined : words[at + 1])
  );
}

const signs: ReadonlyMap<string, string> = new Map(
  Object.entries({ '’': "'", '…': '...', '→': '->', '›': '>', '✔': '+', '✖': 'x', '⚠': '!', '❯': '>', '↓': '-' }),
);

/** The text with ASCII marks in the place of signs, for a locale that has no others. */
export function inAscii(text: string): string {
  return text.replaceAll(/[’…→›✔✖⚠❯↓]/gu, (sign) => signs.get(sign) ?? sign);
}

/** The stream, on which every text is in ASCII. */
export function asciiStream<T extends { write: (text: string) => unknown }>(stream: T): T {
  const write = (text: unknown, ...rest: readonly unknown[]) =>
    Reflect.apply(stream.write, stream, [typeof text === 'string' ? inAscii(text) : text, ...rest]);
  return new Proxy(stream, {
    get(target, key) {
      if (key === 'write') return write;
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}
