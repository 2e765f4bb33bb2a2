import { exitCodes } from '../errors.ts';
import type { Answer } from '../https/endpoint.ts';
import { KubeError } from './error.ts';

interface Status {
  readonly message?: string;
  readonly reason?: string;
  readonly code?: number;
  readonly details?: { readonly causes?: readonly { readonly field?: string; readonly reason?: string }[] };
}

/** The error that an API server's answer (a `Status` object) stands for. `secret`: its text may repeat what was sent. */
export function kubeError({ status, body }: Pick<Answer, 'status' | 'body'>, what: string, secret = false): KubeError {
  const { reason = reasons[status] ?? 'Unknown', message, details } = statusOf(body);
  const fields = (details?.causes ?? []).map(({ field, reason }) => `${field ?? ''} ${reason ?? ''}`.trim());
  const told = secret && status === 422 ? fields.join(', ') : (message ?? excerpt(body));
  const hint = hints[status];
  return new KubeError(status, reason, `${what}: ${told || reason}`, {
    ...(hint === undefined ? {} : { hint }),
    exitCode: exitCodes.phaseFailed,
  });
}

/** Whether an API server that says this may say otherwise in a moment: it starts, restarts or is overloaded. */
export function isPassing(status: number): boolean {
  return status === 429 || (status >= 500 && status <= 504 && status !== 501);
}

/** Milliseconds that the server asks to wait, where it does. */
export function retryAfterMs({ headers }: Pick<Answer, 'headers'>): number | undefined {
  const seconds = Number(headers['retry-after']);
  return headers['retry-after'] !== undefined && Number.isFinite(seconds) ? seconds * 1000 : undefined;
}

function statusOf(body: string): Status {
  try {
    const parsed: unknown = JSON.parse(body);
    return typeof parsed === 'object' && parsed !== null && (parsed as { kind?: unknown }).kind === 'Status'
      ? (parsed as Status)
      : {};
  } catch {
    return {};
  }
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
