import type { Change } from '../../execute/change.ts';
import type { Observed } from '../../execute/observed.ts';
import type { Phase } from '../phase.ts';
import { cniState, cniStatePaths } from './cni-state.ts';
import type { ResetContext } from './context.ts';
import { emptyTables, emptyTablesQuestion } from './empty-tables.ts';
import { mountsBelow, mountsFile, mountsText } from './mounts.ts';
import {
  ipSetsOf,
  isKnownCniFile,
  linksOf,
  networkDirectories,
  nftTablesOf,
  tunnelAddresses,
  virtualServicesOf,
} from './network-residue.ts';
import { packetFilterCleanup } from './packet-filter.ts';

/**
 * What kube-proxy and the pod network leave in the kernel and on the disk, by their names: rules, sets, virtual services,
 * interfaces, name spaces, files. kubeadm leaves all of it to the operator.
 */
export const cleanupNetwork: Phase<ResetContext> = {
  name: 'cleanup-network',
  title: 'Network of the pods',
  reads: () => ({
    files: [mountsFile],
    paths: [cniDirectory, ...networkDirectories, ...cniStatePaths],
    commands: [...Object.values(questions), emptyTablesQuestion].concat(packetFilters.map((name) => [`${name}-save`])),
  }),
  desired: (_, observed): readonly Change[] => [
    ...packetFilter(observed),
    ...nftTables(observed),
    ...emptyTables(answer(observed, emptyTablesQuestion)),
    ...ipSets(observed),
    ...virtualServices(observed),
    ...interfaces(observed),
    ...namespaces(observed),
    ...unmounting(observed),
    ...networkDirectories.map((path): Change => ({ kind: 'absent', path, optional: true })),
    ...cniState(observed),
    ...cniFiles(observed),
  ],
};

const cniDirectory = '/etc/cni/net.d';

/** Both variants where both are installed, and the plain names where there is but one. */
const packetFilters = ['iptables', 'ip6tables'].flatMap((name) => [name, `${name}-legacy`, `${name}-nft`]);

const questions: Readonly<Record<string, readonly string[]>> = {
  nft: ['nft', 'list', 'tables'],
  ipSets: ['ipset', 'list', '-n'],
  virtualServices: ['ipvsadm-save', '-n'],
  links: ['ip', '-o', 'link'],
  addresses: ['ip', '-o', 'addr'],
  // podman names its own alike, and has processes in them.
  namespaces: [
    'sh',
    '-c',
    'for n in $(ip netns list | sed -n "s/^\\(cni-[^ ]*\\).*/\\1/p"); do [ -n "$(ip netns pids "$n")" ] || echo "$n"; done',
  ],
};

/** What a tool says; nothing where it is not installed. */
function answer({ commands }: Observed, question: readonly string[] | undefined): string {
  const result = commands.get((question ?? []).join('\0'));
  return result?.code === 0 ? result.stdout : '';
}

function packetFilter(observed: Observed): readonly Change[] {
  return packetFilters
    .filter((name) => !isShadowed(name, observed))
    .flatMap((name) =>
      packetFilterCleanup(answer(observed, [`${name}-save`])).map(
        ({ table, chains, rules, restore }): Change => ({
          kind: 'command',
          argv: ['sh', '-c', restoring, 'sh', `${name}-restore`],
          stdin: restore,
          optional: true,
          removes: [
            ...chains.map((chain) => `chain ${chain} of ${name} ${table}`),
            ...rules.map((rule) => `rule ${rule} of ${name} ${table}`),
          ],
          says: `[reset] Removing ${chains.length} chains of Kubernetes and its pod network from ${name} ${table}`,
        }),
      ),
    );
}

/** The plain name is one of the two variants where those have names of their own. */
function isShadowed(name: string, { commands }: Observed): boolean {
  return (
    !name.includes('-') && ['legacy', 'nft'].some((variant) => commands.get(`${name}-${variant}-save`)?.code === 0)
  );
}

/** Older ones cannot wait for others that are at it. */
const restoring =
  'rules=$(cat); printf "%s\\n" "$rules" | "$1" -w 5 --noflush 2>/dev/null || printf "%s\\n" "$rules" | "$1" --noflush';

function nftTables(observed: Observed): readonly Change[] {
  return nftTablesOf(answer(observed, questions['nft'])).map(
    (table): Change => ({
      kind: 'command',
      argv: ['nft', 'delete', 'table', ...table.split(' ')],
      optional: true,
      removes: [`nftables table ${table}`],
    }),
  );
}

function ipSets(observed: Observed): readonly Change[] {
  const sets = ipSetsOf(answer(observed, questions['ipSets']));
  return eachGone(sets, 'ipset destroy "$1"', 'ipset');
}

function virtualServices(observed: Observed): readonly Change[] {
  const saved = answer(observed, questions['virtualServices']);
  const services = virtualServicesOf(saved, answer(observed, questions['addresses']));
  return eachGone(services, `ipvsadm -D \${1%% *} "\${1#* }"`, 'virtual service');
}

function interfaces(observed: Observed): readonly Change[] {
  const links = linksOf(answer(observed, questions['links']));
  // A pod's two ends go together.
  const changes = eachGone(links, '! ip link show dev "$1" >/dev/null 2>&1 || ip link delete dev "$1"', 'interface');
  const addresses = isCalico(observed) ? tunnelAddresses(answer(observed, questions['addresses'])) : [];
  if (addresses.length === 0) return changes;
  const argv = ['sh', '-c', 'ip address flush dev tunl0 && ip link set tunl0 down'];
  const removes = addresses.map((address) => `address ${address} of tunl0`);
  return [...changes, { kind: 'command', argv, optional: true, removes }];
}

/** tunl0 may as well be the host's own tunnel: it is calico's where calico's other things are. */
function isCalico(observed: Observed): boolean {
  const hasFiles = observed.paths.get('/var/lib/calico')?.type === 'directory';
  return hasFiles || packetFilters.some((name) => answer(observed, [`${name}-save`]).includes('\n:cali-'));
}

function namespaces(observed: Observed): readonly Change[] {
  const names = answer(observed, questions['namespaces']).split('\n').filter(Boolean);
  return eachGone(names, 'ip netns delete "$1"', 'network namespace');
}

/** One command that goes on behind each that fails. */
function eachGone(names: readonly string[], remove: string, noun: string): readonly Change[] {
  if (names.length === 0) return [];
  const script = `failed=0; for name; do set -- "$name"; { ${remove}; } || failed=1; done; exit $failed`;
  return [
    {
      kind: 'command',
      argv: ['sh', '-c', script, 'sh', ...names],
      optional: true,
      removes: names.map((name) => `${noun} ${name}`),
      says: `[reset] Removing ${noun}s of Kubernetes and its pod network: ${names.join(' ')}`,
    },
  ];
}

/** cilium mounts a cgroup hierarchy in its directory. */
function unmounting(observed: Observed): readonly Change[] {
  const mounts = networkDirectories.flatMap((path) => mountsBelow(mountsText(observed), path));
  return eachGone(mounts, 'umount -- "$1"', 'mount');
}

function cniFiles({ paths }: Observed): readonly Change[] {
  const names = paths.get(cniDirectory)?.entries ?? [];
  const others = names.filter((name) => !isKnownCniFile(name));
  return [
    ...names
      .filter(isKnownCniFile)
      .map((name): Change => ({ kind: 'absent', path: `${cniDirectory}/${name}`, optional: true })),
    ...others.map(
      (name): Change => ({
        kind: 'note',
        text: `[reset] ${cniDirectory}/${name} stays: none of the pod networks that kinit knows writes it`,
      }),
    ),
  ];
}
