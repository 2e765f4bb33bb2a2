// `npm run messages`: adds sentences of the source that the catalog lacks, each with the next code; msgstr is left to a person.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type CatalogPart, catalogOf, catalogParts } from '../../src/messages/catalog.ts';
import { topics } from '../../src/messages/names.ts';
import { type Message, poText } from '../../src/messages/po.ts';
import { formOf, forPeople, untranslated } from './for-people.ts';
import { saidInSource } from './said.ts';

const firstCodes: Readonly<Record<Exclude<CatalogPart, 'errors'>, number>> = {
  preflight: 4101,
  doctor: 5101,
  help: 6001,
  results: 7001,
};

/** What the sentences of a folder are about; `run` where nothing else is. */
const folderTopics: readonly (readonly [RegExp, string])[] = [
  [/^(?:config|manifests|commands\/config)\/|^yaml/, 'configuration'],
  [/^(?:inventory|distribution)\//, 'inventory'],
  [/^host\/(?:ssh|targets|open-hosts|transport)/, 'ssh'],
  [/^host\//, 'host'],
  [/^(?:bundle|archive)\/|images|bundle/, 'bundle'],
  [/^(?:kube|https)\//, 'api'],
  [/^etcd\/|\/etcd|etcd-/, 'etcd'],
  [/^pki\/|certificates|certs/, 'certificates'],
  [/upgrade|rollback|runtime-move/, 'upgrade'],
  [/join|token|bootstrap/, 'join'],
  [/prepare|packages/, 'prepare'],
  [/^commands\//, 'command-line'],
  [/^release\//, 'version'],
];

function firstCode(part: CatalogPart, file: string): number {
  if (part !== 'errors') return firstCodes[part];
  const topic = folderTopics.find(([folder]) => folder.test(file))?.[1] ?? 'run';
  return topics.findLast(([name]) => name === topic)?.[1] ?? 1200;
}

const { messages } = await catalogOf(catalogParts);
const codes = new Set(messages.map(({ code }) => Number(code.slice('KINIT-'.length))));
const said = saidInSource();
for (const group of forPeople) {
  const lacking = new Map(untranslated(said, messages, group).map((one) => [formOf(one.text), one]));
  if (lacking.size === 0) continue;
  const path = join(import.meta.dirname, '..', '..', 'templates', 'messages', 'zh', `${group.part}.po`);
  const added = [...lacking.values()].map(({ file, text }): Message => {
    let number = firstCode(group.part, file);
    while (codes.has(number)) number += 1;
    codes.add(number);
    console.log(`KINIT-${number} ${text}`);
    return { code: `KINIT-${number}`, english: text, chinese: '' };
  });
  const [head = ''] = readFileSync(path, 'utf8').split('\n\n');
  const { messages: own } = await catalogOf([group.part]);
  writeFileSync(path, `${head}\n\n${poText([...own, ...added])}`);
}
