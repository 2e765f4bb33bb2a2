import { createConnection } from 'node:net';
import type { AnyAuthMethod, ParsedKey } from 'ssh2';
import { KinitError } from '../errors.ts';
import type { Secret } from '../secret.ts';
import type { Endpoint } from './ssh-endpoint.ts';
import { readText } from './ssh-files.ts';

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
}

/** Keys first, then the agent, then a password. Throws KinitError where a key file is none. */
export async function loginOf(endpoint: Endpoint, answers: Answers): Promise<Login> {
  const { user: username, account, identityFiles, agent } = endpoint;
  const methods: { label: string | undefined; auth: AnyAuthMethod }[] = [];
  const locked: string[] = [];
  for (const path of identityFiles) {
    const passphrase = await answers.given.get(path);
    const key = await readKey(path, passphrase);
    if (key === 'locked') locked.push(path);
    else if (!(key instanceof Error))
      methods.push({ label: `key ${path}`, auth: { type: 'publickey', username, key } });
    else if (endpoint.identitiesRequired || passphrase) throw unusableKey(path, key, passphrase, endpoint);
  }
  if (agent !== undefined && (await listens(agent))) {
    methods.push({ label: 'agent', auth: { type: 'agent', username, agent } });
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
  return { methods, locked, passwordMissing: password === undefined };
}

/** The key in a file; `locked` where it wants a passphrase and none is known. */
async function readKey(path: string, passphrase: Secret | undefined): Promise<ParsedKey | Error | 'locked'> {
  const text = await readText(path);
  if (text === undefined) return new Error('it cannot be read');
  const { default: ssh2 } = await import('ssh2');
  const key = ssh2.utils.parseKey(text, passphrase?.reveal());
  if (!(key instanceof Error)) return key.isPrivateKey() ? key : new Error('it is a public key');
  return !passphrase && /encrypted/i.test(key.message) ? 'locked' : key;
}

function unusableKey(path: string, cause: Error, passphrase: Secret | undefined, { name: host }: Endpoint): KinitError {
  if (passphrase)
    return new KinitError(`the passphrase does not open the key ${path}`, { host, cause, hint: 'try again' });
  const hint = 'give the file of the private key, without .pub';
  return new KinitError(`the key ${path} cannot be used: ${cause.message}`, { host, cause, hint });
}

/** Asks for what the login lacks; false when there is nothing more to ask. */
export async function askForMore(
  endpoint: Endpoint,
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

/** Whether an agent answers at its socket: ssh2 gives up the whole login where it does not. */
function listens(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ path });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
