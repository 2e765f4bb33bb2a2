import { parseAddress } from '../../config/network.ts';
import { adminConf, kubeletConf } from '../../release/paths.ts';
import { trouble } from '../finding.ts';
import type { Rule } from '../rule.ts';

/** Names and addresses by which this control plane's own kubeconfigs and manifest know its API server. */
export const certificateNames: Rule = {
  unless: ['AddressChanged', 'CertificateExpired', 'ForeignCertificate'],
  check: ({ credentials, resident }) => {
    const { certificates, kubeconfigs, directory } = credentials;
    const path = `${directory}/apiserver.crt`;
    const certificate = certificates.get(path)?.certificates?.[0];
    if (!resident.isControlPlane || certificate === undefined) return [];
    const servers = [kubeletConf, adminConf].flatMap((file) => kubeconfigs.get(file)?.server ?? []);
    const hosts = servers.flatMap((server) =>
      URL.canParse(server) ? [new URL(server).hostname.replace(/^\[|\]$/g, '')] : [],
    );
    const wanted = [...new Set([...hosts, ...(resident.endpoint ? [resident.endpoint.advertiseAddress] : [])])];
    const missing = wanted.filter(
      (name) =>
        (parseAddress(name) === undefined ? certificate.checkHost(name) : certificate.checkIP(name)) === undefined,
    );
    if (missing.length === 0) return [];
    const names = missing.join(',');
    return [
      trouble(
        'CertificateNames',
        `the API server's certificate does not have ${missing.join(' and ')}, by which it is asked`,
        {
          evidence: `${path} has ${certificate.subjectAltName ?? 'no names'}`,
          mend: `apiServer.certSANs with ${names} in FILE; mv ${directory}/apiserver.crt ${directory}/apiserver.key /root/ && kinit init phase certs apiserver --config FILE, and begin kube-apiserver anew`,
        },
      ),
    ];
  },
};
