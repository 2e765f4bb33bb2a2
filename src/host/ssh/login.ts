import { stat } from 'node:fs/promises';
import type { AnyAuthMethod, ParsedKey } from 'ssh2';
import { KinitError } from '../../errors.ts';
import type { Secret } from '../../secret.ts';
import { ownUser } from '../own-user.ts';
import { agentAt, agentOf } from './agent.ts';
import type { SshEndpoint } from './endpoint.ts';
import { readIfThere } from './files.ts';

/** What people were asked in this run, so that every question comes once: keyed by key file or user. */
export interface Answers {
  readonly ask: ((question: string) => Promise<Secret | undefined>) | undefined;
  readonly given: Map<string, Promise<Secret | undefined>>;
}

/** How to log in, in the order in which it is tried, and what it would take to try more. */
export interface Login {
  readonly methods: readonly { readonly label: string | undefined; readonly auth: AnyAuthMethod }[];
  /** Key files that want a passphrase. */
  readonly locked: readonly string[];
  readonly passwordMissing: boolean;
  /** Key files that ssh would not use either. */
  readonly notTried: readonly { readonly key: string; readonly why: string; readonly hint: string }[];
  /** Certificates that are at hand, which the library cannot show to a server. */
  readonly certificates: readonly string[];
}

/** Keys first, then the agent, then a password. Throws KinitError where a key file that was named cannot be used. */
export async function loginOf(endpoint: SshEndpoint, answers: Answers): Promise<Login> {
  const { user: username, account, identityFiles } = endpoint;
  const methods: { label: string | undefined; auth: AnyAuthMethod }[] = [];
  const locked: string[] = [];
  const notTried: { key: string; why: string; hint: string }[] = [];
  const certificates: string[] = [];
  const agent = await agentAt(endpoint.agent);
  const named: Buffer[] = [];
  for (const path of identityFiles) {
    const passphrase = await answers.given.get(path);
    const key = await readKey(path, passphrase);
    const inAgent = key.kind === 'public' && agent?.keys.some((one) => one.equals(key.data));
    named.push(...(await publicKeys(path, key)));
    certificates.push(...(await present([`${path}-cert.pub`])));
    if (key.kind === 'private')
      methods.push({ label: `key ${path}`, auth: { type: 'publickey', username, key: key.key } });
    else if (key.kind === 'locked') locked.push(path);
    else if (key.kind === 'open to others') {
      const hint = `chmod 600 ${path}`;
      if (endpoint.identitiesRequired) throw exposed(path, key.why, hint, endpoint);
      notTried.push({ key: path, why: key.why, hint });
    } else if (!inAgent && (endpoint.identitiesRequired || passphrase)) {
      const reason = key.kind === 'public' ? new Error('it is a public key') : key.reason;
      throw unusableKey(path, reason, passphrase, endpoint);
    }
  }
  certificates.push(...(await present(endpoint.certificateFiles)), ...(agent?.certificates ?? []));
  const agentKeys = endpoint.identitiesOnly
    ? agent?.keys.filter((key) => named.some((one) => one.equals(key)))
    : agent?.keys;
  if (agent !== undefined && agentKeys !== undefined && agentKeys.length > 0) {
    methods.push({ label: 'agent', auth: { type: 'agent', username, agent: await agentOf(agent.path, agentKeys) } });
  }
  const password = endpoint.password ?? (await answers.given.get(passwordOf(account)));
  if (password !== undefined) {
    const text = password.reveal();
    methods.push({ label: 'password', auth: { type: 'password', username, password: text } });
    const prompt = passwordPrompt(text);
    methods.push({
      label: 'password (keyboard-interactive)',
      auth: { type: 'keyboard-interactive', username, prompt },
    });
  }
  // Without anything to try, ask at least what the server would take.
  if (methods.length === 0) methods.push({ label: undefined, auth: { type: 'none', username } });
  return {
    methods,
    locked,
    notTried,
    certificates: [...new Set(certificates)],
    passwordMissing: password === undefined,
  };
}

type KeyFile =
  | { readonly kind: 'private'; readonly key: ParsedKey }
  /** It wants a passphrase and none is known. */
  | { readonly kind: 'locked' }
  | { readonly kind: 'public'; readonly data: Buffer }
  /** Others than its owner may read the private key. */
  | { readonly kind: 'open to others'; readonly why: string }
  | { readonly kind: 'none'; readonly reason: Error };

async function readKey(path: string, passphrase: Secret | undefined): Promise<KeyFile> {
  const text = await readIfThere(path).catch((error: KinitError) => {
    if (/^E[MN]FILE$/.test((error.cause as NodeJS.ErrnoException | undefined)?.code ?? '')) throw error;
    return error;
  });
  if (text === undefined) return { kind: 'none', reason: new Error('it cannot be read: there is no such file') };
  if (text instanceof Error) return { kind: 'none', reason: new Error(text.message.replace(`${path} `, 'it ')) };
  const { default: ssh2 } = await import('ssh2');
  const key = ssh2.utils.parseKey(text, passphrase?.reveal());
  if (!(key instanceof Error) && !key.isPrivateKey()) return { kind: 'public', data: key.getPublicSSH() };
  const isLocked = key instanceof Error && !passphrase && /encrypted/i.test(key.message);
  if (key instanceof Error && !isLocked) return { kind: 'none', reason: key };
  const why = await exposure(path);
  if (why !== undefined) return { kind: 'open to others', why };
  return key instanceof Error ? { kind: 'locked' } : { kind: 'private', key };
}

/** As ssh has it: one's own key file must not be readable or writable by anybody else. */
async function exposure(path: string): Promise<string | undefined> {
  const { uid, mode } = await stat(path);
  if (uid !== ownUser().id || (mode & 0o077) === 0) return undefined;
  return `others may use it too (mode ${(mode & 0o777).toString(8).padStart(4, '0')})`;
}

/** The public half of a key file, from itself or from the file beside it. */
async function publicKeys(path: string, key: KeyFile): Promise<readonly Buffer[]> {
  if (key.kind === 'private') return [key.key.getPublicSSH()];
  if (key.kind === 'public') return [key.data];
  const beside = await readKey(`${path}.pub`, undefined);
  return beside.kind === 'public' ? [beside.data] : [];
}

async function present(paths: readonly string[]): Promise<readonly string[]> {
  const found = await Promise.all(
    paths.map((path) =>
      stat(path).then(
        () => path,
        () => undefined,
      ),
    ),
  );
  return found.filter((path) => path !== undefined);
}

function exposed(path: string, why: string, hint: string, { name: host }: SshEndpoint): KinitError {
  return new KinitError(`the key ${path} is not used, as with ssh: ${why}`, { host, hint });
}

function unusableKey(
  path: string,
  cause: Error,
  passphrase: Secret | undefined,
  { name: host }: SshEndpoint,
): KinitError {
  if (passphrase)
    return new KinitError(`the passphrase does not open the key ${path}`, { host, cause, hint: 'try again' });
  const hint = 'give the file of the private key, without .pub';
  return new KinitError(`the key ${path} cannot be used: ${cause.message}`, { host, cause, hint });
}

/** Asks for what the login lacks; false when there is nothing more to ask. */
export async function askForMore(
  endpoint: SshEndpoint,
  login: Login,
  offered: readonly string[],
  answers: Answers,
): Promise<boolean> {
  const { ask, given } = answers;
  if (!ask) return false;
  const once = async (topic: string, question: string): Promise<boolean> => {
    const answer = given.get(topic) ?? ask(question);
    given.set(topic, answer);
    return (await answer) !== undefined;
  };
  for (const path of login.locked) {
    if (await once(path, `Passphrase for the key ${path}: `)) return true;
  }
  const takesPassword = offered.includes('password') || offered.includes('keyboard-interactive');
  return (
    login.passwordMissing &&
    takesPassword &&
    once(passwordOf(endpoint.account), `SSH password of ${endpoint.account}: `)
  );
}

/** The topic of a login password among the answers. */
export function passwordOf(account: string): string {
  return `password of ${account}`;
}

/** Answers the one question of a server that wants a password this way (PAM); questions of other kinds stay empty. */
function passwordPrompt(password: string) {
  return (
    _name: string,
    _instructions: string,
    _language: string,
    prompts: readonly { prompt: string }[],
    finish: (answers: string[]) => void,
  ): void => finish(prompts.map(({ prompt }) => (/password/i.test(prompt) ? password : '')));
}
