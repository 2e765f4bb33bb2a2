import type { X509Certificate } from 'node:crypto';
import { leadsTo, outOfDate } from '../../pki/certificate-file.ts';
import { kubeletConf } from '../../release/paths.ts';
import { type Finding, trouble } from '../finding.ts';
import { nodeCertificate, type Patient } from '../patient.ts';
import type { Rule } from '../rule.ts';

/** Certificates that do not hold at the time that the host itself has. */
export const certificateExpired: Rule = {
  unless: ['ClockSkew'],
  check: (patient) => {
    const now = patient.facts.clock * 1000;
    const ended = certificatesOf(patient).flatMap(({ path, chain }) => {
      const why = chain[0] && outOfDate(chain[0], now);
      return why === undefined ? [] : [{ path, why }];
    });
    const [first] = ended;
    if (first === undefined) return [];
    const isEarly = ended.every(({ why }) => why.startsWith('is not valid before'));
    const evidence = firstFew(ended.map(({ path, why }) => `${path} ${why}`));
    const mend = isEarly
      ? 'look at the clock of the host: date; chronyc makestep'
      : 'kinit certs recover --config FILE; of a control plane alone: kinit certs renew all';
    const message = `${ended.length === 1 ? 'a certificate does' : `${ended.length} certificates do`} not hold now`;
    return [trouble('CertificateExpired', message, { evidence, mend })];
  },
};

/** Milliseconds. */
const soon = 14 * 86_400_000;

/** Those that the cluster's users renew; a kubelet rotates its own. */
export const certificateEndsSoon: Rule = {
  unless: ['CertificateExpired'],
  check: (patient) => {
    const now = patient.facts.clock * 1000;
    const ending = certificatesOf(patient).filter(({ path, chain }) => {
      const left = Date.parse(chain[0]?.validTo ?? '') - now;
      return left > 0 && left < soon && !path.includes('/kubelet-');
    });
    if (ending.length === 0) return [];
    const evidence = firstFew(ending.map(({ path, chain }) => `${path} ends on ${chain[0]?.validTo}`));
    const mend = 'kinit certs renew --config FILE';
    const message = `${ending.length === 1 ? 'a certificate ends' : `${ending.length} certificates end`} within two weeks`;
    return [{ name: 'CertificateEndsSoon', severity: 'warning', message, evidence, mend }];
  },
};

/** Files that belong to another cluster than the rest of the host, or than the API server that it is led to. */
export const foreignCertificate: Rule = {
  check: (patient) => {
    const { credentials, door, resident } = patient;
    const { certificates, kubeconfigs, directory } = credentials;
    const root = (path: string) => certificates.get(path)?.certificates?.[0];
    const ca = kubeconfigs.get(kubeletConf)?.ca;
    const own = resident.isControlPlane ? root(`${directory}/ca.crt`) : undefined;
    const strangers: Finding[] = [];
    const tell = (what: string, evidence: string, mend: string) =>
      strangers.push(trouble('ForeignCertificate', what, { evidence, mend }));
    const anew = 'kinit reset on this host, then let it join again: kinit up --config FILE';
    const client = nodeCertificate(credentials);
    if (client && ca && !leadsTo([client], ca)) {
      tell(
        'the kubelet’s certificate is of another CA than the cluster’s',
        `${issuer(client)}; ${kubeletConf} trusts ${subject(ca)} ${mark(ca)}`,
        anew,
      );
    }
    if (own && ca && own.fingerprint256 !== ca.fingerprint256) {
      tell(
        `${kubeletConf} trusts another CA than ${directory}/ca.crt`,
        `${mark(ca)} and ${mark(own)}`,
        'kinit init phase kubeconfig kubelet, when the file of the other CA is away',
      );
    }
    for (const { leaf, signer } of signed) {
      const chain = certificates.get(`${directory}/${leaf}`)?.certificates;
      const authority = root(`${directory}/${signer}`);
      if (chain === undefined || authority === undefined || leadsTo(chain, authority)) continue;
      tell(
        `${directory}/${leaf} is not signed by ${directory}/${signer}`,
        `${issuer(chain[0])}; the CA is ${mark(authority)}`,
        `put the CA back that signed it, or kinit certs renew ${leaf.replace(/\.crt$/, '').replace('/', '-')}`,
      );
    }
    if (strangers.length === 0 && ca && door?.certificate && !leadsTo([door.certificate], ca)) {
      tell(
        `who answers at ${door.server} is not of the cluster that this host belongs to`,
        `its certificate: ${issuer(door.certificate)}; ${kubeletConf} trusts ${mark(ca)}`,
        `look at the server in ${kubeletConf}; where the cluster was made anew: ${anew}`,
      );
    }
    return strangers.slice(0, 1);
  },
};

/** kubeadm's certificates and their signers, below the directory of both. */
const signed = [
  { leaf: 'apiserver.crt', signer: 'ca.crt' },
  { leaf: 'apiserver-kubelet-client.crt', signer: 'ca.crt' },
  { leaf: 'front-proxy-client.crt', signer: 'front-proxy-ca.crt' },
  { leaf: 'apiserver-etcd-client.crt', signer: 'etcd/ca.crt' },
  { leaf: 'etcd/server.crt', signer: 'etcd/ca.crt' },
  { leaf: 'etcd/peer.crt', signer: 'etcd/ca.crt' },
  { leaf: 'etcd/healthcheck-client.crt', signer: 'etcd/ca.crt' },
] as const;

function certificatesOf({
  credentials,
}: Patient): readonly { readonly path: string; readonly chain: readonly X509Certificate[] }[] {
  const { certificates, kubeconfigs } = credentials;
  return [
    ...[...certificates].map(([path, { certificates: chain = [] }]) => ({ path, chain })),
    ...[...kubeconfigs].flatMap(([path, { client }]) => (client === undefined ? [] : [{ path, chain: [client] }])),
  ];
}

function firstFew(words: readonly string[]): string {
  return words.length > 3 ? `${words.slice(0, 3).join(', ')} and ${words.length - 3} more` : words.join(', ');
}

function issuer(certificate: X509Certificate): string {
  return `issued by ${certificate.issuer.replaceAll('\n', ' ')}`;
}

function subject(certificate: X509Certificate): string {
  return certificate.subject.replaceAll('\n', ' ');
}

/** The begin of its fingerprint: two CAs of two clusters have the same name. */
function mark(certificate: X509Certificate): string {
  return `SHA-256 ${certificate.fingerprint256.slice(0, 23)}...`;
}
