import { posix } from 'node:path';
import { KinitError } from '../../../errors.ts';
import type { Host } from '../../../host/host.ts';
import { readCertificateFile } from '../../../pki/certificate-file.ts';
import type { Expiration } from '../../../pki/expiration.ts';
import { type Kubeconfig, readKubeconfig } from '../../../pki/kubeconfig.ts';
import { namedFiles, withNamedFiles } from '../../../pki/kubeconfig-files.ts';
import { kubeletClientCurrent, kubeletConf } from '../../../release/paths.ts';

/** The certificates of a kubelet, as they lie on its host; its keys are not read. */
export interface SeenKubelet {
  /** The text of its kubeconfig. */
  readonly kubeconfig: string;
  /** The CA that it trusts, PEM. */
  readonly ca: string;
  /** `path` is the file that it rotates; undefined where its kubeconfig holds the certificate itself. */
  readonly client: { readonly path: string | undefined; readonly pem: string };
  /** Where the cluster signs it (serverTLSBootstrap). */
  readonly server: { readonly path: string; readonly pem: string } | undefined;
  /** The one that it makes for itself when it starts and has none. */
  readonly selfSigned: { readonly path: string; readonly keyPath: string; readonly pem: string } | undefined;
}

/** Looks in two round trips. Undefined where no kubelet has joined a cluster. Throws KinitError where its kubeconfig is of no use. */
export async function seenKubelet(host: Host): Promise<SeenKubelet | undefined> {
  const text = (await host.observe({ files: [kubeletConf] })).files.get(kubeletConf)?.content?.toString('utf8');
  if (text === undefined) return undefined;
  const read = readKubeconfig(text, kubeletConf);
  const named = read.clientCertificateFile;
  const path = named === undefined ? undefined : posix.resolve(posix.dirname(kubeletConf), named);
  const folder = posix.dirname(path ?? kubeletClientCurrent);
  const places = { client: path, server: `${folder}/kubelet-server-current.pem`, selfSigned: `${folder}/kubelet.crt` };
  const withoutClient: Kubeconfig = caOf(read);
  const wanted = Object.values(places).filter((place) => place !== undefined);
  const { files, commands } = await host.observe({
    files: namedFiles(withoutClient, kubeletConf),
    commands: wanted.map(certificatesIn),
  });
  const pemAt = (place: string) => commands.get(certificatesIn(place).join('\0'))?.stdout ?? '';
  const { ca } = withNamedFiles(withoutClient, kubeletConf, (file) => files.get(file)?.content?.toString('utf8'));
  if (ca === undefined) {
    throw new KinitError(`${kubeletConf} names no CA`, {
      host: host.name,
      hint: 'let the node join anew: kinit reset, then kinit up',
    });
  }
  return {
    kubeconfig: text,
    ca,
    client: { path, pem: path === undefined ? (read.clientCertificate ?? '') : pemAt(path) },
    server: pemAt(places.server) === '' ? undefined : { path: places.server, pem: pemAt(places.server) },
    selfSigned:
      pemAt(places.selfSigned) === ''
        ? undefined
        : { path: places.selfSigned, keyPath: `${folder}/kubelet.key`, pem: pemAt(places.selfSigned) },
  };
}

function caOf({ server, insecure, ca, caFile }: Kubeconfig): Kubeconfig {
  return { server, insecure, ...(ca === undefined ? {} : { ca }), ...(caFile === undefined ? {} : { caFile }) };
}

/** Prints the certificates of a file and not the key beside them; nothing where the file is not there. */
function certificatesIn(path: string): readonly string[] {
  return ['sed', '-n', '/BEGIN CERTIFICATE/,/END CERTIFICATE/p', path];
}

/** When they end. */
export function kubeletEnds({ client, server, selfSigned }: SeenKubelet): readonly Expiration[] {
  const end = (name: string, authority: string, pem: string, place: string): Expiration => {
    const { certificates, problem } = readCertificateFile(pem);
    const common = { name, authority, external: false };
    if (certificates) return { ...common, notAfter: Date.parse(certificates[0].validTo) };
    return { ...common, notAfter: undefined, problem: `${place} ${pem === '' ? 'holds no certificate' : problem}` };
  };
  return [
    end('kubelet-client', 'ca', client.pem, client.path ?? kubeletConf),
    ...(server === undefined ? [] : [end('kubelet-server', 'ca', server.pem, server.path)]),
    ...(selfSigned === undefined || server !== undefined
      ? []
      : [end('kubelet-server', 'itself', selfSigned.pem, selfSigned.path)]),
  ];
}
