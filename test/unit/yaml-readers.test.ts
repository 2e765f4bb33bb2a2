import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InputError } from '../../src/errors.ts';
import { parseYaml, toYaml } from '../../src/yaml.ts';

/** Characters at which readers of YAML are known to part, and words that mean something to some of them. */
const awkward = fc.constantFrom(
  ...['\u0085', '\u2028', '\u2029', '\ufeff', '\u0000', '\u001b', '\u007f', '\u009b', '\ufffe', '\ud800', '\r', '\n'],
  ...['\u200b', '\u00ad', '\ufe0f', '\u3164', '\u{e0041}'],
  ...['\t', ' ', '#', ': ', '- ', '---', '...', '--- ', '? ', '!', '&a', '*a', '%', '@', '`', '|', '>', '"', "'", '\\'],
  ...['{', '}', '[', ']', ',', '=', '<<', '~', 'y', 'yes', 'null', '1_0', '0o7', '1:30', '.5', '2001-01-01', '😀'],
);
const text = fc.array(fc.oneof(awkward, fc.string({ unit: 'binary', maxLength: 3 })), { maxLength: 6 });
const word = text.map((parts) => parts.join(''));
const anything = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    word,
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(word, tie('value'), { maxKeys: 3 }),
  ),
})).value;

const wellFormed = (value: unknown): unknown => JSON.parse(JSON.stringify(value).replaceAll('\\ud800', '\\ufffd'));

describe('what kinit writes as YAML', () => {
  it('holds no character that is a line break to one reader and text to another', () => {
    fc.assert(
      fc.property(fc.dictionary(word, anything, { maxKeys: 4 }), (value) => {
        // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what must not be there
        expect(toYaml(value)).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/);
      }),
    );
  });

  it.runIf(hasPyYaml())('is the same to kinit and to a reader of YAML 1.1 (PyYAML)', () => {
    const values = fc.sample(fc.dictionary(word, anything, { maxKeys: 4 }), { numRuns: 2000 });
    const texts = values.map((value) => toYaml(value));
    const program = 'import sys, json, yaml\nprint(json.dumps([yaml.safe_load(t) for t in json.load(sys.stdin)]))';
    const input = JSON.stringify(texts);
    const read = JSON.parse(execFileSync('python3', ['-c', program], { input, encoding: 'utf8' })) as unknown[];
    values.forEach((value, index) => {
      const written = texts[index] ?? '';
      expect(read[index], JSON.stringify(written)).toEqual(wellFormed(value));
      expect(parseYaml(`---\n${written}`, 'f')[0]?.value, JSON.stringify(written)).toEqual(wellFormed(value));
    });
  });
});

describe('a text in which Kubernetes sees other lines than kinit', () => {
  it.each([
    ['U+0085', '# text\u0085users: [{name: a, user: {exec: {command: sh}}}]\n', 1],
    ['U+2028', 'a: 1\n# text\u2028b: 2\n', 2],
    ['U+2029', 'a: "x\u2029y"\n', 1],
    ['U+FEFF', 'a: 1\n\ufeffb: 2\n', 2],
    ['U+009B', 'a: x\u009by\n', 1],
    ['U+007F', 'a: |\n  x\u007fy\n', 2],
  ])('is refused by the name of the character and its line: %s', (name, source, line) => {
    expect(() => parseYaml(source, 'f.yaml')).toThrow(InputError);
    expect(() => parseYaml(source, 'f.yaml')).toThrow(
      new RegExp(`^f\\.yaml:${line}: holds an invisible .*\\(${name.replace('+', '\\+')}\\)`),
    );
  });

  it('is read where the character is escaped, or a mark at its very beginning', () => {
    expect(parseYaml('\ufeffa: "x\\u2028y\\N"\n', 'f')[0]?.value).toEqual({ a: 'x\u2028y\u0085' });
  });
});

function hasPyYaml(): boolean {
  try {
    execFileSync('python3', ['-c', 'import yaml'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
