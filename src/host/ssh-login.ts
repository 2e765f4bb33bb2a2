import { createConnection } from 'node:net';
import type { AnyAuthMethod } from 'ssh2';
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
  readonly methods: readonly { readonly label: string; readonly auth: AnyAuthMethod }[];
  /** Key files that want a passphrase. */
  readonly locked: readonly string[];
  readonly passwordMissing: boolean;
}

/** Keys first, then the agent, then a password. Throws KinitError where a key file is none. */
export async function loginOf(endpoint: Endpoint, answers: Answers): Promise<Login> {
  const { user: username, identityFiles, agent } = endpoint;
  const { default: ssh2 } = await import('ssh2');
  const methods: { label: string; auth: AnyAuthMethod }[] = [];
  const locked: string[] = [];
  for (const path of identityFiles) {
    const text = await readText(path);
    if (text === undefined) {
      if (endpoint.identitiesRequired) throw new KinitError(`cannot read the key ${path}`, { host: endpoint.name });
      continue;
    }
    const passphrase = await answers.given.get(path);
    const key = ssh2.utils.parseKey(text, passphrase?.reveal());
    if (!(key instanceof Error)) methods.push({ label: `key ${path}`, auth: { type: 'publickey', username, key } });
    else if (passphrase)
      throw new KinitError(`the passphrase does not open ${path}`, { host: endpoint.name, cause: key });
    else if (/encrypted/i.test(key.message)) locked.push(path);
    else if (endpoint.identitiesRequired)
      throw new KinitError(`${path} is not a private key: ${key.message}`, { host: endpoint.name });
  }
  if (agent !== undefined && (await listens(agent))) {
    methods.push({ label: 'agent', auth: { type: 'agent', username, agent } });
  }
  const password = endpoint.password ?? (await answers.given.get(passwordOf(username)));
  if (password !== undefined) {
    const text = password.reveal();
    methods.push({ label: 'password', auth: { type: 'password', username, password: text } });
    const prompt = passwordPrompt(text);
    methods.push({
      label: 'password (keyboard-interactive)',
      auth: { type: 'keyboard-interactive', username, prompt },
    });
  }
  return { methods, locked, passwordMissing: password === undefined };
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
    login.passwordMissing && takesPassword && once(passwordOf(endpoint.user), `SSH password of ${endpoint.user}: `)
  );
}

function passwordOf(user: string): string {
  return `password of ${user}`;
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
