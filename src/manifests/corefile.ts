import { isPrintable } from '../printable.ts';
import { compareVersions, tryParseVersion, type Version } from '../release/version.ts';

/** A plugin of a server in a Corefile: its line, and what stands in its braces; none where it has none. */
interface Plugin {
  readonly words: readonly string[];
  readonly options?: readonly (readonly string[])[];
}

interface Server {
  readonly head: readonly string[];
  readonly plugins: readonly Plugin[];
}

/** Plugins that a migration knows (coredns/corefile-migration plugins.go); one that it does not, it leaves to the user. */
const knownPlugins: ReadonlySet<string> = new Set([
  'errors',
  'log',
  'health',
  'ready',
  'autopath',
  'kubernetes',
  'k8s_external',
  'prometheus',
  'forward',
  'cache',
  'loop',
  'reload',
  'loadbalance',
  'hosts',
  'rewrite',
  'transfer',
]);

/** Why nobody could say what a Corefile means, with its line; undefined where it is one. */
export function corefileFault(corefile: string): string | undefined {
  let [depth, blocks] = [0, 0];
  for (const [index, line] of corefile.split('\n').entries()) {
    const words = line.replace(/(^|\s)#.*$/, '').trim();
    if (!isPrintable(words)) return `line ${index + 1} holds characters that cannot be seen`;
    if (words === '}') depth -= 1;
    else if (/(^|\s)\{$/.test(words)) depth += 1;
    if (depth > 0) blocks += 1;
    if (depth < 0) return `line ${index + 1} closes a block that is not open`;
  }
  if (depth > 0) return 'its last block is not closed';
  return blocks === 0 ? 'it has no block of a server' : undefined;
}

/** The plugins in a Corefile that nobody can tell to work with another CoreDNS. */
export function unsupportedPlugins(corefile: string): readonly string[] {
  const names = parsed(corefile).flatMap(({ plugins }) => plugins.map(({ words }) => words[0] ?? ''));
  return [...new Set(names.filter((name) => !knownPlugins.has(name)))];
}

/**
 * Whether a Corefile is one that some kubeadm wrote: what is its own is replaced by what is its own now
 * (corefile-migration Default; its defaults end with that of CoreDNS 1.7.0).
 */
export function isDefaultCorefile(corefile: string): boolean {
  const servers = parsed(corefile);
  const [server] = servers;
  const zone = server?.plugins.find(({ words }) => words[0] === 'kubernetes')?.words[1];
  if (server === undefined || zone === undefined || servers.length > 1) return false;
  return knownDefaults(zone).some((text) => text === printed(servers));
}

function knownDefaults(zone: string): readonly string[] {
  const forwards: readonly Plugin[] = [
    { words: ['forward', '.', '/etc/resolv.conf'] },
    { words: ['forward', '.', '/etc/resolv.conf'], options: [['max_concurrent', '1000']] },
  ];
  return forwards.map((forward) =>
    printed([
      {
        head: ['.:53'],
        plugins: [
          { words: ['errors'] },
          { words: ['health'], options: [['lameduck', '5s']] },
          { words: ['ready'] },
          {
            words: ['kubernetes', zone, 'in-addr.arpa', 'ip6.arpa'],
            options: [
              ['pods', 'insecure'],
              ['fallthrough', 'in-addr.arpa', 'ip6.arpa'],
              ['ttl', '30'],
            ],
          },
          { words: ['prometheus', ':9153'] },
          forward,
          { words: ['cache', '30'] },
          { words: ['loop'] },
          { words: ['reload'] },
          { words: ['loadbalance'] },
        ],
      },
    ]),
  );
}

/**
 * A user's Corefile for another CoreDNS: options that are gone leave, defaults that are new come (corefile-migration
 * versions.go: 1.7.0 and 1.8.0; nothing since). The same text where nothing is to change.
 */
export function migratedCorefile(corefile: string, from: string, to: string): string {
  const [before, after] = [coreDnsVersion(from), coreDnsVersion(to)];
  if (before === undefined || after === undefined) return corefile;
  const crosses = (text: string) => {
    const step = tryParseVersion(text);
    return step !== undefined && compareVersions(before, step) < 0 && compareVersions(after, step) >= 0;
  };
  let servers = parsed(corefile);
  if (crosses('1.7.0')) servers = servers.map(forSeven);
  if (crosses('1.8.0')) servers = servers.map(forEight);
  const text = printed(servers);
  return text === printed(parsed(corefile)) ? corefile : text;
}

/** The version in the tag of CoreDNS's image: `1.7.0`, `v1.8.4`. */
export function coreDnsVersion(tag: string): Version | undefined {
  return tryParseVersion(tag.replace(/[-_+].*$/, ''));
}

function forSeven(server: Server): Server {
  return {
    ...server,
    plugins: server.plugins.map((plugin) => {
      const [name] = plugin.words;
      const options = plugin.options ?? [];
      if (name === 'forward' && !options.some(([option]) => option === 'max_concurrent')) {
        return { ...plugin, options: [...options, ['max_concurrent', '1000']] };
      }
      if (name !== 'kubernetes' || plugin.options === undefined) return plugin;
      const left = options.filter(([option]) => option !== 'upstream' && option !== 'resyncperiod');
      return { ...plugin, options: left.map((words) => (words[0] === 'endpoint' ? words.slice(0, 2) : words)) };
    }),
  };
}

function forEight(server: Server): Server {
  return {
    ...server,
    plugins: server.plugins.flatMap((plugin) => {
      const options = plugin.options ?? [];
      const transfers = options.filter(([option]) => option === 'transfer');
      if (plugin.words[0] !== 'kubernetes' || transfers.length === 0) return [plugin];
      const left = options.filter(([option]) => option !== 'transfer');
      const zones = plugin.words.slice(1);
      const transfer = { words: ['transfer', ...zones], options: transfers.map((words) => words.slice(1)) };
      return [{ ...plugin, options: left }, transfer];
    }),
  };
}

function parsed(corefile: string): readonly Server[] {
  const lines = corefile
    .split('\n')
    .map((line) => line.replace(/(^|\s)#.*$/, '').trim())
    .filter(Boolean);
  const servers: { head: readonly string[]; plugins: { words: string[]; options?: string[][] }[] }[] = [];
  let depth = 0;
  for (const line of lines) {
    const words = line.split(/\s+/);
    const opens = words.at(-1) === '{';
    const rest = opens ? words.slice(0, -1) : words;
    if (line === '}') depth -= 1;
    else if (depth === 0) servers.push({ head: rest, plugins: [] });
    else if (depth === 1) servers.at(-1)?.plugins.push({ words: rest, ...(opens ? { options: [] } : {}) });
    else servers.at(-1)?.plugins.at(-1)?.options?.push(rest);
    if (opens) depth += 1;
  }
  return servers;
}

function printed(servers: readonly Server[]): string {
  return servers.map(({ head, plugins }) => `${head.join(' ')} {\n${plugins.map(printedPlugin).join('')}}\n`).join('');
}

function printedPlugin({ words, options }: Plugin): string {
  const line = `    ${words.join(' ')}`;
  if (options === undefined || options.length === 0) return `${line}\n`;
  return `${line} {\n${options.map((one) => `        ${one.join(' ')}\n`).join('')}    }\n`;
}
