import { describe, expect, it } from 'vitest';
import { framesOf, type Scene } from '../../../scripts/recording/frames.ts';
import { palettes, svg } from '../../../scripts/recording/svg.ts';

const size = { columns: 40, rows: 6 };
const scene = (typed: string, ...chunks: readonly (readonly [number, string])[]): Scene => ({
  typed,
  hold: 3,
  chunks: chunks.map(([at, text]) => ({ at, text })),
});
const textsOf = (scenes: readonly Scene[]) =>
  framesOf(scenes, size).map(({ lines }) =>
    lines
      .map((line) => line.map(({ character }) => character).join(''))
      .join('\n')
      .trimEnd(),
  );

describe('the frames of a recording', () => {
  it('begin with the command and end with all that it wrote, which stands longest', () => {
    const frames = framesOf([scene('kinit plan', [0.1, 'one\r\n'], [2, 'two\r\n'])], size);
    expect(textsOf([scene('kinit plan', [0.1, 'one\r\n'], [2, 'two\r\n'])])).toEqual([
      '$ kinit plan',
      '$ kinit plan\none',
      '$ kinit plan\none\ntwo',
    ]);
    expect(frames.at(-1)?.seconds).toBe(3);
  });

  it('leave out what looks like the one before', () => {
    expect(textsOf([scene('x', [1, 'a'], [2, '\r'], [3, 'a'])])).toHaveLength(2);
  });

  it('are few, however long it took', () => {
    const chunks = Array.from({ length: 600 }, (_, at) => [at, `\r${at}`] as const);
    expect(framesOf([scene('x', ...chunks)], size).length).toBeLessThan(30);
  });

  it('are not torn where a view is drawn over itself, however often', () => {
    const drawn = Array.from({ length: 60 }, (_, at) => `\u001b[1A\u001b[2Kat work ${at}\r\n`);
    expect(textsOf([scene('x', [0, '\r\n'], [0, drawn.join('')])])).toEqual(['$ x', '$ x\nat work 59']);
  });

  it('show a long text page by page, from its first to its last line', () => {
    const lines = Array.from({ length: 200 }, (_, at) => `line ${at}`);
    const texts = textsOf([scene('x', [0, lines.map((line) => `${line}\r\n`).join('')])]);
    expect(texts[1]).toContain('$ x\nline 0\n');
    expect(texts.at(-1)).toMatch(/line 199$/);
    expect(texts.length).toBeLessThan(12);
  });
});

describe('the picture of a recording', () => {
  const frames = framesOf([scene('echo', [1, '<&> \u001b[31mred\u001b[0m\r\n'])], size);
  const picture = svg(frames, size, palettes.dark, 'kinit "plan"');

  it('has text in the terminal’s colors, escaped, each line once', () => {
    expect(picture).toContain('&lt;&amp;&gt;');
    expect(picture).toMatch(/class="c1">red</);
    expect(picture).toContain('aria-label="kinit &quot;plan&quot;"');
    expect(picture.match(/>echo</g)).toHaveLength(1);
  });

  it('moves without a script, and stands still at its end for who wants that', () => {
    expect(picture).not.toContain('<script');
    expect(picture).toMatch(/@keyframes s\{0\.000%\{transform:translateY\(-0px\)\}/);
    expect(picture).toMatch(/prefers-reduced-motion:reduce\)\{\.s\{animation:none;transform:translateY\(-\d+px\)/);
  });
});
