import type { ClusterConfiguration } from '../config/types.ts';
import type { Change } from '../execute/change.ts';
import { invalidNames } from '../pki/alternative-names.ts';
import { type CertificateSpec, certificateTable, keyAlgorithm, serviceAccountFiles } from '../pki/certificate-table.ts';
import type { ControlPlaneContext } from './context.ts';
import type { Phase } from './phase.ts';

/** The cluster's certificates and the service accounts' key pair; what is there and fits is used as it is. */
export const certs: Phase<ControlPlaneContext> = {
  name: 'certs',
  title: 'Certificates',
  steps: [
    'ca',
    'apiserver',
    'apiserver-kubelet-client',
    'front-proxy-ca',
    'front-proxy-client',
    'etcd-ca',
    'etcd-server',
    'etcd-peer',
    'etcd-healthcheck-client',
    'apiserver-etcd-client',
    'sa',
  ],
  reads: ({ config, release }) => {
    const directory = config.cluster.certificatesDir;
    return {
      keyPairs: certificateTable(config, release).map(({ path }) => `${directory}/${path}`),
      keys: [`${directory}/${serviceAccountFiles.privatePath}`],
      files: [`${directory}/${serviceAccountFiles.publicPath}`],
    };
  },
  desired: ({ config, release }) => {
    const directory = config.cluster.certificatesDir;
    return [
      { kind: 'note', text: `[certs] Using certificateDir folder "${directory}"` },
      ...namesLeftOut(config.cluster),
      ...certificateTable(config, release).map(
        (spec): Change => ({
          kind: 'certificate',
          step: spec.name,
          directory,
          spec,
          says: linesOf(spec),
        }),
      ),
      {
        kind: 'key-pair',
        step: 'sa',
        privatePath: `${directory}/${serviceAccountFiles.privatePath}`,
        publicPath: `${directory}/${serviceAccountFiles.publicPath}`,
        algorithm: keyAlgorithm(config.cluster),
        says: '[certs] Generating "sa" key and public key',
      },
    ];
  },
};

/** kubeadm's lines for a certificate (phases/certs/certs.go writeCertificateFilesIfNotExist, v1.20.2 to v1.36.3). */
function linesOf({ path, usages, dnsNames, ipAddresses }: CertificateSpec): string {
  const generating = `[certs] Generating "${path}" certificate and key`;
  if (!usages.includes('serverAuth')) return generating;
  const names = `DNS names [${dnsNames.join(' ')}] and IPs [${ipAddresses.join(' ')}]`;
  return `${generating}\n[certs] ${path} serving cert is signed for ${names}`;
}

/** What stands in the configuration of a cluster that an older kubeadm made, and no certificate can hold. */
function namesLeftOut({ apiServer, etcd: { local } }: ClusterConfiguration): readonly Change[] {
  const lists = {
    apiserver: apiServer.certSANs,
    'etcd-server': local?.serverCertSANs ?? [],
    'etcd-peer': local?.peerCertSANs ?? [],
  };
  return Object.entries(lists).flatMap(([certificate, names]) =>
    invalidNames(names).map(
      (name): Change => ({
        kind: 'note',
        warning: true,
        text: `[certs] "${name}" is neither an IP address nor a DNS name (RFC 1123): the certificate ${certificate} goes without it`,
      }),
    ),
  );
}
