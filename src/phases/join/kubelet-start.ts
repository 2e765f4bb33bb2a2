import { KinitError } from '../../errors.ts';
import type { Change } from '../../execute/change.ts';
import type { Observed } from '../../execute/observed.ts';
import { pauseImage } from '../../manifests/images.ts';
import { joinKubeletConfiguration, kubeletInstanceConfiguration } from '../../manifests/kubelet-configuration.ts';
import { kubeletFlags } from '../../manifests/kubelet-flags.ts';
import { kubeconfigDocument } from '../../pki/kubeconfig-document.ts';
import { isKubeletLocal, localServer } from '../../pki/kubeconfig-table.ts';
import { bootstrapKubeletConf, kubeletConf } from '../../release/paths.ts';
import { Secret } from '../../secret.ts';
import { toYaml } from '../../yaml.ts';
import type { JoinContext } from '../join-context.ts';
import { kubeletFileChanges, kubeletReads, kubeletRunning } from '../kubelet-files.ts';
import type { Phase } from '../phase.ts';
import { hasCertificate, kubeletCertificate } from './kubelet-certificate.ts';

/** The kubelet's files on a joining node, the credentials for its TLS bootstrap, and the kubelet running. */
export const joinKubeletStart: Phase<JoinContext> = {
  name: 'kubelet-start',
  title: 'Kubelet',
  reads: ({ config }) => ({
    ...kubeletReads,
    files: [...(kubeletReads.files ?? []), config.caCertPath, bootstrapKubeletConf],
    paths: [...(kubeletReads.paths ?? []), kubeletCertificate(config)],
    kubeconfigs: [kubeletConf],
  }),
  desired: (context, observed): readonly Change[] => {
    const { config, cluster, release, controlPlane } = context;
    refuseOtherCluster(context, observed);
    const files = {
      configuration: joinKubeletConfiguration(context.kubeletConfiguration, release, context),
      instance: kubeletInstanceConfiguration(config.nodeRegistration, release, cluster.featureGates),
      flags: kubeletFlags(config.nodeRegistration, release, {
        ...context,
        pauseImage: pauseImage(cluster, release),
        // A control plane's taints come with its other marks.
        registerTaints: controlPlane === undefined,
        featureGates: cluster.featureGates,
      }),
    };
    return [
      ...authority(context),
      ...bootstrapCredentials(context, observed),
      ...kubeletFileChanges(files, observed),
      kubeletRunning([bootstrapKubeletConf]),
    ];
  },
};

/** First of all: by it the next run knows what this one has left. What a control plane signs with it has already. */
function authority({ config, cluster, caPem, controlPlane }: JoinContext): readonly Change[] {
  if (controlPlane !== undefined && config.caCertPath === `${cluster.certificatesDir}/ca.crt`) return [];
  return [{ kind: 'file', path: config.caCertPath, content: caPem, mode: 0o644, keep: controlPlane !== undefined }];
}

function bootstrapCredentials(context: JoinContext, observed: Observed): readonly Change[] {
  const { config, caPem, cluster, token, release } = context;
  if (token === undefined || hasCertificate(config, observed)) return [];
  const content = kubeconfigDocument({
    clusterName: cluster.clusterName,
    server: bootstrapServer(context),
    caPem,
    user: 'tls-bootstrap-token-user',
    client: { token },
    preferences: release.pki.preferences,
  });
  return [{ kind: 'file', path: bootstrapKubeletConf, content: new Secret(toYaml(content)), mode: 0o600 }];
}

/** Where the kubelet asks for its certificate, and talks to from then on. */
function bootstrapServer({ server, release, controlPlane }: JoinContext): string {
  if (controlPlane === undefined || !isKubeletLocal(controlPlane.config, release)) return server;
  return localServer(controlPlane.config);
}

/** A node of another cluster is not touched. */
function refuseOtherCluster({ caPem }: JoinContext, observed: Observed): void {
  const there = observed.kubeconfigs.get(kubeletConf);
  if (there === undefined || there.ca === undefined || sameCa(there.ca, caPem)) return;
  throw new KinitError(
    `this host belongs to another cluster (${kubeletConf} has another CA, its server is ${there.server ?? 'unknown'})`,
    {
      exitCode: 2,
      hint: 'if it shall leave that cluster, run `kinit reset` on it first',
    },
  );
}

function sameCa(a: string, b: string): boolean {
  const bodies = (pem: string) => pem.replaceAll(/\s/g, '').split('-----ENDCERTIFICATE-----').filter(Boolean);
  const known = new Set(bodies(b));
  return bodies(a).some((body) => known.has(body));
}
