import { join } from 'node:path';
import type { Wishes } from '../e2e/kit.ts';
import type { LabHost } from '../lab/host.ts';
import type { HostOptions } from '../lab/host-options.ts';
import type { Lab } from '../lab/lab.ts';
import type { Outcome } from '../lab/process.ts';

/** The kind of host that both sides are measured on: kubeadm and kinit installed, all images there. */
export const benchHost = (name: string): HostOptions => ({ name, kubeadm: true, bindNode: true });

/** This checkout's kinit. */
export const program = join(import.meta.dirname, '..', '..', 'bin', 'kinit.js');

/** The same for kinit and kubeadm. */
export const wishes = ({ version }: Lab): Wishes => ({ podSubnet: '10.244.0.0/16', criSocket: version.criSocket });

/** kubeadm's check of the system cannot be passed here from v1.35 on: the lab has cgroups v1. */
export const ignoring = '--ignore-preflight-errors=SystemVerification';

/** A pristine host, as bare as a package manager leaves it. */
export async function pristine(host: LabHost): Promise<void> {
  await host.recreate();
  await on(host, 'systemctl', 'daemon-reload');
}

/** Runs a command in a host. Gives its stdout; throws with what it said when it fails. */
export function on(host: LabHost, ...argv: string[]): Promise<string> {
  return stdoutOf(host.run(argv, { timeout: 300 }), `${host.name}: ${argv.join(' ')}`);
}

/** The stdout of a command that has to succeed. */
export async function stdoutOf(command: Promise<Outcome>, what: string): Promise<string> {
  const { code, stdout, stderr } = await command;
  if (code !== 0) throw new Error(`${what} ended with ${code}\n${stderr}${stdout}`);
  return stdout;
}
