import { type Question, shell } from './question.ts';

/**
 * What the kubelet complained of in the last two minutes, the newest last: older words are of what may be mended by now. What it
 * says every second is there once.
 */
export const kubeletLogQuestion: Question<readonly string[]> = {
  argv: shell(`journalctl -u kubelet --since=-2min -n 2000 --no-pager -o cat 2>/dev/null |
grep -E '(^[EF][0-9]{4} |[Ff]ailed|[Ee]rror|fatal|panic|[Bb]ack-off)' | cut -c1-800 |
awk '{ key = $0; sub(/^[^]]*[]] /, "", key); keys[NR] = key; lines[NR] = $0; last[key] = NR }
END { for (n = 1; n <= NR; n++) if (last[keys[n]] == n) print lines[n] }' | tail -n 80`),
  parse: (text) => text.split('\n').filter((line) => line.trim() !== ''),
};
