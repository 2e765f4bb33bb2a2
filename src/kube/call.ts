import type { HttpsAnswer, HttpsEndpoint } from '../https/endpoint.ts';
import { explainFailure } from '../https/failure.ts';
import { refuseWebPage } from '../https/json-answer.ts';
import { type Patience, withPatience } from '../https/retry.ts';
import { isPassing, retryAfterMs } from './status.ts';

export interface Sent {
  readonly body: string;
  readonly contentType: string;
  /** What follows the path of the object: `/status`, `?fieldManager=kinit`. */
  readonly suffix?: string;
}

/** One request of the API server; every final status is an answer. `retryOn` says which passing ones are tried again. */
export type Call = (
  verb: string,
  path: string,
  sent?: Sent,
  retryOn?: (status: number) => boolean,
) => Promise<HttpsAnswer>;

export interface CallSettings extends Patience {
  readonly endpoint: HttpsEndpoint;
  readonly server: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** One request, tried again while its failure may pass; a final status of any kind is an answer. */
export function caller({ endpoint, server, headers, retryForMs, signal }: CallSettings): Call {
  const ended = signal === undefined ? endpoint.closed : AbortSignal.any([signal, endpoint.closed]);
  /** An API server that has just begun forbids what it allows as soon as it has read its roles: then it is not ready either. */
  async function knowsRights(): Promise<boolean> {
    const { status } = await endpoint.exchange({
      method: 'GET',
      path: '/readyz',
      headers,
      ...(signal ? { signal } : {}),
    });
    return status !== 403 && !isPassing(status);
  }
  return async (verb, path, sent, retryOn = () => true) => {
    const exchange = {
      method: verb,
      path,
      headers: sent ? { ...headers, 'content-type': sent.contentType } : headers,
      ...(sent ? { body: sent.body } : {}),
      ...(signal ? { signal } : {}),
    };
    try {
      const answer = await withPatience({ retryForMs, signal: ended }, async () => {
        const answer = await endpoint.exchange(exchange);
        const passes = isPassing(answer.status) || (answer.status === 403 && !(await knowsRights()));
        return { value: answer, again: passes && retryOn(answer.status), afterMs: retryAfterMs(answer) };
      });
      refuseWebPage(answer, { server, what: `${verb} ${path}` });
      return answer;
    } catch (error) {
      throw explainFailure(error, server);
    }
  };
}
