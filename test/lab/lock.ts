import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';

/** Does the work while holding flock(2) on the file; waits for whoever holds it. A crash frees it. */
export async function withLock<T>(file: string, work: () => Promise<T>): Promise<T> {
  mkdirSync(dirname(file), { recursive: true });
  const holder = spawn('flock', [file, 'sh', '-c', 'echo held; exec cat'], { stdio: ['pipe', 'pipe', 'inherit'] });
  await new Promise<void>((resolve, reject) => {
    holder.on('error', reject);
    holder.on('close', () => reject(new Error(`flock ${file} ended early`)));
    holder.stdout.once('data', () => resolve());
  });
  try {
    return await work();
  } finally {
    const released = new Promise((resolve) => holder.on('close', resolve));
    holder.stdin.end();
    await released;
  }
}
