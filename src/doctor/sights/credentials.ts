import type { X509Certificate } from 'node:crypto';
import { type CertificateFile, readCertificateFile } from '../../pki/certificate-file.ts';
import { kubeletDirectory, kubernetesDirectory, pkiDirectory, staticPodFile } from '../../release/paths.ts';
import { partsOfAnswer, type Question, shell } from './question.ts';

/** The certificates of a host and what its kubeconfigs say; no key is among what the host sends. */
export interface HostCredentials {
  /** Where the control plane's certificates are. */
  readonly directory: string;
  /** By path. */
  readonly certificates: ReadonlyMap<string, CertificateFile>;
  /** By path. */
  readonly kubeconfigs: ReadonlyMap<string, KubeconfigSight>;
}

export interface KubeconfigSight {
  readonly server: string | undefined;
  readonly ca: X509Certificate | undefined;
  /** The one that the file holds itself. */
  readonly client: X509Certificate | undefined;
}

const apiServer = staticPodFile('kube-apiserver');

/** Kubeconfigs as kubeadm writes them: a field a line. */
export const credentialsQuestion: Question<HostCredentials> = {
  argv: shell(`pki=$(sed -n 's#.*--client-ca-file=\\(.*\\)/[^/]*$#\\1#p' ${apiServer} 2>/dev/null | head -n 1)
pki=\${pki:-${pkiDirectory}}
printf '\\001directory\\n%s\\n' "$pki"
for file in "$pki"/*.crt "$pki"/etcd/*.crt ${kubeletDirectory}/pki/kubelet-client-current.pem \\
  ${kubeletDirectory}/pki/kubelet-server-current.pem; do
  [ -e "$file" ] || continue
  printf '\\001%s\\n' "$file"
  sed -n '/BEGIN CERTIFICATE/,/END CERTIFICATE/p' "$file" 2>/dev/null
done
for file in ${kubernetesDirectory}/*.conf; do
  [ -r "$file" ] || continue
  printf '\\001%s\\n' "$file"
  sed -n 's/^ *\\(server\\|certificate-authority-data\\|client-certificate-data\\): *"\\{0,1\\}\\([^"]*\\)"\\{0,1\\}$/\\1 \\2/p' "$file"
done`),
  parse: (text) => {
    const parts = partsOfAnswer(text);
    const isKubeconfig = ({ head }: { readonly head: string }) => head.endsWith('.conf');
    return {
      directory: parts.find(({ head }) => head === 'directory')?.lines[0] ?? pkiDirectory,
      certificates: new Map(
        parts
          .filter((part) => part.head.startsWith('/') && !isKubeconfig(part))
          .map(({ head, lines }) => [head, readCertificateFile(lines.join('\n'))]),
      ),
      kubeconfigs: new Map(parts.filter(isKubeconfig).map(({ head, lines }) => [head, kubeconfigOf(lines)])),
    };
  },
};

function kubeconfigOf(lines: readonly string[]): KubeconfigSight {
  const field = (name: string) => lines.find((line) => line.startsWith(`${name} `))?.slice(name.length + 1);
  const certificate = (name: string) =>
    readCertificateFile(Buffer.from(field(name) ?? '', 'base64').toString('latin1')).certificates?.[0];
  return {
    server: field('server'),
    ca: certificate('certificate-authority-data'),
    client: certificate('client-certificate-data'),
  };
}
