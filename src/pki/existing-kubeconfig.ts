import { outOfDate, readCertificateFile } from './certificate-file.ts';
import type { Verdict } from './existing.ts';

/** A kubeconfig on a host, PEM texts; `problem` where it is none. */
export interface ExistingKubeconfig {
  readonly problem?: string;
  readonly server?: string;
  readonly ca?: string;
  readonly clientCertificate?: string;
}

/**
 * What to do about a kubeconfig: one whose CA is not among those of `ca.crt` belongs to another cluster; another server
 * is only warned of (kubeadm app/phases/kubeconfig validateKubeConfig).
 */
export function decideKubeconfig(
  wanted: { readonly path: string; readonly server: string },
  seen: ExistingKubeconfig | undefined,
  ca: { readonly pem: string | undefined; readonly external: boolean; readonly now: number },
): Verdict {
  const { path, server } = wanted;
  if (seen === undefined) {
    if (!ca.external) return { decision: 'make' };
    return refuse(`${path} is missing, and there is no CA key to make it with`, `with an external CA give ${path} too`);
  }
  if (seen.problem !== undefined) return refuse(`${path}: ${seen.problem}`, `move it away; kinit makes it again`);
  if (!isAmong(seen.ca, ca.pem)) {
    const other = seen.ca === undefined ? 'names no CA' : 'is of a cluster with another CA';
    return refuse(
      `${path} ${other}`,
      'is the CA in place the right one? If nobody needs the file any more, move it away, and kinit makes a new one',
    );
  }
  const warning =
    seen.server === server ? expired(path, seen, ca.now) : `${path} talks to ${seen.server}, not ${server}`;
  return warning === undefined ? { decision: 'keep' } : { decision: 'keep', warning };
}

function isAmong(own: string | undefined, bundle: string | undefined): boolean {
  const known = bundle === undefined ? undefined : readCertificateFile(bundle).certificates;
  const first = own === undefined ? undefined : readCertificateFile(own).certificates?.[0];
  return first !== undefined && known?.some(({ raw }) => raw.equals(first.raw)) === true;
}

function expired(path: string, { clientCertificate }: ExistingKubeconfig, now: number): string | undefined {
  const client = clientCertificate === undefined ? undefined : readCertificateFile(clientCertificate).certificates?.[0];
  const dates = client && outOfDate(client, now);
  return dates === undefined ? undefined : `the client certificate in ${path} ${dates}`;
}

function refuse(problem: string, mend: string): Verdict {
  return { decision: 'refuse', problem, mend };
}
