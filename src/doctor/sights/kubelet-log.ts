import { type Question, shell } from './question.ts';

/** What the kubelet complained of in the last two minutes, the newest last: older words are of what may be mended by now. */
export const kubeletLogQuestion: Question<readonly string[]> = {
  argv: shell(`journalctl -u kubelet --since=-2min -n 2000 --no-pager -o cat 2>/dev/null |
grep -E '(^[EF][0-9]{4} |[Ff]ailed|[Ee]rror|fatal|panic|[Bb]ack-off)' | cut -c1-800 | tail -n 80`),
  parse: (text) => text.split('\n').filter((line) => line.trim() !== ''),
};
