import type { X509Certificate } from 'node:crypto';
import { parseAddress } from '../config/network.ts';
import * as der from './der.ts';
import { oids } from './extensions.ts';

/** What a certificate says, as far as another one takes it over. */
export interface CertificateParts {
  /** The distinguished name, byte for byte. */
  readonly subject: der.Der;
  readonly organizations: readonly string[];
  readonly commonName: string;
  readonly dnsNames: readonly string[];
  readonly ipAddresses: readonly string[];
  readonly subjectKeyIdentifier: Buffer | undefined;
}

/** Takes a certificate apart that node:crypto has read before. */
export function partsOf(certificate: X509Certificate): CertificateParts {
  const [body] = der.members(der.decode(certificate.raw));
  const fields = der.members(body);
  const subject = fields.filter(({ tagClass }) => tagClass === 0)[4];
  if (subject === undefined) throw new TypeError('a certificate without a subject');
  const extensions = der.members(
    der.members(fields.find(({ tagClass, type }) => tagClass === context && type === 3))[0],
  );
  const names = der.members(extensionValue(extensions, oids.subjectAlternativeName));
  const identifier = extensionValue(extensions, oids.subjectKeyIdentifier);
  return {
    subject,
    organizations: attributes(subject, oids.organization),
    commonName: attributes(subject, oids.commonName).at(-1) ?? '',
    dnsNames: names.filter(({ type }) => type === 2).map((name) => der.content(name).toString('latin1')),
    ipAddresses: names.filter(({ type }) => type === 7).map((name) => addressOf(der.content(name))),
    subjectKeyIdentifier: identifier && der.content(identifier),
  };
}

const context = 0x80;

function extensionValue(extensions: readonly der.Der[], id: string): der.Der | undefined {
  const wanted = der.content(der.objectId(id));
  const found = extensions.map(der.members).find(([oid]) => oid !== undefined && der.content(oid).equals(wanted));
  const value = found?.at(-1);
  return value && der.decode(der.content(value));
}

function attributes(name: der.Der, id: string): readonly string[] {
  const wanted = der.content(der.objectId(id));
  return der
    .members(name)
    .flatMap(der.members)
    .map(der.members)
    .flatMap(([oid, value]) =>
      oid && value && der.content(oid).equals(wanted) ? [der.content(value).toString('utf8')] : [],
    );
}

function addressOf(bytes: Buffer): string {
  const groups = bytes.toString('hex').match(/.{4}/g) ?? [];
  const text = bytes.length === 4 ? bytes.join('.') : groups.join(':');
  return parseAddress(text)?.text ?? text;
}
