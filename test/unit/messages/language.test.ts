import { describe, expect, it } from 'vitest';
import { asciiStream, inAscii, speechOf } from '../../../src/messages/language.ts';

describe('the language of a run', () => {
  it.each([
    ['nothing', [], {}, 'en'],
    ['--lang before all', ['--lang', 'zh', 'up'], { KINIT_LANG: 'en' }, 'zh'],
    ['--lang=, wherever it stands', ['up', '--lang=zh_CN'], {}, 'zh'],
    ['KINIT_LANG before the locale', [], { KINIT_LANG: 'zh', LANG: 'en_US.UTF-8' }, 'zh'],
    ['LC_ALL before LC_MESSAGES', [], { LC_ALL: 'en_US.UTF-8', LC_MESSAGES: 'zh_CN.UTF-8' }, 'en'],
    ['LC_MESSAGES before LANG', [], { LC_MESSAGES: 'zh_CN.UTF-8', LANG: 'en_US.UTF-8' }, 'zh'],
    ['LANG', [], { LANG: 'zh_CN.UTF-8' }, 'zh'],
    ['an empty LC_ALL is none', [], { LC_ALL: '', LANG: 'zh_CN.utf8' }, 'zh'],
    ['a locale of a third language', [], { LANG: 'fr_FR.UTF-8' }, 'en'],
    ['what stands after -- is no flag', ['up', '--', '--lang', 'zh'], {}, 'en'],
  ])('%s', (_, argv, env, language) => {
    expect(speechOf(argv, env)).toMatchObject({ language });
    expect(speechOf(argv, env).remark).toBeUndefined();
  });

  it('is English where it was asked for in one that is not there, and says so', () => {
    expect(speechOf(['--lang', 'xx'], {})).toEqual({
      language: 'en',
      ascii: false,
      remark: 'kinit does not speak "xx": it goes on in English (it has en and zh)',
    });
    expect(speechOf([], { KINIT_LANG: 'de' }).remark).toContain('"de"');
  });

  it.each(['zh_CN.GBK', 'zh_CN.GB18030', 'zh_CN'])(
    'is English in the locale %s, which cannot show kinit’s Chinese',
    (LANG) => {
      expect(speechOf([], { LANG })).toMatchObject({ language: 'en', ascii: true });
      expect(speechOf([], { LANG }).remark).toContain(`the locale ${LANG} has no UTF-8`);
    },
  );

  it('has ASCII marks in the place of signs where the locale has no UTF-8, and says nothing of it', () => {
    expect(speechOf([], { LANG: 'C' })).toEqual({ language: 'en', ascii: true });
    expect(speechOf([], { LANG: 'C', LC_CTYPE: 'C.UTF-8' })).toEqual({ language: 'en', ascii: false });
    expect(inAscii('kubeadm’s → v1.20… ✔')).toBe("kubeadm's -> v1.20... +");
  });

  it('has them in the live view, too, whose stream stays what it is otherwise', () => {
    const told: string[] = [];
    const stream = {
      columns: 80,
      write: (text: string) => told.push(text),
      twice(): number {
        return this.columns * 2;
      },
    };
    const shown = asciiStream(stream);
    shown.write('✔ certs → done…');
    expect(told).toEqual(['+ certs -> done...']);
    expect([shown.columns, shown.twice()]).toEqual([80, 160]);
  });
});
