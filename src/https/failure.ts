import { exitCodes, KinitError } from '../errors.ts';

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
  const code = codeOf(error);
  const known = failures[code] ?? (code.startsWith('ERR_SSL_') ? tlsRefused : undefined);
  if (!known) return error;
  return new KinitError(`${server} ${known.says}`, {
    cause: error,
    ...(known.hint === undefined ? {} : { hint: known.hint }),
    ...(known.trust === true ? { exitCode: exitCodes.trustRefused } : {}),
  });
}

interface Failure {
  readonly says: string;
  readonly hint?: string;
  readonly transient?: boolean;
  /** Somebody else may be answering. */
  readonly trust?: boolean;
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

const broken: Failure = { says: 'broke the connection', transient: true };

/** Node's and OpenSSL's codes. */
const failures: Readonly<Record<string, Failure>> = {
  ECONNREFUSED: { says: 'refuses connections', hint: 'nothing listens there: is it running?', transient: true },
  ECONNRESET: broken,
  EPIPE: broken,
  ECONNABORTED: broken,
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
};

/** Of several addresses that all failed (AggregateError), the first one's. */
function codeOf(error: unknown): string {
  const { code, errors } = error as { code?: unknown; errors?: readonly unknown[] };
  if (typeof code === 'string') return code;
  return errors?.[0] === undefined ? '' : codeOf(errors[0]);
}
