import { InputError, type InputProblem } from '../errors.ts';
import { type ApiVersion, apiVersions } from '../release/config-api.ts';
import { parseYaml } from '../yaml.ts';
import { nulPaths, nulProblem } from '../yaml-characters.ts';
import type { YamlDocument } from '../yaml-part.ts';
import type { YamlPath } from '../yaml-place.ts';
import type { FieldProblem } from './decode.ts';
import { type ConfigFile, type FileDocument, type KubeadmKind, kubeadmKinds } from './documents.ts';
import { withoutTokens } from './findings.ts';
import { didYouMean, nearest } from './nearest.ts';
import { strangeCharacters } from './strange-characters.ts';

export interface ReadOptions {
  /** Unknown and duplicate fields are warnings, as kubeadm has it, not errors. */
  readonly lenient?: boolean;
  readonly warn?: (message: string) => void;
}

type Schemas = typeof import('./schema/kinds.ts');

/**
 * The documents of a configuration file, each in v1beta4's shape whatever version it is written in.
 * Throws one InputError with everything that is wrong in it, each with file, line and field.
 */
export async function readConfigFile(text: string, file: string, options: ReadOptions = {}): Promise<ConfigFile> {
  const problems: InputProblem[] = [];
  const warn = options.warn ?? (() => undefined);
  const slip = options.lenient
    ? (problem: InputProblem) => warn(`${problem.place}: ${problem.message}`)
    : pushTo(problems);
  const documents = documentsOf(text, file, slip);
  if (documents.length === 0) problems.push({ place: file, message: 'holds no document' });
  const reader: Reader = { schemas: await import('./schema/kinds.ts'), problem: pushTo(problems), slip, warn };
  const found: Record<string, FileDocument<unknown>> = {};
  for (const document of documents) {
    const read = readDocument(document, reader);
    if (!read) continue;
    const first = found[read.part];
    if (first)
      problems.push({
        place: document.placeOf(['kind']),
        message: `is given twice, first at ${first.placeOf(['kind'])}`,
      });
    else found[read.part] = read.document;
  }
  if (problems.length > 0) {
    throw new InputError(withStrangeCharacters(problems.toSorted(byLine), text), hintFor(problems, file));
  }
  return { file, ...found } as ConfigFile;
}

/** Broken YAML, too, is told with the characters that look like others. */
function documentsOf(
  text: string,
  file: string,
  onDuplicate: (problem: InputProblem) => void,
): readonly YamlDocument[] {
  try {
    return parseYaml(text, file, { onDuplicate });
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    throw new InputError(withStrangeCharacters(error.problems, text), error.hint);
  }
}

/** The problems, each with the characters on its line (of broken YAML the one before, too) that look like others. */
function withStrangeCharacters(problems: readonly InputProblem[], text: string): readonly InputProblem[] {
  const lines = text.split(/\r\n|\r|\n/);
  return problems.map((problem) => {
    const line = lineOf(problem);
    const first = problem.message.startsWith('broken YAML') ? line - 2 : line - 1;
    const source = lines.slice(Math.max(first, 0), line).map(withoutComment).join('\n');
    const strange = strangeCharacters(source);
    if (line === 0 || strange === '' || problem.message.includes('U+')) return problem;
    return { ...problem, message: `${problem.message}; there stands ${strange}` };
  });
}

function withoutComment(line: string): string {
  return line.replace(/(?:^|\s)#.*$/, '');
}

interface Reader {
  readonly schemas: Schemas;
  readonly problem: (problem: InputProblem) => void;
  /** An unknown or duplicate field. */
  readonly slip: (problem: InputProblem) => void;
  readonly warn: (message: string) => void;
}

interface Part {
  readonly part: string;
  readonly document: FileDocument<unknown>;
}

/** Groups that kinit reads, besides kubeadm's own, and the part of a ConfigFile their kind is. */
const otherKinds: Readonly<Record<string, { readonly part: string; readonly version: string }>> = {
  'kubelet.config.k8s.io/KubeletConfiguration': { part: 'kubelet', version: 'v1beta1' },
  'kubeproxy.config.k8s.io/KubeProxyConfiguration': { part: 'kubeProxy', version: 'v1alpha1' },
  'kinit.dev/Inventory': { part: 'inventory', version: 'v1alpha1' },
};

function readDocument(document: YamlDocument, reader: Reader): Part | undefined {
  const { value, placeOf, textOf } = document;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    reader.problem({ place: placeOf([]), message: 'has to be a mapping with apiVersion and kind' });
    return undefined;
  }
  for (const path of nulPaths(value)) reader.problem({ place: placeOf(path), message: nulProblem });
  const { apiVersion, kind } = value as { readonly apiVersion?: unknown; readonly kind?: unknown };
  if (typeof apiVersion !== 'string' || typeof kind !== 'string') {
    const missing = typeof apiVersion === 'string' ? 'kind' : 'apiVersion';
    reader.problem({
      place: placeOf([missing]),
      message: `${missing} is required, a text such as ${example[missing]}`,
    });
    return undefined;
  }
  const [group = '', version = ''] = apiVersion.split('/');
  if (group === 'kubeadm.k8s.io') return readKubeadm(document, version, kind, reader);
  const other = otherKinds[`${group}/${kind}`];
  if (!other && group === 'kinit.dev') {
    const message = `${apiVersion} has no kind ${kind}${didYouMean(kind, ['Inventory'])}`;
    reader.problem({ place: placeOf(['kind']), message });
    return undefined;
  }
  if (!other) {
    reader.warn(
      `${placeOf(['kind'])}: ignored, ${apiVersion} ${kind} is no configuration of kubeadm or kinit${suggestGroup(group)}`,
    );
    return undefined;
  }
  if (version !== other.version) {
    reader.problem({ place: placeOf(['apiVersion']), message: `has to be ${group}/${other.version} for ${kind}` });
    return undefined;
  }
  return { part: other.part, document: { apiVersion, value, rest: {}, placeOf, textOf } };
}

const example = { apiVersion: 'kubeadm.k8s.io/v1beta4', kind: 'ClusterConfiguration' };

function readKubeadm(document: YamlDocument, version: string, kind: string, reader: Reader): Part | undefined {
  const { placeOf, textOf } = document;
  if (!isApiVersion(version)) {
    reader.problem({ place: placeOf(['apiVersion']), message: unsupportedVersion(version) });
    return undefined;
  }
  const kinds = Object.keys(reader.schemas.schemas[version]);
  if (kind === 'ClusterStatus' && hasClusterStatus.includes(version)) {
    reader.warn(`${placeOf(['kind'])}: ignored, the cluster keeps its ClusterStatus itself`);
    return undefined;
  }
  if (!isKubeadmKind(kind) || !kinds.includes(kind)) {
    const later = isKubeadmKind(kind) ? '; it came with kubeadm.k8s.io/v1beta4' : didYouMean(kind, kinds);
    reader.problem({ place: placeOf(['kind']), message: `kubeadm.k8s.io/${version} has no kind ${kind}${later}` });
    return undefined;
  }
  const decoded = reader.schemas.decodeKubeadm(version, kind, document.value, document.textOf);
  report(decoded.unknown, placeOf, reader.slip);
  report(decoded.problems, placeOf, reader.problem);
  if (decoded.value === undefined) return undefined;
  const { value, rest } = decoded;
  return {
    part: kubeadmKinds[kind],
    document: { apiVersion: `kubeadm.k8s.io/${version}`, value, rest, placeOf, textOf },
  };
}

/** Versions with a kind that kubeadm wrote into the cluster and passed over in files (v1.20.2 documentMapToInitConfiguration). */
const hasClusterStatus: readonly ApiVersion[] = ['v1beta1', 'v1beta2'];

function report(
  found: readonly FieldProblem[],
  placeOf: (path: YamlPath) => string,
  to: (problem: InputProblem) => void,
): void {
  for (const { path, message } of found) to({ place: placeOf(path), message });
}

function isApiVersion(version: string): version is ApiVersion {
  return (apiVersions as readonly string[]).includes(version);
}

function isKubeadmKind(kind: string): kind is KubeadmKind {
  return Object.hasOwn(kubeadmKinds, kind);
}

function unsupportedVersion(version: string): string {
  const known = `kinit reads ${apiVersions.join(', ')}`;
  if (version === 'v1') return `kubeadm.k8s.io/v1 is not read: kubeadm has it switched off as an experiment; ${known}`;
  const near = /^v1(alpha|beta)\d+$/.test(version) ? '' : didYouMean(version, apiVersions);
  return `kubeadm.k8s.io/${version} is not read: ${known}${near}`;
}

function suggestGroup(group: string): string {
  const groups = ['kubeadm.k8s.io', ...Object.keys(otherKinds).map((name) => name.split('/')[0] ?? '')];
  const near = nearest(group, groups);
  return near === undefined || near === group ? '' : ` (did you mean the group ${near}?)`;
}

function byLine(a: InputProblem, b: InputProblem): number {
  return lineOf(a) - lineOf(b);
}

function lineOf({ place }: InputProblem): number {
  return Number(/:(\d+)(?: |$)/.exec(place)?.[1] ?? 0);
}

function pushTo(problems: InputProblem[]): (problem: InputProblem) => void {
  return ({ place, message }) => problems.push({ place, message: withoutTokens(message) });
}

function hintFor(problems: readonly InputProblem[], file: string): string | undefined {
  if (problems.some(({ message }) => message.startsWith('has to be a list from v1beta4 on'))) {
    return `a file of v1beta3 may stay as it is: with its own apiVersion, \`kinit config migrate --old-config ${file} --new-config NEW\` writes it anew`;
  }
  const slips = problems.every(({ message }) => /^is (?:given twice|not a field here)/.test(message));
  return slips ? '--lenient takes unknown and duplicate fields as warnings, as kubeadm does' : undefined;
}
