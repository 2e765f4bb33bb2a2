import { X509Certificate } from 'node:crypto';
import { defined } from '../defined.ts';
import type { Host } from '../host/host.ts';
import { type Kubeconfig, readKubeconfig } from '../pki/kubeconfig.ts';
import { namedFiles, withNamedFiles } from '../pki/kubeconfig-files.ts';
import type { SeenKubeconfig } from './observed.ts';

/**
 * Kubeconfigs on a host (path -> text) with what the files hold that they name, for which the host is asked once more.
 * The certificate and key that a kubelet rotates in one file are its own and are not read.
 */
export async function seenKubeconfigs(
  host: Host,
  texts: ReadonlyMap<string, string>,
): Promise<ReadonlyMap<string, SeenKubeconfig>> {
  const read = [...texts].map(([path, text]) => [path, attempt(() => readKubeconfig(text))] as const);
  const named = read.flatMap(([path, { value }]) =>
    value === undefined ? [] : namedFiles(withoutRotated(value), path),
  );
  const files = named.length === 0 ? undefined : (await host.observe({ files: named })).files;
  const textOf = (path: string) => files?.get(path)?.content?.toString('utf8');
  return new Map(
    read.map(([path, { value, problem }]) => {
      if (value === undefined) return [path, { problem }] as const;
      const whole = attempt(() => withNamedFiles(withoutRotated(value), path, textOf));
      if (whole.value === undefined) return [path, { server: value.server, problem: whole.problem }] as const;
      return [path, seen(whole.value, value)] as const;
    }),
  );
}

function seen({ server, ca, clientCertificate }: Kubeconfig, { clientCertificateFile }: Kubeconfig): SeenKubeconfig {
  return {
    server,
    ...defined({ ca }),
    ...(clientCertificate === undefined
      ? {}
      : { clientCertificate: new X509Certificate(clientCertificate).toString() }),
    rotates: clientCertificateFile !== undefined,
  };
}

function withoutRotated(kubeconfig: Kubeconfig): Kubeconfig {
  const { clientCertificateFile, clientKeyFile, tokenFile: _, ...rest } = kubeconfig;
  if (clientCertificateFile === clientKeyFile) return rest;
  const certificate = defined({ clientCertificateFile });
  return { ...rest, ...certificate };
}

/** What the work gives, or what it says is wrong. */
type Attempt<T> =
  | { readonly value: T; readonly problem?: never }
  | { readonly value?: never; readonly problem: string };

function attempt<T>(work: () => T): Attempt<T> {
  try {
    return { value: work() };
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) };
  }
}
