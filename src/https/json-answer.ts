import { parseJson } from '../json.ts';
import { printable } from '../printable.ts';
import { withoutKeys } from '../secret.ts';
import type { HttpsAnswer } from './endpoint.ts';
import { WrongAnswer } from './failure.ts';

/** What was asked of whom, for the words of an error. */
export interface Asked {
  readonly server: string;
  /** `get ConfigMap kube-public/cluster-info`, `GET /version`. */
  readonly what: string;
}

/**
 * The JSON object in an answer. Throws WrongAnswer that says what came instead; of JSON nothing is repeated, it may hold a
 * secret.
 */
export function jsonObject(
  answer: Pick<HttpsAnswer, 'body'> & Partial<HttpsAnswer>,
  asked: Asked,
): Readonly<Record<string, unknown>> {
  const parsed = parse(answer.body);
  if (isObject(parsed)) return parsed;
  throw wrongAnswer(asked, kindOf(answer, parsed));
}

/** An answer that is none to what was asked; `came` says what it is instead. */
export function wrongAnswer({ server, what }: Asked, came: string): WrongAnswer {
  return new WrongAnswer(`${server} does not answer as expected to "${what}": ${came}`, {
    hint: 'is this the server that was meant? Check host and port, and whether a proxy or a balancer answers in its place',
  });
}

/** Throws WrongAnswer where a web page came, whatever its status: an API server has none to show. */
export function refuseWebPage(answer: HttpsAnswer, asked: Asked): void {
  if (webPage.test(answer.body.trimStart()))
    throw wrongAnswer(asked, `${kindOf(answer, undefined)}, status ${answer.status}`);
}

const webPage = /^<(?:!doctype|html|\?xml|head|body)/i;

function kindOf(
  { body, status, headers = {} }: Pick<HttpsAnswer, 'body'> & Partial<HttpsAnswer>,
  parsed: unknown,
): string {
  const encoding = headers['content-encoding'];
  const location = headers.location;
  if (location !== undefined) return `it sends elsewhere (status ${status}), to ${shown(location)}`;
  if (body === '') return 'its answer is empty';
  if (encoding !== undefined && encoding !== 'identity')
    return `its answer is packed (${shown(encoding)}), which nobody asked for`;
  if (parsed !== undefined)
    return `its answer is JSON, but ${Array.isArray(parsed) ? 'a list' : typeof parsed}, not an object`;
  const start = body.trimStart();
  if (/^[{["]/.test(start)) return `its answer is JSON that is broken or cut off (${Buffer.byteLength(body)} bytes)`;
  if (webPage.test(start)) return `its answer is a web page${titleOf(start)}`;
  return `its answer is no JSON: ${shown(body)}`;
}

function titleOf(page: string): string {
  const [, title] = /<title>([^<]{1,200})<\/title>/i.exec(page) ?? [];
  return title === undefined ? '' : ` ("${shown(title)}")`;
}

function shown(text: string): string {
  return printable(withoutKeys(text.slice(0, 400)))
    .replaceAll(/\s+/g, ' ')
    .trim()
    .slice(0, 100);
}

function parse(body: string): unknown {
  try {
    return parseJson(body);
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
