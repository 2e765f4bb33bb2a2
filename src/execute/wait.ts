import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { KinitError } from '../errors.ts';
import type { Host } from '../host/host.ts';
import type { KubeObject } from '../kube/client.ts';
import { isReady, readyMessage } from '../kube/node.ts';
import { notYet } from '../kube/static-pod.ts';
import { stuckPods } from '../kube/stuck-pods.ts';
import type { AwaitedChange, WaitChange } from './change.ts';
import type { Condition, StaticPodCondition } from './condition.ts';
import { likelyCause } from './diagnose.ts';
import { hopeless } from './hopeless.ts';
import { throwIfInterrupted } from './interrupted.ts';
import { showAgain } from './shown-again.ts';
import type { Target } from './target.ts';

/**
 * Returns as soon as the condition holds; tells what it waits for, and of a node why it is not Ready. Throws KinitError at
 * its deadline, with the advice and what keeps it.
 */
export async function waitFor(wait: WaitChange, target: Target): Promise<void> {
  const { what } = wait.until;
  let why = '';
  const tell = (text: string) =>
    target.reporter.report({ type: 'waiting', host: target.host.name, what: text, deadline: wait.deadline });
  const becauseOf = (reason: string) => {
    if (reason !== '' && reason !== why) tell(`${what}: ${reason}`);
    why = reason;
  };
  tell(what);
  const expiry = AbortSignal.timeout(wait.deadline * 1000);
  const signal = AbortSignal.any([expiry, target.signal]);
  const over = new AbortController();
  const ended = AbortSignal.any([signal, over.signal]);
  const etcd = wait.needsEtcd ? showAgain(target.host, ended) : undefined;
  const vain = startsOnHost(wait.until) ? hopeless(target.host, ended).then((cause) => cause ?? never) : never;
  try {
    const cause = await Promise.race([until(wait.until, target, ended, becauseOf), vain]);
    if (cause !== undefined) throw inVain(wait.until, wait.advice, cause, target);
  } catch (error) {
    throwIfInterrupted(target.signal, target.host.name);
    if (!expiry.aborted) throw error;
    throw await expired({ ...wait, what, why }, target);
  } finally {
    over.abort();
    await etcd;
  }
}

const never: Promise<never> = new Promise(() => {});

/** Whether it comes by what the host itself starts: its kubelet, and the static pods. */
function startsOnHost({ on }: Condition): boolean {
  return on !== 'object';
}

function inVain({ what }: Condition, advice: string, cause: string, { host }: Target): KinitError {
  return new KinitError(`gave up waiting for ${what}, since it ends each time that it is started\n${cause}`, {
    host: host.name,
    hint: advice,
  });
}

/** That something did not come in time: with the advice and why, which the host itself is asked where nothing is known. */
export async function expired(
  { what, deadline, advice, why = '' }: Pick<AwaitedChange, 'what' | 'deadline' | 'advice'> & { readonly why?: string },
  { host, why: ask }: Pick<Target, 'host' | 'why'>,
): Promise<KinitError> {
  const cause = likelyCause(why);
  const known = cause === undefined ? '' : `${why}\nlikely cause: ${cause}`;
  const words = known || (await ask(host).catch(() => ''));
  const message = `timed out after ${deadline}s waiting for ${what}${words && `\n${words}`}`;
  return new KinitError(message, { host: host.name, hint: advice });
}

async function until(
  condition: Condition,
  target: Target,
  signal: AbortSignal,
  becauseOf: (reason: string) => void,
): Promise<void> {
  switch (condition.on) {
    case 'http':
      return poll(signal, () => answers(target.host, condition.url, signal));
    case 'api':
      return poll(signal, async () => (await (await target.kube()).raw(condition.path)).status === 200);
    case 'object': {
      let due = Date.now() + betweenReasons;
      return poll(
        signal,
        async () => {
          const kube = await target.kube();
          const object = await kube.get(condition.ref);
          if (object !== undefined && condition.ready === 'complete') return hasCompleted(object);
          if (object === undefined || condition.ready !== 'node-ready') return object !== undefined;
          const ready = isReady(object);
          if (!ready && Date.now() >= due) {
            due = Date.now() + betweenReasons;
            const [stuck] = await stuckPods(kube, condition.ref.name);
            becauseOf(stuck ?? readyMessage(object));
          }
          return ready;
        },
        betweenQuestions.cluster,
      );
    }
    case 'static-pod':
      return untilRun(condition, target, signal, becauseOf);
  }
}

/** Until its mirror shows it, or an API server says itself that it is the one: whichever comes first. */
async function untilRun(
  { serves, ...condition }: StaticPodCondition,
  target: Target,
  signal: AbortSignal,
  becauseOf: (reason: string) => void,
): Promise<void> {
  const known = new AbortController();
  const ended = AbortSignal.any([signal, known.signal]);
  const ways = [
    poll(ended, async () => {
      const ref = { apiVersion: 'v1', kind: 'Pod', namespace: 'kube-system', name: condition.pod };
      const why = notYet(await (await target.kube()).get(ref), condition);
      if (why !== undefined && !ended.aborted) becauseOf(why);
      return why === undefined;
    }),
    ...(serves === undefined ? [] : [poll(ended, () => isServing(serves, target.host, ended))]),
  ];
  for (const way of ways) way.catch(() => {});
  try {
    await Promise.race(ways);
  } finally {
    known.abort();
  }
}

/** Whether it is of a version, and ready. Who may not ask without a certificate learns nothing. */
async function isServing(
  { url, version }: NonNullable<StaticPodCondition['serves']>,
  host: Host,
  signal: AbortSignal,
): Promise<boolean> {
  const { status, body } = await ask(host, `${url}/version`, signal);
  if (status !== 200 || (JSON.parse(body) as { readonly gitVersion?: string }).gitVersion !== version) return false;
  return answers(host, `${url}/readyz`, signal);
}

/** Whether a Job has come to its end. */
function hasCompleted(job: KubeObject): boolean {
  const { conditions = [] } = (job['status'] ?? {}) as {
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
  };
  return conditions.some(({ type, status }) => type === 'Complete' && status === 'True');
}

/** Milliseconds until a node that is not Ready is asked why, and again. */
const betweenReasons = 3000;

/** Milliseconds between two questions to one host, and to the cluster, which a hundred joining hosts ask at once. */
const betweenQuestions = { host: 100, cluster: 300 } as const;

/** Asks again and again, quickly at first, until the answer is yes; a question that fails counts as no. */
async function poll(
  signal: AbortSignal,
  question: () => Promise<boolean>,
  longest: number = betweenQuestions.host,
): Promise<void> {
  for (let pause = 40; ; pause = Math.min(pause * 1.3, longest)) {
    signal.throwIfAborted();
    if (await question().catch(() => false)) return;
    await sleep(pause, undefined, { signal });
  }
}

/** Whether a health endpoint as seen from the host says 200. */
async function answers(host: Host, url: string, signal: AbortSignal): Promise<boolean> {
  return (await ask(host, url, signal)).status === 200;
}

/** Characters; a version or a list of checks is far shorter. */
const longestAnswer = 65_536;

interface Answer {
  readonly status: number | undefined;
  readonly body: string;
}

/** What an endpoint as seen from the host says; its certificate is not looked at (kubeadm: plain probes). */
async function ask(host: Host, url: string, signal: AbortSignal): Promise<Answer> {
  const { protocol, hostname, port, pathname, search } = new URL(url);
  const address = hostname.replace(/^\[|\]$/g, '');
  const stream = await host.connect({ host: address, port: Number(port) });
  try {
    return await new Promise<Answer>((resolve, reject) => {
      const send = protocol === 'https:' ? httpsRequest : httpRequest;
      const options = { host: address, port, path: `${pathname}${search}`, signal, timeout: 5000 };
      const outgoing = send(
        { ...options, ...over(stream, protocol), headers: { host: `${hostname}:${port}`, connection: 'close' } },
        (answer) => {
          let body = '';
          answer.setEncoding('utf8').on('data', (piece: string) => {
            body += piece;
            if (body.length > longestAnswer) outgoing.destroy(new Error('its answer is too long'));
          });
          answer.once('end', () => resolve({ status: answer.statusCode, body })).once('error', reject);
        },
      );
      outgoing.once('timeout', () => outgoing.destroy(new Error('no answer within 5 s')));
      outgoing.once('error', reject);
      outgoing.end();
    });
  } finally {
    stream.destroy();
  }
}

function over(stream: Duplex, protocol: string) {
  return protocol === 'https:'
    ? ({ socket: stream, rejectUnauthorized: false, agent: false } as const)
    : // Without an agent: one of its own would dial past the host.
      ({ createConnection: () => stream } as const);
}
