import { type HttpsAnswer, httpsEndpoint } from '../https/endpoint.ts';
import { explainFailure } from '../https/failure.ts';
import { getInTheClear } from '../https/in-the-clear.ts';
import { jsonObject, wrongAnswer } from '../https/json-answer.ts';
import { withPatience } from '../https/retry.ts';
import type { EtcdSettings } from './gateway.ts';

/** The version that an etcd tells of itself (`3.4.13`), or why it tells none. */
export type EtcdAnswer = { readonly endpoint: string } & ({ readonly version: string } | { readonly error: string });

/** An etcd without TLS has neither CA nor client; one without a CA of its own is trusted as Node's roots have it. */
export interface EtcdVersionSettings extends Partial<EtcdSettings> {
  /** Client URLs, `https://host:2379` or, without TLS, `http://host:2379`. */
  readonly servers: readonly string[];
  readonly dial: NonNullable<EtcdSettings['dial']>;
}

/** The version of every server (`/version`, as kubeadm asks for it), all at once. Never throws. */
export function etcdVersions({ servers, ...settings }: EtcdVersionSettings): Promise<readonly EtcdAnswer[]> {
  const { retryForMs = 3000, signal } = settings;
  return Promise.all(
    servers.map(async (endpoint): Promise<EtcdAnswer> => {
      try {
        const answer = await withPatience({ retryForMs, signal }, async () => ({
          value: await asked(endpoint, settings),
        }));
        return { endpoint, version: versionIn(answer, endpoint) };
      } catch (error) {
        const failure = explainFailure(error, endpoint);
        return { endpoint, error: failure instanceof Error ? failure.message : String(failure) };
      }
    }),
  );
}

/** Throws WrongAnswer for what is no answer of etcd's. */
function versionIn(answer: HttpsAnswer, server: string): string {
  const asked = { server, what: 'GET /version' };
  const { etcdserver } = jsonObject(answer, asked);
  if (typeof etcdserver === 'string') return etcdserver;
  throw wrongAnswer(asked, 'it tells no version of etcd');
}

const maxBytes = 1024 * 1024;

type Way = Omit<EtcdVersionSettings, 'servers'>;

async function asked(server: string, { timeoutMs = 5000, ...settings }: Way): Promise<HttpsAnswer> {
  if (server.startsWith('http:')) {
    return getInTheClear(`${server.replace(/\/$/, '')}/version`, { dial: settings.dial, timeoutMs, maxBytes });
  }
  const endpoint = httpsEndpoint({ ...settings, server, timeoutMs, maxBytes });
  try {
    const { signal } = settings;
    return await endpoint.exchange({ method: 'GET', path: '/version', ...(signal ? { signal } : {}) });
  } finally {
    endpoint.close();
  }
}
