import { type Check, type PreflightContext, type Problem, warning } from './problem.ts';

const resolvConfFile = '/etc/resolv.conf';

/**
 * Where it names no server the host resolves by what itself serves (resolv.conf(5)), which mostly is nothing; and the
 * kubelet hands the file to CoreDNS, whose Corefile forwards to the servers in it.
 */
export const resolvConf: Check = {
  name: 'ResolvConf',
  origin: 'kinit',
  reads: () => ({ files: [resolvConfFile] }),
  check: (context) => {
    const file = context.files.get(resolvConfFile);
    if (file === undefined || namesServer(file.content?.toString('utf8') ?? '')) return [];
    return [noServer(context, file.type === 'absent')];
  },
};

/** resolv.conf(5): the keyword begins its line, the address follows white space; `#` and `;` begin comments. */
function namesServer(text: string): boolean {
  return /^nameserver[ \t]+[^\s#;]/m.test(text);
}

/** NetworkManager writes the file anew from its connections, so that there the connection is what has to name one. */
function noServer({ facts }: PreflightContext, isAbsent: boolean): Problem {
  const message = isAbsent ? `${resolvConfFile} does not exist` : `${resolvConfFile} names no server`;
  const device = facts.routes.find(
    ({ destination }) => destination === '0.0.0.0/0' || destination === '::/0',
  )?.interface;
  const family = facts.defaultAddress.v4 === undefined && facts.defaultAddress.v6 !== undefined ? 'ipv6' : 'ipv4';
  const managed = facts.services.get('NetworkManager')?.active === true && device !== undefined;
  const mend = managed
    ? `nmcli connection modify "$(nmcli -g GENERAL.CONNECTION device show ${device})" +${family}.dns ADDRESS && nmcli device reapply ${device}`
    : `echo 'nameserver ADDRESS' >> ${resolvConfFile}`;
  return warning('ResolvConf', message, { mend });
}
