import { createHash, randomBytes } from 'node:crypto';
import { ownProcess } from './lock/process-identity.ts';

/** Names a call on a host: whose process makes it, then which one of that. */
export async function newCallId(): Promise<string> {
  const self = await ownProcess();
  return `${self === undefined ? random() : callsOf(self)}${random()}`;
}

/** What the names of all calls of a process begin with; the process as ownProcess knows it. */
export function callsOf(process: string): string {
  return createHash('sha256').update(process).digest('hex').slice(0, 8);
}

const random = () => randomBytes(4).toString('hex');
