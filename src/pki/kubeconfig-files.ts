import { posix } from 'node:path';
import { KinitError } from '../errors.ts';
import { Secret } from '../secret.ts';
import { readCertificateFile } from './certificate-file.ts';
import { clientKeyProblem, isBearerToken, type Kubeconfig } from './kubeconfig.ts';

/** The text of a file by its absolute path; undefined where it is not there. */
export type FileText = (path: string) => string | undefined;

/**
 * The files that a kubeconfig names and needs, absolute: a relative path is meant from the folder of the kubeconfig
 * (client-go tools/clientcmd ResolveLocalPaths), and what is embedded wins over a file.
 */
export function namedFiles(kubeconfig: Kubeconfig, path: string): readonly string[] {
  return namesOf(kubeconfig).map((name) => absolute(name, path));
}

/** The kubeconfig at `path` with what its files hold in it. Throws KinitError naming a file that is missing or of no use. */
export function withNamedFiles(kubeconfig: Kubeconfig, path: string, textOf: FileText): Kubeconfig {
  if (namesOf(kubeconfig).length === 0) return kubeconfig;
  const { ca, caFile, clientCertificate, clientCertificateFile, clientKey, clientKeyFile, token, tokenFile } =
    kubeconfig;
  const read = (name: string, field: string, problemOf: (text: string) => string | undefined) => {
    const file = absolute(name, path);
    const text = textOf(file);
    const problem = text === undefined ? 'is not there' : problemOf(text);
    if (text !== undefined && problem === undefined) return text;
    throw new KinitError(`${path} names the file ${file} as its ${field}, which ${problem}`, {
      hint: `put it there, or embed what it holds as ${field}-data`,
    });
  };
  const certificate = (name: string, field: string) => read(name, field, (text) => readCertificateFile(text).problem);
  const found = {
    ...(ca === undefined && caFile !== undefined ? { ca: certificate(caFile, 'certificate-authority') } : {}),
    ...(clientCertificate === undefined && clientCertificateFile !== undefined
      ? { clientCertificate: certificate(clientCertificateFile, 'client-certificate') }
      : {}),
    ...(clientKey === undefined && clientKeyFile !== undefined
      ? { clientKey: new Secret(read(clientKeyFile, 'client-key', clientKeyProblem)) }
      : {}),
    ...(token === undefined && tokenFile !== undefined
      ? {
          token: new Secret(
            read(tokenFile, 'token', (text) => (isBearerToken(text.trim()) ? undefined : 'holds no token')).trim(),
          ),
        }
      : {}),
  };
  return { ...kubeconfig, ...found };
}

function namesOf(kubeconfig: Kubeconfig): readonly string[] {
  const { ca, caFile, clientCertificate, clientCertificateFile, clientKey, clientKeyFile, token, tokenFile } =
    kubeconfig;
  return [
    ca === undefined ? caFile : undefined,
    clientCertificate === undefined ? clientCertificateFile : undefined,
    clientKey === undefined ? clientKeyFile : undefined,
    token === undefined ? tokenFile : undefined,
  ].filter((name) => name !== undefined);
}

function absolute(name: string, path: string): string {
  return posix.resolve(posix.dirname(path), name);
}
