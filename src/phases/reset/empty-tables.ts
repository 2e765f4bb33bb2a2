import type { Change } from '../../execute/change.ts';
import { ownChainNames } from './packet-filter.ts';

/** Tables that iptables makes in nftables at its first use and never takes away. */
const tables = '(ip6?) (filter|nat|mangle|raw|security)';

/**
 * Prints those of iptables' tables in nftables in which nothing is left without Kubernetes' own chains and the jumps to
 * them: no rule, no set, and no policy but accept.
 */
export const emptyTablesQuestion: readonly string[] = [
  'sh',
  '-c',
  `nft list tables | sed -nE 's/^table ${tables}$/\\1 \\2/p' | while read -r family table; do
  nft list table "$family" "$table" | awk -v name="$family $table" '
    /^\\tchain / { own = $2 ~ /^(${ownChainNames})/; next }
    /^\\t[a-z]/ { held = 1 }
    /^\\t\\ttype .* hook / { if ($0 !~ /policy accept;/) held = 1; next }
    /^\\t\\t/ { if (!own && $0 !~ / (jump|goto) (${ownChainNames})/) held = 1 }
    END { if (!held) print name }'
done`,
];

/** What the question has named, taken away once it really is empty. */
export function emptyTables(answer: string): readonly Change[] {
  return answer
    .split('\n')
    .filter((line) => new RegExp(`^${tables}$`).test(line))
    .map(
      (table): Change => ({
        kind: 'command',
        argv: ['sh', '-c', removing, 'sh', ...table.split(' ')],
        optional: true,
        removes: [`nftables table ${table}`],
      }),
    );
}

const removing = `nft list table "$1" "$2" | awk '/^\\t\\t/ && !/ hook / { exit 1 }' && nft delete table "$1" "$2"`;
