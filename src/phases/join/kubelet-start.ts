import { KinitError } from '../../errors.ts';
import type { Change } from '../../execute/change.ts';
import type { Observed } from '../../execute/observed.ts';
import { pauseImage } from '../../manifests/images.ts';
import { joinKubeletConfiguration, kubeletInstanceConfiguration } from '../../manifests/kubelet-configuration.ts';
import { kubeletFlags } from '../../manifests/kubelet-flags.ts';
import { kubeconfigDocument } from '../../pki/kubeconfig-document.ts';
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
    const { config, cluster, release, caPem } = context;
    refuseOtherCluster(context, observed);
    const files = {
      configuration: joinKubeletConfiguration(context.kubeletConfiguration, release, context),
      instance: kubeletInstanceConfiguration(config.nodeRegistration, release, cluster.featureGates),
      flags: kubeletFlags(config.nodeRegistration, release, {
        ...context,
        pauseImage: pauseImage(cluster, release),
        registerTaints: true,
        featureGates: cluster.featureGates,
      }),
    };
    return [
      // First of all: by it the next run knows what this one has left.
      { kind: 'file', path: config.caCertPath, content: caPem, mode: 0o644 },
      ...bootstrapCredentials(context, observed),
      ...kubeletFileChanges(files, observed),
      kubeletRunning([bootstrapKubeletConf]),
    ];
  },
};

function bootstrapCredentials(
  { config, caPem, server, cluster, token, release }: JoinContext,
  observed: Observed,
): readonly Change[] {
  if (token === undefined || hasCertificate(config, observed)) return [];
  const content = kubeconfigDocument({
    clusterName: cluster.clusterName,
    server,
    caPem,
    user: 'tls-bootstrap-token-user',
    client: { token },
    preferences: release.pki.preferences,
  });
  return [{ kind: 'file', path: bootstrapKubeletConf, content: new Secret(toYaml(content)), mode: 0o600 }];
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
