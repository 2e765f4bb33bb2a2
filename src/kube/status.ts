import { defined } from '../defined.ts';
import { exitCodes } from '../errors.ts';
import type { HttpsAnswer } from '../https/endpoint.ts';
import { parseJson } from '../json.ts';
import { KubeError } from './error.ts';

interface Status {
  readonly message?: string;
  readonly reason?: string;
  readonly fields: readonly string[];
}

/** The error that an API server's answer (a `Status` object) stands for. `secret`: its text may repeat what was sent. */
export function kubeError(
  { status, body, headers = {} }: Pick<HttpsAnswer, 'status' | 'body'> & Partial<HttpsAnswer>,
  what: string,
  secret = false,
): KubeError {
  const { reason = reasons[status] ?? 'Unknown', message, fields } = statusOf(body);
  const elsewhere =
    headers.location === undefined ? '' : `it sends elsewhere (status ${status}), to ${excerpt(headers.location)}`;
  const told = secret && status === 422 ? fields.join(', ') : (message ?? (elsewhere || excerpt(body)));
  const hint = hints[status];
  return new KubeError(status, reason, `${what}: ${told || reason}`, {
    ...defined({ hint }),
    exitCode: exitCodes.phaseFailed,
  });
}

/** Whether an API server that says this may say otherwise in a moment: it starts, restarts or is overloaded. */
export function isPassing(status: number): boolean {
  return status === 429 || (status >= 500 && status <= 504 && status !== 501);
}

/** Milliseconds that the server asks to wait, where it does. */
export function retryAfterMs({ headers }: Pick<HttpsAnswer, 'headers'>): number | undefined {
  const seconds = Number(headers['retry-after']);
  return headers['retry-after'] !== undefined && Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : undefined;
}

function statusOf(body: string): Status {
  const { kind, message, reason, details } = mapOf(parsed(body));
  if (kind !== 'Status') return { fields: [] };
  const { causes } = mapOf(details);
  const fields = (Array.isArray(causes) ? causes.map(mapOf) : []).map((cause) =>
    [cause['field'], cause['reason']].filter((word) => typeof word === 'string').join(' '),
  );
  return {
    ...(typeof message === 'string' ? { message } : {}),
    ...(typeof reason === 'string' && reason !== '' ? { reason } : {}),
    fields,
  };
}

function parsed(body: string): unknown {
  try {
    return parseJson(body);
  } catch {
    return undefined;
  }
}

function mapOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function excerpt(body: string): string {
  return body.replace(/\s+/g, ' ').trim().slice(0, 200);
}

const reasons: Readonly<Record<number, string>> = {
  400: 'BadRequest',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  405: 'MethodNotAllowed',
  409: 'Conflict',
  410: 'Expired',
  422: 'Invalid',
  429: 'TooManyRequests',
  500: 'InternalError',
  503: 'ServiceUnavailable',
  504: 'Timeout',
};

const hints: Readonly<Record<number, string>> = {
  401: 'the API server does not know these credentials: they have expired, or belong to another cluster',
  403: 'use the kubeconfig of an administrator (--kubeconfig); where admin.conf itself has lost its rights, `kinit init phase upload-config all` on a control plane binds its group again',
};
