import type forge from 'node-forge';
// The whole of node-forge takes longer to load than anything else that an init needs.
import asn1 from 'node-forge/lib/asn1.js';

/** @types/node-forge does not know the options. */
const fromDer = asn1.fromDer as unknown as (
  bytes: string,
  options: { readonly strict: boolean; readonly parseAllBytes: boolean; readonly decodeBitStrings: boolean },
) => Der;

/** A node of a DER tree. */
export type Der = forge.asn1.Asn1;

/** A SEQUENCE of its parts, in their order. */
export const sequence = (...parts: readonly Der[]): Der => constructed(asn1.Type.SEQUENCE, parts);
/** A SET OF: DER wants its members sorted by their encoding. */
export const setOf = (...parts: readonly Der[]): Der =>
  constructed(
    asn1.Type.SET,
    [...parts].sort((a, b) => Buffer.compare(encode(a), encode(b))),
  );
/** An OBJECT IDENTIFIER, as `2.5.4.3`. */
export const objectId = (dotted: string): Der => primitive(asn1.Type.OID, asn1.oidToDer(dotted).getBytes());
/** A non-negative integer, big-endian. */
export const integer = (bytes: Uint8Array): Der => primitive(asn1.Type.INTEGER, binary(unsigned(bytes)));
/** A BOOLEAN; DER knows one true, of all ones. */
export const boolean = (value: boolean): Der => primitive(asn1.Type.BOOLEAN, value ? '\xff' : '\0');
/** A NULL. */
export const nothing = (): Der => primitive(asn1.Type.NULL, '');
/** An OCTET STRING. */
export const octets = (content: Uint8Array): Der => primitive(asn1.Type.OCTETSTRING, binary(content));
/** A bit string; `unused` bits of its last byte do not count. */
export const bits = (content: Uint8Array, unused = 0): Der =>
  primitive(asn1.Type.BITSTRING, String.fromCharCode(unused) + binary(content));
/** A context-specific tag around its parts: `[0] EXPLICIT`. */
export const tagged = (tag: number, ...parts: readonly Der[]): Der =>
  asn1.create(asn1.Class.CONTEXT_SPECIFIC, tag, true, [...parts]);
/** A context-specific tag in the place of a primitive's own: `[2] IMPLICIT`. */
export const taggedBytes = (tag: number, content: Uint8Array): Der =>
  asn1.create(asn1.Class.CONTEXT_SPECIFIC, tag, false, binary(content));

/** A string of a name: PrintableString where its letters allow, else UTF8String (as Go's encoding/asn1). */
export function text(value: string): Der {
  const printable = /^[A-Za-z0-9 '()+,\-./:=?]*$/.test(value);
  return primitive(printable ? asn1.Type.PRINTABLESTRING : asn1.Type.UTF8, binary(Buffer.from(value, 'utf8')));
}

/** UTCTime before 2050, GeneralizedTime from then on (RFC 5280, section 4.1.2.5); milliseconds since the epoch. */
export function time(milliseconds: number): Der {
  const digits = new Date(milliseconds).toISOString().replace(/[-:T]|\.\d+/g, '');
  return digits < '2050' ? primitive(asn1.Type.UTCTIME, digits.slice(2)) : primitive(asn1.Type.GENERALIZEDTIME, digits);
}

/** The bytes of a tree. */
export function encode(node: Der): Buffer {
  return Buffer.from(asn1.toDer(node).getBytes(), 'binary');
}

/** The tree of bytes that OpenSSL has read before (node:crypto made them, or parsed them as a certificate). */
export function decode(bytes: Uint8Array): Der {
  return fromDer(binary(bytes), { strict: true, parseAllBytes: true, decodeBitStrings: false });
}

/** The members of a constructed node, none of a primitive one. */
export function members(node: Der | undefined): readonly Der[] {
  return node !== undefined && Array.isArray(node.value) ? node.value : [];
}

/** The content of a primitive node. */
export function content(node: Der): Buffer {
  return typeof node.value === 'string' ? Buffer.from(node.value, 'binary') : Buffer.alloc(0);
}

/** The content of a bit string whose bits all count. */
export function bitStringContent(node: Der): Buffer {
  return content(node).subarray(1);
}

function constructed(type: forge.asn1.Type, parts: readonly Der[]): Der {
  return asn1.create(asn1.Class.UNIVERSAL, type, true, [...parts]);
}

function primitive(type: forge.asn1.Type, value: string): Der {
  return asn1.create(asn1.Class.UNIVERSAL, type, false, value);
}

function binary(content: Uint8Array): string {
  return Buffer.from(content).toString('binary');
}

function unsigned(bytes: Uint8Array): Uint8Array {
  const first = bytes.findIndex((byte) => byte !== 0);
  const digits = first < 0 ? Uint8Array.of(0) : bytes.subarray(first);
  return (digits[0] ?? 0) < 0x80 ? digits : Buffer.concat([Buffer.of(0), digits]);
}
