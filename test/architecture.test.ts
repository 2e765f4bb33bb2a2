import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, it } from 'vitest';

/** A source file as far as the rules care: its path below src/ and what it imports. */
interface Source {
  readonly path: string;
  readonly text: string;
}

const deciding = [
  'config',
  'inventory',
  'distribution',
  'release',
  'pki',
  'manifests',
  'preflight',
  'phases',
  'doctor',
  'workflows',
];
const machineModules =
  /^(?:node:)?(?:child_process|fs|fs\/promises|net|tls|http|https|http2|dgram|dns|dns\/promises|process|readline|worker_threads|cluster)$/;

const owners: Readonly<Record<string, readonly string[]>> = {
  commander: ['commands/', 'main.ts'],
  execa: ['host/'],
  'node-ssh': ['host/'],
  ssh2: ['host/'],
  'node-forge': ['pki/'],
  listr2: ['report/'],
  diff: ['report/'],
  'js-yaml': ['yaml.ts'],
  zod: ['config/', 'inventory/', 'bundle/'],
  'ipaddr.js': ['config/'],
};

const importPattern =
  /(?:^|\n)\s*(import|export)\s+(type\s+)?[^'";]*?from\s+'([^']+)'|import\('([^']+)'\)|(?:^|\n)\s*import\s+'([^']+)'/g;

interface Import {
  readonly from: string;
  readonly typeOnly: boolean;
  readonly reExport: boolean;
  /** `await import(...)`, which runs when all is loaded. */
  readonly lazy: boolean;
}

function importsOf({ text }: Source): Import[] {
  return [...text.matchAll(importPattern)].map(([, keyword, type, named, dynamic, bare]) => ({
    from: named ?? dynamic ?? bare ?? '',
    typeOnly: type !== undefined,
    reExport: keyword === 'export',
    lazy: dynamic !== undefined,
  }));
}

/** The file below src/ that an import names; undefined for packages. */
function targetOf(source: Source, { from }: Import): string | undefined {
  return from.startsWith('.') ? normalize(join(dirname(source.path), from)) : undefined;
}

/** Every rule of the architecture that the sources break, as sentences. */
function violations(sources: readonly Source[]): string[] {
  return sources.flatMap((source) => {
    const folder = source.path.split('/')[0] ?? '';
    return importsOf(source).flatMap((one) => {
      const found: string[] = [];
      const target = targetOf(source, one);
      if (deciding.includes(folder) && machineModules.test(one.from)) {
        found.push(`${source.path} decides and must not import ${one.from}`);
      }
      const owner = owners[one.from.split('/')[0] ?? ''];
      if (owner && !owner.some((place) => source.path.startsWith(place))) {
        found.push(`${source.path} imports ${one.from}, which belongs to ${owner.join(', ')}`);
      }
      if (
        one.from === 'node:process' ||
        (source.path !== 'main.ts' && /\bprocess\.(?:env|exit|argv|stdout|stderr|stdin|on)\b/.test(source.text))
      ) {
        found.push(`${source.path} touches process; only main.ts does`);
      }
      if (one.reExport && target !== undefined) found.push(`${source.path} re-exports ${one.from}: no barrels`);
      if (target !== undefined && !one.from.endsWith('.ts') && !one.from.endsWith('.json')) {
        found.push(`${source.path} imports ${one.from} without its .ts`);
      }
      return found;
    });
  });
}

/** What acts is for stages to call: a phase that could would be no mere value. */
const acting =
  /^(?:execute\/(?:executor|perform-[\w-]+|mint|observe|wait|diagnose|etcd)|host\/(?:ssh\/[\w-]+|shell\/(?:shell-host|script-runner)|local[\w-]*|open-hosts))\.ts$/;

function decidingThatActs(sources: readonly Source[]): string[] {
  const pure = ['config', 'inventory', 'release', 'manifests', 'preflight', 'phases', 'doctor'];
  return sources
    .filter(({ path }) => pure.includes(path.split('/')[0] ?? ''))
    .flatMap((source) =>
      importsOf(source)
        .filter(({ typeOnly }) => !typeOnly)
        .flatMap((one) => targetOf(source, one) ?? [])
        .filter((target) => acting.test(target))
        .map((target) => `${source.path} decides and must not import ${target}`),
    );
}

/** What changes a host or the cluster; reading is for everybody. */
const changing = /\bhost\.(?:write|perform)\(|\b(?:kube|client)\??\.(?:create|update|patch|apply|delete|evict)\(/;

/** Who acts without the executor, and why nobody has to see or undo it. */
const actsItself: Readonly<Record<string, string>> = {
  'workflows/certificates/authority/workloads.ts':
    'a mark in templates of pods, merged by the API server as kubectl rollout restart has it',
  'workflows/certificates/kubelet-client-rights.ts': 'the binding is of the cluster, made as its API server asks',
  'workflows/certificates/node-signer.ts': 'signs while it waits, whatever comes',
  'workflows/node/join-host.ts': 'takes a token away at the end, after a failure too',
  'workflows/cluster/upgrade/etcd-tag.ts': 'a tag in kubeadm-config that is there only between two hops',
  'workflows/cluster/settings/proxy.ts': 'marks on pods that go with them',
  'workflows/images/gather-packages.ts': 'a folder of its own for as long as it works',
  'workflows/images/images.ts': 'a folder of its own for as long as it works',
  'workflows/cluster/join-token.ts': 'a token for as long as the run',
  'workflows/cluster/take-down.ts': 'the Node, when its host is clean',
  'commands/token/command.ts': 'the one object that the command is about',
};

function actingThemselves(sources: readonly Source[]): string[] {
  return sources
    .filter(({ path, text }) => /^(?:commands|workflows|phases)\//.test(path) && changing.test(text))
    .map(({ path }) => path);
}

/** Phases build on shared pieces beside them, never on each other. */
function phasesThatImportPhases(sources: readonly Source[]): string[] {
  const isPhase = (source: Source) => source.path.startsWith('phases/') && /:\s*Phase<\w+>\s*=\s*{/.test(source.text);
  const phases = new Set(sources.filter(isPhase).map(({ path }) => path));
  return sources
    .filter(({ path }) => phases.has(path))
    .flatMap((source) =>
      importsOf(source)
        .filter(({ typeOnly }) => !typeOnly)
        .map((one) => targetOf(source, one))
        .filter((target) => target !== undefined && phases.has(target))
        .map((target) => `${source.path} imports the phase ${target}`),
    );
}

/** What a run has is the same wherever it goes: nobody puts a place to act together by hand. */
function targetsByHand(sources: readonly Source[]): string[] {
  const byHand =
    /\b(?:const|let)\s+\w+:\s*Target\s*=\s*\{|\b(?:as|satisfies)\s+Target\b|\brehearsal:\s*(?:true|false)\b/;
  return sources
    .filter((source) => importsOf(source).some((one) => targetOf(source, one)?.startsWith('execute/')))
    .filter(({ path, text }) => !/^execute\/(?:run|target)\.ts$/.test(path) && byHand.test(text))
    .map(({ path }) => `${path} makes a Target or a Run by hand`);
}

/** A command has one Run, and one place that closes what it opened. */
function besideTheSession(sources: readonly Source[]): string[] {
  return sources.flatMap(({ path, text }) => [
    ...(/\bnewRun\(/.test(text) && !/^(?:execute\/run|commands\/story)\.ts$/.test(path) ? [`${path} makes a Run`] : []),
    ...(path.startsWith('commands/') && path !== 'commands/session.ts' && /\bfinally\b/.test(text)
      ? [`${path} closes by itself what its session would close`]
      : []),
  ]);
}

/** Where a run says whether it is a rehearsal and what follows: what is performed, and whether keys are read. */
const knowsRehearsal = /^(?:execute\/(?:run|executor|observe|mint)\.ts$|workflows\/|commands\/)/;

/** A phase decides alike in a rehearsal; what it leaves out there are reads of what runs, and a kind's own row. */
function rehearsing(sources: readonly Source[]): string[] {
  const code = (text: string) => text.replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*/g, '');
  return sources
    .filter(({ path, text }) => !knowsRehearsal.test(path) && /\brehearsal\b/.test(code(text)))
    .map(({ path }) => `${path} asks whether this is a rehearsal`);
}

/** ARCHITECTURE.md's floors: what runs is imported from floors below only; a type may be named from anywhere. */
const floors = [
  'errors defined secret json printable outlet open-files yaml yaml-characters yaml-part yaml-place yaml-scalar templates package-files',
  'https archive completion release messages',
  'config etcd bundle',
  'host',
  'distribution inventory pki',
  'kube',
  'manifests',
  'execute',
  'preflight report',
  'phases',
  'doctor',
  'workflows',
  'commands',
  'main',
].map((names) => names.split(' '));

/** Where a file stands: its folder's floor, or its own where it lies beside the folders. */
function floorOf(path: string): number {
  const name = path.split('/')[0]?.replace(/\.ts$/, '') ?? '';
  return floors.findIndex((names) => names.includes(name));
}

/** Imports that run upwards, or sideways between two folders of a floor. */
function upwards(sources: readonly Source[]): string[] {
  const folderOf = (path: string) => (path.includes('/') ? path.split('/')[0] : '');
  return sources.flatMap((source) =>
    importsOf(source)
      .filter(({ typeOnly }) => !typeOnly)
      .flatMap((one) => targetOf(source, one) ?? [])
      .filter((target) => folderOf(target) !== folderOf(source.path) && floorOf(target) >= floorOf(source.path))
      .map((target) => `${source.path} imports ${target}, which stands above it`),
  );
}

/** A file from which the imports, those of types too, lead back to itself; lazy ones do not count. */
function circles(sources: readonly Source[]): string[] {
  const imports = new Map(
    sources.map((source) => [
      source.path,
      importsOf(source).flatMap((one) => (one.lazy ? [] : (targetOf(source, one) ?? []))),
    ]),
  );
  const settled = new Set<string>();
  const found: string[] = [];
  const visit = (path: string, trail: readonly string[]): void => {
    if (trail.includes(path)) found.push([...trail.slice(trail.indexOf(path)), path].join(' > '));
    if (settled.has(path)) return;
    settled.add(path);
    for (const next of imports.get(path) ?? []) visit(next, [...trail, path]);
  };
  for (const { path } of sources) visit(path, []);
  return found;
}

const withoutComments = (text: string): string => text.replaceAll(/\/\*[\s\S]*?\*\/|(?<!:)\/\/.*/g, '');

/** Facts that have a room of their own: how they would be spelt out elsewhere, and who may. */
const facts: readonly { readonly what: string; readonly spelt: RegExp; readonly rooms: RegExp }[] = [
  {
    what: "a path of kubeadm's, which release/paths.ts has",
    spelt: /\/etc\/kubernetes|\/var\/lib\/(?:kubelet|etcd)\b/,
    rooms: /^release\//,
  },
  {
    what: 'a port of Kubernetes, which release/ports.ts has',
    spelt: /(?<![\d.])(?:6443|10250|10248|10257|10259|2379|2380|2381)(?![\d.])/,
    // Those are firewalld's services, as firewalld ships them.
    rooms: /^(?:release\/|host\/facts\/facts-firewalld\.ts$)/,
  },
  {
    what: "a static pod's manifest, which staticPodFile names",
    spelt: /\b(?:kube-apiserver|kube-controller-manager|kube-scheduler|etcd)\.yaml/,
    rooms: /^release\//,
  },
  {
    what: 'a package manager, which distribution/ and those who install speak of',
    spelt: /\b(?:yum|dnf|zypper|apt-get)\b/,
    rooms:
      /^(?:distribution|phases\/(?:prepare|bundle)|workflows\/images|host\/facts|inventory\/package-sources\.ts|execute\/change\.ts|commands\/bundle)/,
  },
];

function factsSpeltOut(sources: readonly Source[]): string[] {
  return sources.flatMap(({ path, text }) =>
    facts
      .filter(({ spelt, rooms }) => !rooms.test(path) && spelt.test(withoutComments(text)))
      .map(({ what }) => `${path} spells out ${what}`),
  );
}

/** Flags that two places declare in the same words. */
function flagsDeclaredTwice(sources: readonly Source[]): string[] {
  const declared = new Map<string, string[]>();
  for (const { path, text } of sources) {
    for (const [, flag = '', help = ''] of text.matchAll(/ption\(\s*'(--[\w-]+)[^']*',\s*['`]([^'`]*)['`]/g))
      declared.set(`${flag}: ${help}`, [...(declared.get(`${flag}: ${help}`) ?? []), path]);
  }
  return [...declared].flatMap(([flag, paths]) => (paths.length > 1 ? [`${flag} (${paths.join(' and ')})`] : []));
}

/** Values that are exported, and that no other file takes: neither the program nor its tests and scripts. */
function exportedForNobody(sources: readonly Source[], others: readonly string[]): string[] {
  return sources.flatMap(({ path, text }) =>
    [...text.matchAll(/^export (?:async )?(?:class|const|function\*?) (\w+)/gm)].flatMap(([, name = '']) => {
      const used = new RegExp(`\\b${name}\\b`);
      const isTaken =
        sources.some((one) => one.path !== path && used.test(one.text)) || others.some((one) => used.test(one));
      return isTaken ? [] : [`${path} exports ${name} for nobody`];
    }),
  );
}

/** Names of types, classes and functions that more than one file exports: the reader would have to ask which is meant. */
const vocabularies = /^(?:config\/schema|pki\/der\.ts$)/;

function namesOfTwoThings(sources: readonly Source[]): string[] {
  const owners = new Map<string, string[]>();
  for (const { path, text } of sources.filter(({ path }) => !vocabularies.test(path))) {
    for (const [, name = ''] of text.matchAll(
      /^export (?:abstract |async )?(?:interface|type|class|function\*?) (\w+)/gm,
    ))
      owners.set(name, [...(owners.get(name) ?? []), path]);
  }
  return [...owners].flatMap(([name, paths]) => (paths.length > 1 ? [`${name} is in ${paths.join(' and ')}`] : []));
}

const root = join(import.meta.dirname, '..', 'src');
const sources: Source[] = readdirSync(root, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts'))
  .map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }));

const others = [import.meta.dirname, join(root, '..', 'scripts')].flatMap((folder) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts') && path !== 'architecture.test.ts')
    .map((path) => readFileSync(join(folder, path), 'utf8')),
);

describe('the architecture', () => {
  it('keeps every dependency rule', () => {
    expect(sources.length).toBeGreaterThan(50);
    const found = [...violations(sources), ...phasesThatImportPhases(sources), ...decidingThatActs(sources)];
    expect(found).toEqual([]);
  });

  it('acts in the executor alone, but for what says why', () => {
    expect(actingThemselves(sources).sort()).toEqual(Object.keys(actsItself).sort());
  });

  it('finds a workflow that acts by itself', () => {
    const planted = (text: string) => ({ path: 'workflows/a.ts', text });
    expect(actingThemselves([planted('await host.write(files)'), planted('await kube?.delete(ref)')])).toHaveLength(2);
    expect(actingThemselves([planted('await host.observe({})')])).toEqual([]);
  });

  it('makes a Target in one place, of a Run that is made once', () => {
    expect(targetsByHand(sources)).toEqual([]);
  });

  it('runs every command in a session', () => {
    expect(besideTheSession(sources)).toEqual([]);
  });

  it.each([
    ['makes a Run of its own', 'workflows/a.ts', 'const run = newRun({ reporter, signal, now });'],
    ['closes by itself', 'commands/a.ts', 'try {\n} finally {\n  await host.close();\n}'],
  ])('finds one that %s', (_, path, text) => {
    expect(besideTheSession([{ path, text }])).toHaveLength(1);
  });

  it('rehearses by what the Run says, in the executor and where it looks at keys', () => {
    expect(rehearsing(sources)).toEqual([]);
  });

  it('finds a phase that decides otherwise in a rehearsal', () => {
    const planted = (text: string) => ({ path: 'phases/a.ts', text });
    expect(rehearsing([planted('desired: ({ rehearsal }) => (rehearsal ? [] : all)')])).toHaveLength(1);
    expect(rehearsing([planted('// In a rehearsal it is not seen.\n/** A rehearsal */')])).toEqual([]);
  });

  it('imports downwards only, and never in a circle', () => {
    expect(sources.map(({ path }) => path).filter((path) => floorOf(path) < 0)).toEqual([]);
    expect([...upwards(sources), ...circles(sources)]).toEqual([]);
  });

  it('has every folder in the table of ARCHITECTURE.md', () => {
    const text = readFileSync(join(root, '..', 'ARCHITECTURE.md'), 'utf8');
    const folders = new Set(sources.flatMap(({ path }) => (path.includes('/') ? (path.split('/')[0] ?? '') : [])));
    expect(folders.size).toBeGreaterThan(10);
    const table = text.split('\n').filter((line) => line.startsWith('| `'));
    expect([...folders].filter((folder) => !table.some((line) => line.includes(`\`${folder}/\``)))).toEqual([]);
  });

  it('has no folder that mixes more than fifteen files, but for lists of the same thing', () => {
    const lists =
      /^(?:config|kube|manifests|phases(?:\/\w+)?|pki|preflight|release|report|execute(?:\/changes)?|inventory)$/;
    const sizes = new Map<string, number>();
    for (const { path } of sources) sizes.set(dirname(path), (sizes.get(dirname(path)) ?? 0) + 1);
    expect(sizes.size).toBeGreaterThan(30);
    expect([...sizes].filter(([folder, size]) => size > 15 && !lists.test(folder))).toEqual([]);
  });

  it('has no folder or file named after nothing', () => {
    const vague = /(?:^|\/)(?:utils?|helpers?|common|misc|shared|managers?|services?|index)(?:\.ts$|\/)/;
    expect(sources.map(({ path }) => path).filter((path) => vague.test(path))).toEqual([]);
  });

  it('spells out no fact that has a room of its own', () => {
    expect(factsSpeltOut(sources)).toEqual([]);
  });

  it('declares a flag once', () => {
    expect(flagsDeclaredTwice(sources)).toEqual([]);
  });

  it('exports nothing for nobody', () => {
    expect(exportedForNobody(sources, others)).toEqual([]);
  });

  it('has one meaning for the name of a type, class or function', () => {
    expect(namesOfTwoThings(sources)).toEqual([]);
  });

  it('has no file of more than 300 lines', () => {
    const long = sources.filter(({ text }) => text.split('\n').length > 300).map(({ path }) => path);
    expect(long).toEqual([]);
  });

  it.each([
    ['deciding code that reads a file', { path: 'phases/a.ts', text: "import { readFileSync } from 'node:fs';" }],
    [
      'deciding code that starts a process',
      { path: 'pki/a.ts', text: "const x = await import('node:child_process');" },
    ],
    ['a package outside its owner', { path: 'workflows/a.ts', text: "import { load } from 'js-yaml';" }],
    ['a barrel', { path: 'host/all.ts', text: "export { a } from './a.ts';" }],
    ['process outside main', { path: 'report/a.ts', text: "import { x } from './x.ts';\nprocess.exit(1);" }],
  ])('finds %s', (_, planted) => {
    expect(violations([planted])).toHaveLength(1);
  });

  it('finds a phase that imports another', () => {
    const a = { path: 'phases/a.ts', text: "import { b } from './b.ts';\nexport const a: Phase<C> = {\n};" };
    const b = { path: 'phases/b.ts', text: 'export const b: Phase<C> = {\n};' };
    expect(phasesThatImportPhases([a, b])).toEqual(['phases/a.ts imports the phase phases/b.ts']);
  });

  it('finds a Target that is made by hand', () => {
    const text = "import type { Target } from '../execute/target.ts';\nconst target: Target = { ...run, host };";
    expect(targetsByHand([{ path: 'workflows/a.ts', text }])).toEqual([
      'workflows/a.ts makes a Target or a Run by hand',
    ]);
  });

  it('finds a phase that could act', () => {
    const planted = { path: 'phases/a.ts', text: "import { perform } from '../execute/executor.ts';" };
    expect(decidingThatActs([planted])).toHaveLength(1);
  });

  it('finds an import that runs upwards, and lets a type pass', () => {
    const planted = (kind: string) => ({ path: 'kube/a.ts', text: `import ${kind}{ b } from '../phases/b.ts';` });
    expect(upwards([planted('')])).toEqual(['kube/a.ts imports phases/b.ts, which stands above it']);
    expect(upwards([planted('type ')])).toEqual([]);
  });

  it.each([
    ["const directory = '/etc/kubernetes/pki';"],
    ['const script = `ls /var/lib/kubelet/pods`;'],
    ['const port = 10250;'],
    ["const url = 'https://10.0.0.5:2379';"],
    [`const manifest = \`\${folder}/etcd.yaml\`;`],
    ["const mend = 'yum install -y chrony';"],
  ])('finds a fact that is spelt out: %s', (text) => {
    expect(factsSpeltOut([{ path: 'preflight/a.ts', text }])).toHaveLength(1);
    expect(factsSpeltOut([{ path: 'preflight/a.ts', text: `/** ${text} */` }])).toEqual([]);
  });

  it('finds a flag that two commands declare', () => {
    const text = "command.option('--lenient', 'fields are only warned of')";
    const a = { path: 'commands/a.ts', text };
    expect(flagsDeclaredTwice([a, { path: 'commands/b.ts', text: `new O${text.slice(9)}` }])).toHaveLength(1);
    expect(flagsDeclaredTwice([a])).toEqual([]);
  });

  it('finds an export that nobody takes', () => {
    const a = { path: 'kube/a.ts', text: 'export function lonely() {}' };
    expect(exportedForNobody([a], [])).toEqual(['kube/a.ts exports lonely for nobody']);
    expect(exportedForNobody([a, { path: 'kube/b.ts', text: 'lonely();' }], [])).toEqual([]);
    expect(exportedForNobody([a], ['lonely();'])).toEqual([]);
  });

  it.each(['interface Target {', "type Target = 'a';", 'abstract class Target {', 'async function Target('])(
    'finds a second meaning of a name: %s',
    (second) => {
      const a = { path: 'host/a.ts', text: 'export class Target {\n}' };
      const b = { path: 'kube/b.ts', text: `\nexport ${second}` };
      expect(namesOfTwoThings([a, b])).toEqual(['Target is in host/a.ts and kube/b.ts']);
    },
  );

  it('finds a circle of files, even one of types', () => {
    const a = { path: 'kube/a.ts', text: "import { b } from './b.ts';" };
    const b = { path: 'kube/b.ts', text: "import type { A } from './a.ts';" };
    expect(circles([a, b])).toEqual(['kube/a.ts > kube/b.ts > kube/a.ts']);
  });
});
