import { matches } from './known-hosts.ts';

/** What ~/.ssh/config and /etc/ssh/ssh_config say about one host, as far as kinit uses it (ssh_config(5)). */
export interface SshConfig {
  readonly hostName?: string;
  readonly user?: string;
  readonly port?: number;
  readonly identityFiles: readonly string[];
  readonly identitiesOnly: boolean;
  readonly identityAgent?: string;
  readonly proxyJump?: string;
  readonly proxyCommand?: string;
  readonly hostKeyAlias?: string;
  readonly userKnownHostsFiles?: readonly string[];
  readonly globalKnownHostsFiles?: readonly string[];
  readonly strictHostKeyChecking?: string;
}

export interface SshConfigQuestion {
  /** The host as the user gave it, and the user if one was given. */
  readonly host: string;
  readonly user: string | undefined;
  readonly localUser: string;
  /** Files in order of precedence. */
  readonly files: readonly string[];
  /** The files that an Include names (its pattern is absolute) with their text. */
  readonly read: (pattern: string) => Promise<readonly { readonly path: string; readonly text: string }[]>;
  /** The folder that a relative Include of this file starts from. */
  readonly includeFolder: (file: string) => string;
  readonly home: string;
}

/** The first value of each keyword wins; identity files add up. `Match exec` is never run and never matches. */
export async function readSshConfig(question: SshConfigQuestion): Promise<SshConfig> {
  const found = new Map<string, readonly string[]>();
  const identityFiles: string[] = [];
  for (const file of question.files) await readFiles(file, 0);
  const first = (keyword: string): string | undefined => found.get(keyword)?.[0];
  const port = first('port');
  return {
    ...defined('hostName', first('hostname')),
    ...defined('user', first('user')),
    ...defined('port', port === undefined ? undefined : Number(port)),
    identityFiles: identityFiles.filter((file) => file.toLowerCase() !== 'none'),
    identitiesOnly: first('identitiesonly')?.toLowerCase() === 'yes',
    ...defined('identityAgent', first('identityagent')),
    ...defined('proxyJump', first('proxyjump')),
    ...defined('proxyCommand', found.get('proxycommand')?.join(' ')),
    ...defined('hostKeyAlias', first('hostkeyalias')),
    ...defined('userKnownHostsFiles', found.get('userknownhostsfile')),
    ...defined('globalKnownHostsFiles', found.get('globalknownhostsfile')),
    ...defined('strictHostKeyChecking', first('stricthostkeychecking')?.toLowerCase()),
  };

  async function readFiles(pattern: string, depth: number): Promise<void> {
    if (depth > 16) return;
    for (const { path, text } of await question.read(pattern)) {
      let applies = true;
      for (const line of text.split('\n')) {
        const [keyword, ...values] = words(line);
        if (keyword === undefined) continue;
        const name = keyword.toLowerCase();
        if (name === 'host') applies = hostMatches(values, question.host);
        else if (name === 'match') applies = criteriaMatch(values);
        else if (applies) await take(name, values, path, depth);
      }
    }
  }

  async function take(name: string, values: readonly string[], file: string, depth: number): Promise<void> {
    if (values.length === 0) return;
    if (name === 'include') {
      for (const value of values) await readFiles(absolute(value, file), depth + 1);
    } else if (name === 'identityfile') {
      identityFiles.push(...values.filter((value) => !identityFiles.includes(value)));
    } else if (!found.has(name)) {
      found.set(name, values);
    }
  }

  function absolute(path: string, file: string): string {
    if (path.startsWith('~/')) return `${question.home}${path.slice(1)}`;
    return path.startsWith('/') ? path : `${question.includeFolder(file)}/${path}`;
  }

  function criteriaMatch(criteria: readonly string[]): boolean {
    for (let index = 0; index < criteria.length; index += 1) {
      const name = criteria[index]?.toLowerCase() ?? '';
      const negated = name.startsWith('!');
      const criterion = negated ? name.slice(1) : name;
      if (criterion === 'all') continue;
      if (!hasSubject(criterion)) return false;
      index += 1;
      const subject = subjects[criterion](question, found);
      const holds = subject !== undefined && hostMatches((criteria[index] ?? '').split(','), subject);
      if (holds === negated) return false;
    }
    return true;
  }
}

/** What the criteria of Match look at. */
const subjects = {
  host: ({ host }, found) => found.get('hostname')?.[0]?.replaceAll('%h', host) ?? host,
  originalhost: ({ host }) => host,
  user: ({ user, localUser }, found) => user ?? found.get('user')?.[0] ?? localUser,
  localuser: ({ localUser }) => localUser,
} as const satisfies Record<
  string,
  (question: SshConfigQuestion, found: ReadonlyMap<string, readonly string[]>) => string | undefined
>;

function hasSubject(criterion: string): criterion is keyof typeof subjects {
  return Object.hasOwn(subjects, criterion);
}

function hostMatches(patterns: readonly string[], host: string): boolean {
  const negated = patterns.filter((pattern) => pattern.startsWith('!')).map((pattern) => pattern.slice(1));
  if (negated.some((pattern) => matches(pattern, host))) return false;
  return patterns.some((pattern) => !pattern.startsWith('!') && matches(pattern, host));
}

/** The words of a line: `keyword value`, `keyword=value`, values in double quotes. */
function words(line: string): readonly string[] {
  const text = line.trim();
  if (text === '' || text.startsWith('#')) return [];
  const [, keyword = '', rest = ''] = /^([^\s=]+)\s*=?\s*(.*)$/.exec(text) ?? [];
  const found: string[] = [];
  for (const [word, quoted] of rest.matchAll(/"([^"]*)"|\S+/g)) {
    if (quoted === undefined && word.startsWith('#')) break;
    found.push(quoted ?? word);
  }
  return [keyword, ...found];
}

function defined<Key extends string, Value>(key: Key, value: Value | undefined): { readonly [K in Key]?: Value } {
  return value === undefined ? {} : ({ [key]: value } as { readonly [K in Key]: Value });
}
