import { type Question, shell } from './question.ts';

/** What is left in the kernel's packet filter of what kube-proxy writes there. */
export interface PacketFilter {
  /** Whether the chain of all Services is there; undefined where iptables does not tell. */
  readonly services: boolean | undefined;
}

export const packetFilterQuestion: Question<PacketFilter> = {
  argv: shell(`command -v iptables >/dev/null || exit 0
if out=$(timeout 8 iptables -w 5 -t nat -S KUBE-SERVICES 2>&1); then echo there
else case $out in *'No chain'*|*'does not exist'*|*'hain/target/match'*) echo gone ;; esac; fi`),
  parse: (text) => ({ services: /^there/.test(text) ? true : /^gone/.test(text) ? false : undefined }),
};
