import { KinitError } from '../errors.ts';
import { type Change, objectKey, refOf } from '../execute/change.ts';
import { listKey, type Observed } from '../execute/observed.ts';
import type { KubeObject } from '../kube/client.ts';
import { tokenFromSecret, tokenSecretsQuery } from '../kube/token.ts';
import { tokenSecret } from '../manifests/bootstrap-token.ts';
import {
  certificatesLifetimeToken,
  certificatesReaders,
  certificatesSecret,
  downloadedFiles,
  sharedFiles,
} from '../manifests/upload-certs.ts';
import type { CertificateUpload, InitContext } from './context.ts';
import type { Phase } from './phase.ts';

/** The certificates that further control planes share, encrypted in the cluster for two hours. */
export const uploadCerts: Phase<InitContext> = {
  name: 'upload-certs',
  title: 'Certificates for further control planes',
  reads: ({ upload, config }) =>
    upload === undefined
      ? {}
      : {
          keyPairs: authorities.map((name) => `${config.cluster.certificatesDir}/${name}`),
          objects: [certificatesSecret, ...certificatesReaders].map(refOf),
          lists: [tokenSecretsQuery],
        },
  desired: (context, observed): readonly Change[] => {
    const { upload, config, now } = context;
    if (upload === undefined)
      return [{ kind: 'note', text: '[upload-certs] Skipping phase. Please see --upload-certs' }];
    refuseExternalAuthorities(context, observed);
    const readers = certificatesReaders.map((object): Change => ({ kind: 'object', how: 'present', object }));
    if (isUploaded(context, upload, observed)) return readers;
    const lifetime = tokenSecret(certificatesLifetimeToken(upload.lifetimeToken), now);
    return [
      { kind: 'object', how: 'present', object: lifetime },
      {
        kind: 'object',
        how: 'present',
        object: certificatesSecret,
        ownedBy: refOf(lifetime),
        sealed: { files: sharedFiles(config.cluster), key: upload.certificateKey },
        says: '[upload-certs] Storing the certificates in Secret "kubeadm-certs" in the "kube-system" Namespace',
      },
      ...readers,
    ];
  },
};

const authorities = ['ca', 'front-proxy-ca'] as const;

/** kubeadm: what is signed elsewhere cannot be handed on. */
function refuseExternalAuthorities({ config }: InitContext, observed: Observed): void {
  for (const name of authorities) {
    const base = `${config.cluster.certificatesDir}/${name}`;
    const pair = observed.keyPairs.get(base);
    if (pair?.certificate === undefined || pair.key !== undefined) continue;
    throw new KinitError(`the certificates cannot be uploaded: ${base}.key is kept elsewhere (an external CA)`, {
      hint: 'leave --upload-certs out and copy the certificates to the other control planes yourself',
    });
  }
}

/** Whether the user's own key opens what an earlier run stored, and for an hour yet; a new key opens nothing old. */
function isUploaded({ config, now }: InitContext, upload: CertificateUpload, observed: Observed): boolean {
  const live = observed.objects.get(objectKey(certificatesSecret));
  if (upload.keyIsOurs || live === undefined || !outlives(live, observed, now + 3_600_000)) return false;
  try {
    return downloadedFiles(config.cluster, live, upload.certificateKey).length > 0;
  } catch {
    return false;
  }
}

function outlives(secret: KubeObject, observed: Observed, time: number): boolean {
  const owners = (secret.metadata['ownerReferences'] ?? []) as readonly { readonly uid?: string }[];
  const token = observed.lists
    .get(listKey(tokenSecretsQuery))
    ?.find(({ metadata }) => owners.some(({ uid }) => uid === metadata.uid));
  const expires = token && tokenFromSecret(token)?.expires;
  return expires !== undefined && Date.parse(expires) > time;
}
