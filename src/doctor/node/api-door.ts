import { parseAddress } from '../../config/network.ts';
import { kubeletConf } from '../../release/paths.ts';
import { trouble } from '../finding.ts';
import type { Patient } from '../patient.ts';
import type { Rule } from '../rule.ts';

/** Where the host's kubelet is led is not where the API server is. */
export const wrongApiAddress: Rule = {
  unless: ['AddressChanged'],
  check: (patient) => {
    const { door, beyond, facts } = patient;
    if (door === undefined || door.problem === undefined) return [];
    const name = hostOf(door.server);
    const mend = (server: string) =>
      `sed -i 's#server: .*#server: ${server}#' ${kubeletConf} && systemctl restart kubelet`;
    const right = beyond.servers?.[0];
    if (door.addresses.length === 0 && parseAddress(name) === undefined) {
      return [
        trouble('WrongApiAddress', `the name of the API server does not resolve here: ${name}`, {
          evidence: `${kubeletConf}: ${door.server}`,
          mend: `a line for ${name} in /etc/hosts, or in the DNS that the host asks`,
        }),
      ];
    }
    // Only where an API server is known to answer is it the address that is wrong, and not the server that is down.
    const own = isServing(patient) ? facts.addresses.map(({ address }) => address) : [];
    const known = [...own, ...(beyond.servers ?? []).flatMap(({ addresses }) => addresses)].map(canonical);
    if (known.length === 0 || door.addresses.some((address) => known.includes(canonical(address)))) return [];
    const server = `https://${right?.addresses[0] ?? facts.defaultAddress.v4 ?? 'ADDRESS'}${portOf(door.server)}`;
    return [
      trouble('WrongApiAddress', `no API server of the cluster is at ${door.server}, where the kubelet is led`, {
        evidence: `${kubeletConf}: ${door.server}: ${door.problem}; one answers on ${right?.host ?? 'this host'}`,
        mend: mend(server),
      }),
    ];
  },
};

/** It may be the server, the way to it, or the address: all that the host knows is that nobody answers. */
export const apiServerUnreachable: Rule = {
  symptom: true,
  check: ({ door }) => {
    if (door?.problem === undefined) return [];
    return [
      trouble('ApiServerUnreachable', `the API server is not reached from here: ${door.server}`, {
        evidence: `${door.server}: ${door.problem}`,
        mend: 'kinit doctor on the control planes; between them and this host: firewalls, routes, the load balancer',
      }),
    ];
  },
};

/** Who answers does not have the name or address in its certificate by which it is asked. */
export const nameNotInCertificate: Rule = {
  symptom: true,
  unless: ['ForeignCertificate'],
  check: ({ door }) => {
    if (door?.certificate === undefined) return [];
    const name = hostOf(door.server);
    const held = parseAddress(name) === undefined ? door.certificate.checkHost(name) : door.certificate.checkIP(name);
    if (held !== undefined) return [];
    return [
      trouble('CertificateNames', `the API server's certificate does not have ${name}, by which the kubelet asks it`, {
        evidence: `it has ${door.certificate.subjectAltName ?? 'no names'}`,
        mend: `apiServer.certSANs with ${name}, and on each control plane a new apiserver.crt (kinit doctor there says how)`,
      }),
    ];
  },
};

function isServing({ resident, facts }: Patient): boolean {
  const { endpoint } = resident;
  return endpoint !== undefined && facts.listening.some(({ port }) => port === endpoint.bindPort);
}

function hostOf(server: string): string {
  return URL.canParse(server) ? new URL(server).hostname.replace(/^\[|\]$/g, '') : server;
}

function portOf(server: string): string {
  const { port } = new URL(server);
  return port === '' ? '' : `:${port}`;
}

function canonical(address: string): string {
  return parseAddress(address)?.text ?? address;
}
