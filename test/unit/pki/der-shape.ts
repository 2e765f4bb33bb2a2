import forge from 'node-forge';

/**
 * The DER of a certificate as lines, without what differs from one to the next: numbers, times, keys, identifiers that
 * are derived from keys, signatures.
 */
export function derShape(pem: string): string {
  const bytes = Buffer.from(pem.replace(/-----[^-]+-----|\s/g, ''), 'base64').toString('binary');
  const fromDer = forge.asn1.fromDer as unknown as (bytes: string, options: object) => forge.asn1.Asn1;
  return lines(fromDer(bytes, { decodeBitStrings: false }), '').join('\n');
}

const keyIdentifiers = ['2.5.29.14', '2.5.29.35'];

function lines(node: forge.asn1.Asn1, indent: string, previous?: forge.asn1.Asn1): string[] {
  const tag = `${indent}${node.tagClass.toString(16)}.${node.type}`;
  if (Array.isArray(node.value)) {
    const members = node.value;
    return [tag, ...members.flatMap((member, i) => lines(member, `${indent}  `, members[i - 1]))];
  }
  return [`${tag} ${masked(node, node.value, previous)}`];
}

function masked({ type }: forge.asn1.Asn1, value: string, previous: forge.asn1.Asn1 | undefined): string {
  const { Type } = forge.asn1;
  if (type === Type.UTCTIME || type === Type.BITSTRING) return '*';
  if (type === Type.INTEGER && value.length > 4) return '*';
  if (type === Type.OID) return forge.asn1.derToOid(value);
  const identifies = typeof previous?.value === 'string' && previous.type === Type.OID;
  if (identifies && keyIdentifiers.includes(forge.asn1.derToOid(previous.value as string))) return '*';
  return Buffer.from(value, 'binary').toString('hex');
}
