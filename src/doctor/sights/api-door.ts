import type { X509Certificate } from 'node:crypto';
import { readCertificateFile } from '../../pki/certificate-file.ts';
import { kubeletConf } from '../../release/paths.ts';
import { type Question, shell } from './question.ts';

/** What a host finds at the API server's address in its kubelet's kubeconfig. */
export interface ApiDoor {
  /** `https://10.0.0.11:6443`. */
  readonly server: string;
  /** Of its name; none where it does not resolve. */
  readonly addresses: readonly string[];
  /** Why there is no answer. */
  readonly problem: string | undefined;
  /** What the one who answers shows; undefined where nobody does, or the host has no openssl to see it with. */
  readonly certificate: X509Certificate | undefined;
}

/** undefined where the host has no such kubeconfig. */
export const apiDoorQuestion: Question<ApiDoor | undefined> = {
  argv: shell(`server=$(sed -n 's/^ *server: *"\\{0,1\\}\\([^"]*\\)"\\{0,1\\}$/\\1/p' ${kubeletConf} 2>/dev/null | head -n 1)
[ -n "$server" ] || exit 0
echo "server $server"
at=\${server#https://}; at=\${at%%/*}
case $at in *]) at=$at:443 ;; *]:*) ;; *:*) ;; *) at=$at:443 ;; esac
name=\${at%:*}; name=\${name#[}; name=\${name%]}
timeout 5 getent ahosts "$name" | awk '!seen[$1]++ { print "address", $1 }'
command -v openssl >/dev/null || exit 0
out=$(timeout 6 openssl s_client -connect "$at" -servername "$name" </dev/null 2>&1)
[ $? != 124 ] || echo 'problem it does not answer within 6 s'
echo "$out" | grep -iE 'refused|timed out|no route|unreachable|not known|failure in name|errno' | head -n 1 | sed 's/^/problem /'
echo "$out" | sed -n '/BEGIN CERTIFICATE/,/END CERTIFICATE/p'`),
  parse: (text) => {
    const all = (word: string) =>
      text.split('\n').flatMap((line) => (line.startsWith(`${word} `) ? [line.slice(word.length + 1)] : []));
    const [server] = all('server');
    if (server === undefined) return undefined;
    const certificate = readCertificateFile(text).certificates?.[0];
    return {
      server,
      addresses: all('address'),
      certificate,
      problem: certificate === undefined ? reasonIn(all('problem')[0]) : undefined,
    };
  },
};

/** openssl's words, as a person would say them. */
function reasonIn(words: string | undefined): string | undefined {
  if (words === undefined) return undefined;
  const known = [
    [/refused|errno=111/i, 'connection refused'],
    [/timed out|errno=110/i, 'connection timed out'],
    [/no route|errno=113/i, 'no route to host'],
    [/unreachable|errno=101/i, 'network is unreachable'],
    [/not known|name resolution/i, 'its name does not resolve'],
  ] as const;
  return known.find(([sign]) => sign.test(words))?.[1] ?? words;
}
