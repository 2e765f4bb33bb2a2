import { describe, expect, it } from 'vitest';
import { formOf, forPeople, isSentence, untranslated } from '../../../scripts/messages/for-people.ts';
import { saidInSource } from '../../../scripts/messages/said.ts';
import { catalogOf, catalogParts } from '../../../src/messages/catalog.ts';
import { explanations } from '../../../src/messages/explain.ts';
import { codeOf, namedNumbers, topics } from '../../../src/messages/names.ts';

const { messages } = await catalogOf(catalogParts);
const said = saidInSource();

describe('every message has an English and a Chinese text', () => {
  it.each(forPeople.map((part) => [part.what, part] as const))(
    '%s (npm run messages adds what is not there)',
    (_, part) => {
      const missing = untranslated(said, messages, part);
      expect(missing.map(({ file, place, text }) => `${file} ${place} ${text}`)).toEqual([]);
    },
  );

  it('is found missing where it is', () => {
    const planted = { file: 'kube/a.ts', place: 'hint:', text: 'do something that nobody has said before' };
    expect(forPeople.map((part) => untranslated([planted], messages, part).length)).toEqual([1, 0, 0, 0, 0]);
    expect(isSentence({ ...planted, text: 'crictl' })).toBe(false);
    expect(formOf('{host} does not answer')).toBe('{} does not answer');
  });

  it('says nothing empty, and puts in only what it is given', () => {
    const holes = (text: string) => [...text.matchAll(/\{([a-z]\w*)\}/gi)].map(([hole]) => hole);
    const wrong = messages.filter(
      ({ english, chinese }) => chinese === '' || holes(chinese).some((hole) => !english.includes(hole)),
    );
    expect(wrong).toEqual([]);
  });

  it('is Chinese, but for commands and what is put in', () => {
    const isCommand = /^(?:[a-z][a-z-]+ |\{\w+\}|--|"exec-opts|(?:kubeadm-config|ConfigMap|Service) )/;
    const wrong = messages.filter(({ chinese }) => !/[\u4e00-\u9fff]/.test(chinese) && !isCommand.test(chinese));
    expect(wrong.map(({ chinese }) => chinese)).toEqual([]);
  });
});

describe('codes', () => {
  it('has every check and every finding', () => {
    const places = /^(?:(?:failure|warning|trouble|nameFor)#0|name:)$/;
    const names = said.filter(({ file, place, text }) => {
      const isTold = /^(?:preflight|doctor|phases\/join|phases\/upgrade|commands\/preflight)\/|^execute\/signs/.test(
        file,
      );
      return isTold && places.test(place) && /^[A-Z][a-z]*[A-Z]?\w*(?:-\S+)?$/.test(text);
    });
    expect(names.length).toBeGreaterThan(100);
    const isOther = /^(?:CoreDNS|Node|Pod)$/;
    const without = names.filter(({ text }) => codeOf(text) === undefined && !isOther.test(text));
    expect(without.map(({ file, text }) => `${file} ${text}`)).toEqual([]);
  });

  it('are given once, a sentence each', () => {
    const codes = messages.map(({ code }) => code);
    expect(new Set(codes).size).toBe(codes.length);
    expect(codes.filter((code) => !/^KINIT-\d{4}$/.test(code))).toEqual([]);
    expect(new Set(messages.map(({ english }) => english)).size).toBe(messages.length);
    const numbers = new Set(namedNumbers.values());
    expect(codes.filter((code) => numbers.has(Number(code.slice('KINIT-'.length))))).toEqual([]);
  });

  it('stay what they are: a new one is added to the list, none is given to something else', async () => {
    const names = [...namedNumbers].map(([name, number]) => `KINIT-${number} ${name}`);
    const sentences = messages.map(({ code, english }) => `${code} ${english.slice(0, 60)}`);
    await expect(`${[...names, ...sentences].sort().join('\n')}\n`).toMatchFileSnapshot('codes.txt');
  });

  it('are explained in both languages: every kind, check, finding and topic', async () => {
    const told = await explanations(['kinds', 'checks', 'findings', 'topics']);
    const wanted = new Set([...namedNumbers.keys(), ...topics.map(([topic]) => topic)]);
    wanted.delete('Service-Kubelet');
    expect(new Set(told.keys())).toEqual(wanted);
    for (const [name, { en, zh }] of told) {
      expect([en.cause, en.look, en.mend].every(Boolean), name).toBe(true);
      expect([zh.cause, zh.mend].join(''), name).toMatch(/[\u4e00-\u9fff]/);
      expect(zh.look, name).not.toBe('');
    }
  });
});
