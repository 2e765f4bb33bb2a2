import { join } from 'node:path';
import type { LabHost } from '../lab/host.ts';
import type { HostOptions } from '../lab/host-options.ts';
import type { Outcome } from '../lab/process.ts';

/** The kind of host that both sides are measured on: kubeadm and kinit installed, all images there. */
export const benchHost = (name: string): HostOptions => ({ name, kubeadm: true, bindNode: true });

/** This checkout's kinit. */
export const program = join(import.meta.dirname, '..', '..', 'bin', 'kinit.js');

/** The same for kinit and kubeadm, but for the socket: kubeadm 1.20 looks for docker's. */
export const initArguments = ['init', '--kubernetes-version=v1.20.2', '--pod-network-cidr=10.244.0.0/16'] as const;
export const kubeadmSocket = '--cri-socket=/run/containerd/containerd.sock';

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
