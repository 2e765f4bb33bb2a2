import { defined } from '../defined.ts';
import { exitCodes, KinitError } from '../errors.ts';
import { printable } from '../printable.ts';

/** No answer in time. */
export class TimeoutError extends Error {
  override readonly name = 'TimeoutError';
  readonly code = 'ETIMEDOUT';

  constructor(milliseconds: number) {
    super(`no answer within ${milliseconds / 1000} s`);
  }
}

/** The way to the server (a Host's `connect`) could not be laid. */
export class DialError extends Error {
  override readonly name = 'DialError';

  constructor(cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

/** Whoever asked has closed the connections: nothing is asked any more. */
export class ClosedError extends Error {
  override readonly name = 'ClosedError';

  constructor() {
    super('the connection was closed before the answer came');
  }
}

/** More than any server that is asked here has to say. */
export class TooLongError extends Error {
  override readonly name = 'TooLongError';
  readonly code = 'ETOOLONG';

  constructor(bytes: number) {
    super(`more than ${bytes / 1024 / 1024} MiB`);
  }
}

/** Something answers that is not what was asked for: asking again, or waiting, does not mend it. */
export class WrongAnswer extends KinitError {
  override readonly name = 'WrongAnswer';
}

/** Whether the same request may well succeed in a moment: a server that starts, restarts or is out of reach. */
export function isTransient(error: unknown): boolean {
  if (error instanceof DialError) {
    return !(error.cause instanceof KinitError) || error.cause.exitCode === exitCodes.phaseFailed;
  }
  return failures[codeOf(error)]?.transient === true;
}

/** The failure of a connection as a sentence with what to do; errors that are sentences already stay as they are. */
export function explainFailure(error: unknown, server: string): unknown {
  if (error instanceof DialError) {
    if (error.cause instanceof KinitError) return error.cause;
    return new KinitError(`${server} cannot be reached: ${error.message}`, { cause: error.cause, hint: unreachable });
  }
  if (error instanceof ClosedError) return new KinitError(`${server}: ${error.message}`, { cause: error });
  const known = failureOf(error);
  if (!known) return error;
  const context = {
    cause: error,
    ...defined({ hint: known.hint }),
    ...(known.trust === true ? { exitCode: exitCodes.trustRefused } : {}),
  };
  const message = `${server} ${known.says}`;
  return known.wrong === true ? new WrongAnswer(message, context) : new KinitError(message, context);
}

/** What an error of Node's or OpenSSL's means; undefined for one that is no failure of a connection. */
function failureOf(error: unknown): Failure | undefined {
  if (!(error instanceof Error) || error instanceof KinitError) return undefined;
  const code = codeOf(error);
  const known = failures[code];
  if (known || code === '' || ours.test(code)) return known;
  const [first = error] = (error as { errors?: readonly Error[] }).errors ?? [];
  const { message, reason } = first as Error & { readonly reason?: unknown };
  const words = oneLine(typeof reason === 'string' && reason !== '' ? reason : message);
  if (code.startsWith('HPE_')) return { ...noHttp, says: `does not answer as a web server does (${words})` };
  if (code.startsWith('ERR_OSSL_'))
    return { ...unusable, says: `cannot be asked with this CA, certificate or key (${words})` };
  if (code.startsWith('ERR_SSL_') || code === 'EPROTO') return handshakeFailure(message);
  if (certificateCodes.test(code)) return { ...foreign, says: `shows a certificate that cannot be trusted (${words})` };
  return { says: `cannot be asked: ${words}`, hint: unreachable };
}

/** OpenSSL's reason stands in the message alone where Node calls it EPROTO. */
function handshakeFailure(message: string): Failure {
  if (/wrong version number|packet length too long|http request|unknown protocol/i.test(message)) return noTls;
  if (/protocol version|unsupported protocol|no protocols available|key too small/i.test(message)) return oldTls;
  return tlsRefused;
}

/** A signal that was given, and calls of Node's that were made wrongly. */
const ours = /^ABORT_ERR$|^ERR_(?:INVALID|UNHANDLED|ASSERTION|METHOD|MISSING|OUT_OF|STREAM|HTTP|UNESCAPED)/;
/** OpenSSL's X509_V_ERR_... as Node names them. */
const certificateCodes =
  /^(?:CERT_|CRL_|UNABLE_TO_|ERROR_IN_|INVALID_|PATH_|HOSTNAME_|EE_KEY_|CA_|SUBJECT_|AKID_|KEYUSAGE_|PERMITTED_|EXCLUDED_|UNHANDLED_|UNSUPPORTED_|PROXY_)/;

function oneLine(text: string): string {
  return printable(text).replaceAll(/\s+/g, ' ').trim().slice(0, 200);
}

interface Failure {
  readonly says: string;
  readonly hint?: string;
  readonly transient?: boolean;
  /** Somebody else may be answering. */
  readonly trust?: boolean;
  /** It is no server of the kind that was asked for. */
  readonly wrong?: boolean;
}

const unreachable = 'check the address, the route and the firewall between here and there';
const otherCa = 'it is another cluster than the one that the credentials are for, or somebody in between';
const clock =
  'compare the clocks (`date -u` on both sides), or renew with `kinit certs renew all` on the control plane';

const tlsRefused: Failure = {
  says: 'broke off the TLS handshake',
  hint: 'either it does not speak TLS there, or it refuses the client certificate',
};

const foreign: Failure = {
  says: 'shows a certificate that the expected CA has not signed',
  hint: otherCa,
  trust: true,
};

const elsewhere = 'check host and port: does another service listen there, or a proxy in between?';

const noHttp = { hint: elsewhere, wrong: true } as const;

const unusable = {
  hint: 'look at the CA, the client certificate and the key in the kubeconfig that is used',
  wrong: true,
} as const;

const noTls: Failure = {
  says: 'does not speak TLS there: it answers in the clear',
  hint: elsewhere,
  wrong: true,
};

const oldTls: Failure = {
  says: 'speaks only kinds of TLS that are not safe any more (1.2 and later are)',
  hint: elsewhere,
  wrong: true,
};

const broken: Failure = { says: 'broke the connection', transient: true };

/** Node's and OpenSSL's codes. */
const failures: Readonly<Record<string, Failure>> = {
  ECONNREFUSED: { says: 'refuses connections', hint: 'nothing listens there: is it running?', transient: true },
  ECONNRESET: broken,
  EPIPE: broken,
  ECONNABORTED: broken,
  ERR_HTTP2_STREAM_CANCEL: broken,
  ERR_HTTP2_STREAM_ERROR: broken,
  ERR_HTTP2_SESSION_ERROR: broken,
  ERR_STREAM_PREMATURE_CLOSE: broken,
  ERR_HTTP2_ERROR: { ...noHttp, says: 'does not answer as a server of gRPC does' },
  ETIMEDOUT: { says: 'does not answer in time', hint: unreachable, transient: true },
  EHOSTUNREACH: { says: 'cannot be reached', hint: unreachable, transient: true },
  ENETUNREACH: { says: 'cannot be reached', hint: unreachable, transient: true },
  EAI_AGAIN: { says: 'cannot be looked up now', hint: 'check DNS', transient: true },
  ENOTFOUND: { says: 'is a name that does not exist', hint: 'check the name, /etc/hosts and DNS' },
  CERT_HAS_EXPIRED: { says: 'shows a certificate that has expired', hint: clock, trust: true },
  CERT_NOT_YET_VALID: { says: 'shows a certificate that is not valid yet', hint: clock, trust: true },
  ERR_TLS_CERT_ALTNAME_INVALID: {
    says: 'shows a certificate that is not made out for this name or address',
    hint: 'use one that the certificate holds, or add this one with `--apiserver-cert-extra-sans`',
    trust: true,
  },
  CERT_SIGNATURE_FAILURE: foreign,
  DEPTH_ZERO_SELF_SIGNED_CERT: foreign,
  SELF_SIGNED_CERT_IN_CHAIN: foreign,
  UNABLE_TO_GET_ISSUER_CERT: foreign,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: foreign,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: foreign,
  HPE_HEADER_OVERFLOW: { ...noHttp, says: 'answers with headers that are longer than any of an API server' },
  ETOOLONG: { says: 'answers with more than it can have to say', hint: elsewhere, wrong: true },
};

/** Of several addresses that all failed (AggregateError), the first one's. */
function codeOf(error: unknown): string {
  const { code, errors } = error as { code?: unknown; errors?: readonly unknown[] };
  if (typeof code === 'string') return code;
  return errors?.[0] === undefined ? '' : codeOf(errors[0]);
}
