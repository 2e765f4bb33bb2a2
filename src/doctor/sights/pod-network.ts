import { partsOfAnswer, type Question, shell } from './question.ts';

/** What a pod network has laid on a host. */
export interface PodNetwork {
  /** Configurations that the runtime reads, in its order, with the subnets that they give to pods of this host. */
  readonly configurations: readonly { readonly file: string; readonly subnets: readonly string[] }[];
  /** The host's subnet as flannel has leased it. */
  readonly flannelSubnet: string | undefined;
}

/** Of the configurations only what is asked for leaves the host: some hold tokens. */
export const podNetworkQuestion: Question<PodNetwork> = {
  argv: shell(`for file in /etc/cni/net.d/*.conf /etc/cni/net.d/*.conflist /etc/cni/net.d/*.json; do
  [ -r "$file" ] || continue
  printf '\\001%s\\n' "$file"
  grep -oE '"subnet" *: *"[0-9a-fA-F.:/]+"' "$file"
done
printf '\\001flannel\\n'
sed -n 's/^FLANNEL_SUBNET=//p' /run/flannel/subnet.env 2>/dev/null`),
  parse: (text) => {
    const parts = partsOfAnswer(text);
    return {
      configurations: parts
        .filter(({ head }) => head.startsWith('/'))
        .map(({ head, lines }) => ({
          file: head,
          subnets: lines.flatMap((line) => /: *"([^"]+)"/.exec(line)?.[1] ?? []),
        }))
        .toSorted((a, b) => (a.file < b.file ? -1 : 1)),
      flannelSubnet: parts.find(({ head }) => head === 'flannel')?.lines[0],
    };
  },
};
