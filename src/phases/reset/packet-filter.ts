/** What has to go from one table of a packet filter, and the input of `iptables-restore --noflush` that takes it away. */
export interface TableCleanup {
  readonly table: string;
  /** Chains of Kubernetes and its pod networks. */
  readonly chains: readonly string[];
  /** Their rules in the chains of others, as `iptables-save` prints them. */
  readonly rules: readonly string[];
  readonly restore: string;
}

/**
 * What Kubernetes and its pod networks have in a packet filter, told by the names of chains and the comments of rules, out
 * of what `iptables-save` (legacy or nf_tables, v4 or v6) prints. Everything else stays: the host's own rules, docker's,
 * and the networks of podman, which uses the same CNI plugins.
 */
export function packetFilterCleanup(save: string): readonly TableCleanup[] {
  return tablesOf(save)
    .map(cleanupOf)
    .filter(({ chains, rules }) => chains.length > 0 || rules.length > 0);
}

interface Table {
  readonly name: string;
  readonly chains: readonly string[];
  readonly rules: readonly Rule[];
}

interface Rule {
  /** Without its `-A`. */
  readonly text: string;
  readonly chain: string;
  /** The chain (or verdict) that it goes to. */
  readonly target: string | undefined;
  readonly comments: readonly string[];
}

/** What the chains of Kubernetes and its pod networks begin with, as an extended regular expression. */
export const ownChainNames = 'KUBE-|CNI-|FLANNEL-|cali-|(OLD_)?CILIUM_|WEAVE(-|$)|ANTREA-';
const ownChain = new RegExp(`^(${ownChainNames})`);
const ownComment = /^(cali:|flanneld (masq|forward)$|cilium[: -])/;
/** The CNI plugins write the name of the network into their rules. */
const network = /name: "([^"]+)"/;
const foreignNetwork = /^podman/;

function cleanupOf({ name, chains, rules }: Table): TableCleanup {
  const foreign = chainsOfOthers(rules);
  const gone = new Set(chains.filter((chain) => ownChain.test(chain) && !foreign.has(chain)));
  const isOurs = ({ target, comments }: Rule) =>
    (target !== undefined && gone.has(target)) || comments.some((comment) => ownComment.test(comment));
  const loose = rules.filter((rule) => !gone.has(rule.chain) && isOurs(rule)).map(({ text }) => text);
  const restore = [
    `*${name}`,
    ...[...gone].map((chain) => `:${chain} - [0:0]`),
    ...loose.map((rule) => `-D ${rule}`),
    ...[...gone].map((chain) => `-X ${chain}`),
    'COMMIT',
    '',
  ].join('\n');
  return { table: name, chains: [...gone], rules: loose, restore };
}

/** Chains that look like ours and that another network needs: those of its rules, and what these go to. */
function chainsOfOthers(rules: readonly Rule[]): ReadonlySet<string> {
  const networkOf = ({ comments }: Rule) => comments.map((comment) => network.exec(comment)?.[1]).find(Boolean);
  const isForeign = (rule: Rule) => foreignNetwork.test(networkOf(rule) ?? '');
  const kept = new Set<string>();
  const keep = (chain: string | undefined) => {
    if (chain === undefined || !ownChain.test(chain) || kept.has(chain)) return;
    kept.add(chain);
    for (const rule of rules) {
      if (rule.chain === chain && (networkOf(rule) === undefined || isForeign(rule))) keep(rule.target);
    }
  };
  for (const rule of rules.filter(isForeign)) {
    keep(rule.chain);
    keep(rule.target);
  }
  return kept;
}

function tablesOf(save: string): readonly Table[] {
  const tables: { name: string; chains: string[]; rules: Rule[] }[] = [];
  for (const line of save.split('\n')) {
    const table = tables.at(-1);
    if (line.startsWith('*')) tables.push({ name: line.slice(1).trim(), chains: [], rules: [] });
    else if (line.startsWith(':')) table?.chains.push(line.slice(1).split(' ')[0] ?? '');
    else if (line.startsWith('-A ')) table?.rules.push(ruleOf(line.slice(3)));
  }
  return tables;
}

function ruleOf(text: string): Rule {
  const words = wordsOf(text);
  const after = (flags: readonly string[]) =>
    words.flatMap((word, index) => (flags.includes(word) ? [words[index + 1] ?? ''] : []));
  return {
    text,
    chain: words[0] ?? '',
    target: after(['-j', '-g', '--jump', '--goto'])[0],
    comments: after(['--comment']),
  };
}

/** Words as iptables-save quotes them: double quotes, a backslash before what would end them. */
function wordsOf(text: string): readonly string[] {
  return [...text.matchAll(/"((?:[^"\\]|\\.)*)"|(\S+)/g)].map(([, quoted, bare]) =>
    quoted === undefined ? (bare ?? '') : quoted.replaceAll(/\\(.)/g, '$1'),
  );
}
