import { exitCodes, KinitError } from '../../errors.ts';
import { configLine, matchWords } from './config-line.ts';
import { matches } from './known-hosts.ts';

/** What ~/.ssh/config and /etc/ssh/ssh_config say about one host, as far as kinit uses it (ssh_config(5)). */
export interface SshConfig {
  readonly hostName?: string;
  readonly user?: string;
  readonly port?: number;
  /** Seconds. */
  readonly connectTimeout?: number;
  /** Empty where none is named, so that ssh's own are meant, unless `noIdentityFiles`. */
  readonly identityFiles: readonly string[];
  readonly noIdentityFiles?: boolean;
  readonly certificateFiles?: readonly string[];
  readonly identitiesOnly: boolean;
  readonly identityAgent?: string;
  readonly proxyJump?: string;
  readonly proxyCommand?: string;
  readonly hostKeyAlias?: string;
  /** `none` is an empty list. */
  readonly userKnownHostsFiles?: readonly string[];
  readonly globalKnownHostsFiles?: readonly string[];
  readonly strictHostKeyChecking?: string;
  /** As written: a list, or `+`, `-` or `^` and what is added, taken away or put first. */
  readonly hostKeyAlgorithms?: string;
  /** A file with keys that are never accepted. */
  readonly revokedHostKeys?: string;
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

/**
 * The first value of each keyword wins; identity files add up. `Match exec` is never run and never matches; where a
 * `Match final` is met, everything is read once more with the host's address. Throws KinitError where ssh refuses the file.
 */
export async function readSshConfig(question: SshConfigQuestion): Promise<SshConfig> {
  const found = new Map<string, readonly string[]>();
  const identityFiles: string[] = [];
  const certificateFiles: string[] = [];
  let asksAgain = false;
  await readAll(question.host, false);
  if (asksAgain) await readAll(addressOf(question.host, found), true);
  const first = (keyword: string): string | undefined => found.get(keyword)?.[0];
  const port = first('port');
  const timeout = first('connecttimeout');
  return {
    ...defined('hostName', first('hostname') === undefined ? undefined : addressOf(question.host, found)),
    ...defined('user', first('user')),
    ...defined('port', port === undefined ? undefined : Number(port)),
    ...defined('connectTimeout', timeout === undefined || isNone(timeout) ? undefined : Number(timeout)),
    identityFiles: identityFiles.filter((file) => !isNone(file)),
    ...defined('noIdentityFiles', identityFiles.length > 0 && identityFiles.every(isNone) ? true : undefined),
    ...defined(
      'certificateFiles',
      certificateFiles.length > 0 ? certificateFiles.filter((file) => !isNone(file)) : undefined,
    ),
    identitiesOnly: isYes(first('identitiesonly')),
    ...defined('identityAgent', first('identityagent')),
    ...defined('proxyJump', first('proxyjump')),
    ...defined('proxyCommand', first('proxycommand')),
    ...defined('hostKeyAlias', first('hostkeyalias')),
    ...defined('userKnownHostsFiles', files('userknownhostsfile')),
    ...defined('globalKnownHostsFiles', files('globalknownhostsfile')),
    ...defined('strictHostKeyChecking', first('stricthostkeychecking')?.toLowerCase()),
    ...defined('hostKeyAlgorithms', first('hostkeyalgorithms')),
    ...defined('revokedHostKeys', first('revokedhostkeys')),
  };

  function files(keyword: string): readonly string[] | undefined {
    return found.get(keyword)?.filter((file) => !isNone(file));
  }

  async function readAll(host: string, isFinal: boolean): Promise<void> {
    for (const file of question.files) await readFiles(file, 0, { host, isFinal });
  }

  async function readFiles(pattern: string, depth: number, pass: Pass): Promise<void> {
    if (depth > 16) return;
    for (const { path, text } of await question.read(pattern)) {
      let applies = true;
      for (const [index, line] of text.split('\n').entries()) {
        const read = configLine(line);
        if (read === undefined) continue;
        if (read === 'broken') throw refused(path, index, 'a quote is not closed');
        const { name, values, rest } = read;
        if (name === 'host') applies = hostMatches(values, pass.host);
        else if (name === 'match') applies = criteriaMatch(matchWords(rest), pass);
        else if (applies && name === 'include') {
          for (const value of values) await readFiles(absolute(value, path), depth + 1, pass);
        } else if (applies)
          take(name, name === 'proxycommand' ? [rest] : values, () => refused(path, index, values[0] ?? ''));
      }
    }
  }

  function take(name: string, values: readonly string[], wrong: () => KinitError): void {
    if (values.length === 0 || values[0] === '') return;
    if (name === 'port' && !isPort(values[0] ?? '')) throw wrong();
    if (name === 'connecttimeout' && !/^(?:[1-9]\d{0,5}|none)$/i.test(values[0] ?? '')) throw wrong();
    if (name === 'identityfile' || name === 'certificatefile') {
      const list = name === 'identityfile' ? identityFiles : certificateFiles;
      const [file = ''] = values;
      if (!list.includes(file)) list.push(file);
      return;
    }
    // Of the two ways through another machine, the one that comes first counts.
    if (found.has(name) || found.has({ proxyjump: 'proxycommand', proxycommand: 'proxyjump' }[name] ?? name)) return;
    found.set(name, values);
  }

  function absolute(path: string, file: string): string {
    if (path.startsWith('~/')) return `${question.home}${path.slice(1)}`;
    return path.startsWith('/') ? path : `${question.includeFolder(file)}/${path}`;
  }

  function criteriaMatch(criteria: readonly string[], { isFinal }: Pass): boolean {
    for (let index = 0; index < criteria.length; index += 1) {
      const name = criteria[index]?.toLowerCase() ?? '';
      const negated = name.startsWith('!');
      const criterion = negated ? name.slice(1) : name;
      if (criterion === 'all') {
        if (negated) return false;
        continue;
      }
      if (criterion === 'final' || criterion === 'canonical') {
        asksAgain ||= criterion === 'final';
        if (isFinal === negated) return false;
        continue;
      }
      if (!hasSubject(criterion)) return false;
      index += 1;
      const subject = subjects[criterion](question, found);
      if (hostMatches((criteria[index] ?? '').split(','), subject) === negated) return false;
    }
    return criteria.length > 0;
  }
}

/** One reading of all files: the host that `Host` looks at, and whether it is the second. */
interface Pass {
  readonly host: string;
  readonly isFinal: boolean;
}

function refused(path: string, index: number, what: string): KinitError {
  return new KinitError(`${path} line ${index + 1} is refused by ssh, and by kinit: ${what}`, {
    exitCode: exitCodes.badInput,
    hint: 'see what ssh says with: ssh -G HOST',
  });
}

function isPort(text: string): boolean {
  return /^\d{1,5}$/.test(text) && Number(text) >= 1 && Number(text) <= 65535;
}

function isNone(value: string): boolean {
  return value.toLowerCase() === 'none';
}

function isYes(value: string | undefined): boolean {
  return value === 'yes' || value === 'true';
}

/** HostName with its tokens, else the host as it was given. */
function addressOf(host: string, found: ReadonlyMap<string, readonly string[]>): string {
  return found.get('hostname')?.[0]?.replace(/%([%h])/g, (_, token) => (token === 'h' ? host : '%')) ?? host;
}

/** What the criteria of Match look at. */
const subjects = {
  host: ({ host }, found) => addressOf(host, found),
  originalhost: ({ host }) => host,
  user: ({ user, localUser }, found) => user ?? found.get('user')?.[0] ?? localUser,
  localuser: ({ localUser }) => localUser,
} as const satisfies Record<
  string,
  (question: SshConfigQuestion, found: ReadonlyMap<string, readonly string[]>) => string
>;

function hasSubject(criterion: string): criterion is keyof typeof subjects {
  return Object.hasOwn(subjects, criterion);
}

function hostMatches(patterns: readonly string[], host: string): boolean {
  const negated = patterns.filter((pattern) => pattern.startsWith('!')).map((pattern) => pattern.slice(1));
  if (negated.some((pattern) => matches(pattern, host))) return false;
  return patterns.some((pattern) => !pattern.startsWith('!') && matches(pattern, host));
}

function defined<Key extends string, Value>(key: Key, value: Value | undefined): { readonly [K in Key]?: Value } {
  return value === undefined ? {} : ({ [key]: value } as { readonly [K in Key]: Value });
}
