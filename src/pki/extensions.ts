import { parseAddress } from '../config/network.ts';
import type { CertificateSpec } from './certificate-table.ts';
import * as der from './der.ts';

/** Object identifiers of RFC 5280, RFC 2985 and RFC 8017. */
export const oids = {
  organization: '2.5.4.10',
  commonName: '2.5.4.3',
  subjectKeyIdentifier: '2.5.29.14',
  keyUsage: '2.5.29.15',
  subjectAlternativeName: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  authorityKeyIdentifier: '2.5.29.35',
  extKeyUsage: '2.5.29.37',
  serverAuth: '1.3.6.1.5.5.7.3.1',
  clientAuth: '1.3.6.1.5.5.7.3.2',
  extensionRequest: '1.2.840.113549.1.9.14',
  sha256WithRsa: '1.2.840.113549.1.1.11',
} as const;

export interface Extension {
  readonly id: string;
  readonly critical?: boolean;
  readonly value: der.Der;
}

/** The extensions that are there, in their order. */
export function extensionList(extensions: readonly (Extension | undefined)[]): der.Der {
  return der.sequence(
    ...extensions.flatMap((extension) => {
      if (extension === undefined) return [];
      const { id, critical, value } = extension;
      const flag = critical ? [der.boolean(true)] : [];
      return [der.sequence(der.objectId(id), ...flag, der.octets(der.encode(value)))];
    }),
  );
}

/** The distinguished name as Go's pkix.Name orders it: all organisations in one set, then the common name. */
export function nameOf({ organizations, commonName }: CertificateSpec['subject']): der.Der {
  const attribute = (id: string, value: string) => der.sequence(der.objectId(id), der.text(value));
  const organization = organizations.map((value) => attribute(oids.organization, value));
  return der.sequence(
    ...(organization.length === 0 ? [] : [der.setOf(...organization)]),
    der.setOf(attribute(oids.commonName, commonName)),
  );
}

/** The names and addresses a certificate is for, or undefined where it is for none. */
export function subjectAlternativeName({ dnsNames, ipAddresses }: CertificateSpec): Extension | undefined {
  if (dnsNames.length === 0 && ipAddresses.length === 0) return undefined;
  return {
    id: oids.subjectAlternativeName,
    value: der.sequence(
      ...dnsNames.map((name) => der.taggedBytes(2, Buffer.from(name, 'ascii'))),
      ...ipAddresses.map((address) => der.taggedBytes(7, addressBytes(address))),
    ),
  };
}

function addressBytes(text: string): Buffer {
  const address = parseAddress(text);
  if (!address) throw new TypeError(`${text} is not an IP address`);
  const digits = address.family === 'IPv4' ? 8 : 32;
  return Buffer.from(address.number.toString(16).padStart(digits, '0'), 'hex');
}
