import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InputError, type InputProblem } from '../../src/errors.ts';
import { parseYaml, toYaml } from '../../src/yaml.ts';

const values = (text: string) => parseYaml(text, 'f.yaml').map(({ value }) => value);
const problems = (text: string): readonly InputProblem[] => {
  try {
    parseYaml(text, 'f.yaml');
  } catch (error) {
    if (error instanceof InputError) return error.problems;
    throw error;
  }
  return [];
};

describe('parseYaml', () => {
  it('gives each document that is not empty, with the line it starts on', () => {
    const documents = parseYaml('# none\n---\na: 1\n---\n---\n- b\n', 'f.yaml');
    expect(documents.map(({ value, line }) => ({ value, line }))).toEqual([
      { value: { a: 1 }, line: 3 },
      { value: ['b'], line: 6 },
    ]);
  });

  it.each(['', '# only a comment\n', '---\n', '\uFEFF'])('finds nothing in %j', (text) => {
    expect(values(text)).toEqual([]);
  });

  it.each([
    ['yes', true],
    ['Off', false],
    ['null', null],
    ['0644', 420],
    ['0x1F', 31],
    ['1_000', 1000],
    ['1e3', 1000],
    ['-.5', -0.5],
    ['2020-01-01', '2020-01-01'],
    ['1:30', '1:30'],
    ['"30"', '30'],
    ["'yes'", 'yes'],
    ['!!str 12', '12'],
    ['v1.20.2', 'v1.20.2'],
  ])('reads %s as Go does', (text, value) => {
    expect(values(`a: ${text}`)).toEqual([{ a: value }]);
  });

  it('names file, line and path of every part, and of the nearest ancestor for what is not there', () => {
    const [document] = parseYaml('a:\n  b:\n  - c: 1\n\n  - c: 2\n', 'f.yaml');
    expect(document?.placeOf(['a', 'b', 1, 'c'])).toBe('f.yaml:5 a.b[1].c');
    expect(document?.placeOf(['a', 'x', 'y'])).toBe('f.yaml:1 a.x.y');
    expect(document?.placeOf([])).toBe('f.yaml:1');
  });

  it('follows anchors and merge keys; what is written beats what is merged', () => {
    expect(values('x: &x {a: 1, b: 2}\ny:\n  <<: *x\n  b: 3\nz: *x\n')).toEqual([
      { x: { a: 1, b: 2 }, y: { a: 1, b: 3 }, z: { a: 1, b: 2 } },
    ]);
  });

  it('reports every duplicate key with its place and the line of the first', () => {
    expect(problems('a: 1\nb:\n  c: 1\n  c: 2\na: 2\n')).toEqual([
      { place: 'f.yaml:4 b.c', message: 'is given twice, first in line 3' },
      { place: 'f.yaml:5 a', message: 'is given twice, first in line 1' },
    ]);
  });

  it('lets the last of two keys win where somebody listens to duplicates', () => {
    const heard: InputProblem[] = [];
    const [document] = parseYaml('a: 1\na: 2\n', 'f.yaml', { onDuplicate: (problem) => heard.push(problem) });
    expect(document?.value).toEqual({ a: 2 });
    expect(heard).toHaveLength(1);
  });

  it('keeps a key named __proto__ as data', () => {
    const [value] = values('__proto__: {a: 1}\n');
    expect(Object.getOwnPropertyNames(value)).toEqual(['__proto__']);
    expect((value as { a?: number }).a).toBeUndefined();
  });

  it.each([
    ['an open list', 'a:\n- [1, 2\n', /^f\.yaml:\d$/],
    ['a tab as indentation', 'a:\n\tb: 1\n', /^f\.yaml:2$/],
    ['a control character', 'a: \u0007\n', /^f\.yaml:1$/],
    ['a null byte', 'a: \u0000\n', /^f\.yaml:1$/],
    ['an alias to nothing', 'a: *nothing\n', /^f\.yaml:1 a$/],
    ['an alias to itself', 'a: &a [*a]\n', /^f\.yaml:1 a\[0\]$/],
    ['a tag of another kind', 'a: !!int x\n', /^f\.yaml:1 a$/],
    ['an unknown tag', 'a: !mine {b: 1}\n', /^f\.yaml:1 a$/],
    ['a list as a key', '? [a]\n: 1\n', /^f\.yaml:1$/],
    ['a number without end', 'a: 123456789012345678901234567890\n', /^f\.yaml:1 a$/],
    ['not a number', 'a: .nan\n', /^f\.yaml:1 a$/],
    ['nesting without end', '['.repeat(5000), /^f\.yaml:1$/],
    ['a merge of a scalar', 'a:\n  <<: 1\n', /^f\.yaml:2 a$/],
  ])('refuses %s with its place', (_name, text, place) => {
    const [problem] = problems(text);
    expect(problem?.place).toMatch(place);
  });

  it('refuses aliases that multiply without end', () => {
    const lines = ['a0: &a0 [x,x,x,x,x,x,x,x,x,x]'];
    for (let i = 1; i < 12; i++)
      lines.push(
        `a${i}: &a${i} [${Array(10)
          .fill(`*a${i - 1}`)
          .join(',')}]`,
      );
    expect(problems(lines.join('\n'))[0]?.message).toMatch(/more than 200000 values/);
  });

  it('refuses a file that is too large to be one', () => {
    expect(problems('a'.repeat(5 * 1024 * 1024))).toEqual([{ place: 'f.yaml', message: 'is larger than 4 MiB' }]);
  });

  it('shows the broken line, but no token in it', () => {
    const [problem] = problems('token: "abcdef.0123456789abcdef\n');
    expect(problem?.message).toContain('broken YAML');
    expect(problem?.message).not.toContain('0123456789abcdef');
  });
});

describe('toYaml', () => {
  it('prints as Go does: alphabetical keys, flush lists, double quotes for what would be read as something else', () => {
    const value = {
      b: [{ d: '30', c: 'yes' }, '*'],
      a: { t: 'x\ny\n', e: '', n: null, m: {}, l: [], f: false, 7: 'a: b' },
    };
    expect(toYaml(value)).toBe(
      'a:\n  "7": \'a: b\'\n  e: ""\n  f: false\n  l: []\n  m: {}\n  "n": null\n  t: |\n    x\n    y\nb:\n- c: "yes"\n  d: "30"\n- \'*\'\n',
    );
  });

  it('keeps the order of keys on demand, leaves out undefined, and repeats shared parts', () => {
    const shared = { x: 1 };
    expect(toYaml({ b: shared, a: shared, c: undefined }, { sortKeys: false })).toBe('b:\n  x: 1\na:\n  x: 1\n');
  });

  it('is read back as the same value', () => {
    const anything = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 3 },
        fc.string({ unit: 'binary' }),
        fc.string(),
        fc.integer(),
        fc.boolean(),
        tie('object'),
      ),
      object: fc.dictionary(fc.string({ minLength: 1 }), tie('value'), { maxKeys: 4 }),
    })).object;
    fc.assert(
      fc.property(anything, (value) => {
        expect(parseYaml(`---\n${toYaml({ value })}`, 'f')[0]?.value).toEqual({ value });
      }),
      { numRuns: 300 },
    );
  });
});
