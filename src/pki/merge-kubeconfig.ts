type Entry = Readonly<Record<string, unknown>>;
type Config = Readonly<Record<string, unknown>>;

/**
 * `config` with the clusters, contexts and users of `added` in it; an entry of the same name is replaced, and the
 * current context becomes the added one's. What kinit does not know in `config` stays.
 */
export function mergeKubeconfigs(config: Config, added: Config): Config {
  return {
    ...config,
    clusters: merged(config['clusters'], added['clusters']),
    contexts: merged(config['contexts'], added['contexts']),
    users: merged(config['users'], added['users']),
    'current-context': added['current-context'],
  };
}

function merged(before: unknown, added: unknown): readonly Entry[] {
  const own = entries(before);
  const more = entries(added);
  const names = new Set(more.map((entry) => entry['name']));
  return [...own.filter((entry) => !names.has(entry['name'])), ...more];
}

function entries(list: unknown): readonly Entry[] {
  return Array.isArray(list) ? (list as Entry[]) : [];
}
