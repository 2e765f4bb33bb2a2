import { parseAddress, splitHostPort } from './network.ts';

const label = '[a-z0-9](?:[-a-z0-9]{0,253}[a-z0-9])?';
const subdomain = new RegExp(`^${label}(?:\\.${label})*$`);
const hostLabel = '[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?';
const pathPart = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*';
const repository = new RegExp(
  `^(?:(?:${hostLabel}(?:\\.${hostLabel})*|\\[[0-9a-fA-F:]+\\])(?::[0-9]{1,5})?/)?${pathPart}(?:/${pathPart})*$`,
);

/** RFC 1123 subdomain, as Kubernetes takes node names and DNS domains. */
export function isSubdomain(text: string): boolean {
  return text.length <= 253 && subdomain.test(text);
}

/**
 * A subdomain that names a host: its last label is no number, or it would be an address (`192.168.77.300`, RFC 1123 2.1;
 * Go and every resolver take it for one and fail).
 */
export function isHostName(text: string): boolean {
  return isSubdomain(text) && !/(?:^|\.)\d+$/.test(text);
}

/**
 * What may stand among a certificate's names: a subdomain, `*.` before one, an IP address; as with kubeadm `1.2.3` too, but
 * nothing in the form of an IPv4 address that is none.
 */
export function isAlternativeName(text: string): boolean {
  if (parseAddress(text) !== undefined) return true;
  return isSubdomain(text.replace(/^\*\./, '')) && !/^\d+(?:\.\d+){3}$/.test(text);
}

/** `text/name` is an image reference's name (github.com/distribution/reference). */
export function isImageRepository(text: string): boolean {
  const [, dotted] = /^(\d+(?:\.\d+)+)(?::\d+)?(?:\/|$)/.exec(text) ?? [];
  return (
    text.length <= 255 &&
    repository.test(`${text}/name`) &&
    (dotted === undefined || parseAddress(dotted) !== undefined)
  );
}

/** The tag of an image reference (github.com/distribution/reference). */
export function isImageTag(text: string): boolean {
  return /^\w[\w.-]{0,127}$/.test(text);
}

/** Bootstrap token: `[a-z0-9]{6}.[a-z0-9]{16}`. */
export function isToken(text: string): boolean {
  return /^[a-z0-9]{6}\.[a-z0-9]{16}$/.test(text);
}

/** An AES-256 key, 32 bytes in hexadecimal. */
export function isCertificateKey(text: string): boolean {
  return /^[0-9a-fA-F]{64}$/.test(text);
}

/** A TCP port that can be listened on: 1 to 65535. */
export function isPort(port: number): boolean {
  return Number.isInteger(port) && port >= 1 && port <= 65535;
}

/** `host` or `host:port`, host being an IP address or the name of a host; brackets stand before a port only (kubeadm's ParseHostPort). */
export function isHostPort(text: string, portRequired = false): boolean {
  const parts = splitHostPort(text);
  if (!parts || ((portRequired || text.startsWith('[')) && parts.port === undefined)) return false;
  return (
    (parts.port === undefined || isPort(parts.port)) &&
    (parseAddress(parts.host) !== undefined || isHostName(parts.host))
  );
}

/** A path from the root that the system takes. */
export function isAbsolutePath(text: string): boolean {
  return text.startsWith('/') && !text.includes('\0');
}

/** The scheme of a URL, or undefined where `text` is none. */
export function schemeOf(text: string): string | undefined {
  return URL.canParse(text) ? new URL(text).protocol.slice(0, -1) : undefined;
}

/** RFC 3339, as metav1.Time. */
export function isTime(text: string): boolean {
  return (
    /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2})$/.test(text) && !Number.isNaN(Date.parse(text))
  );
}
