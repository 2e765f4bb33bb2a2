import type { BootstrapToken } from '../config/types.ts';
import { defined } from '../defined.ts';
import { KinitError } from '../errors.ts';
import { type Change, refOf } from '../execute/change.ts';
import { listKey, type Observed } from '../execute/observed.ts';
import type { KubeObject } from '../kube/client.ts';
import { parseToken, tokenFromSecret, tokenSecretsQuery, usableForJoin } from '../kube/token.ts';
import { bootstrapTokenObjects, tokenSecret } from '../manifests/bootstrap-token.ts';
import { clusterInfoObjects } from '../manifests/cluster-info.ts';
import { adminConf } from '../release/paths.ts';
import type { InitContext } from './context.ts';
import type { Phase } from './phase.ts';

/** Tokens for joining, cluster-info, and the rights that joining nodes need. */
export const bootstrapToken: Phase<InitContext> = {
  name: 'bootstrap-token',
  title: 'Bootstrap token',
  reads: (context) => ({
    kubeconfigs: [context.kubeconfig ?? adminConf],
    keyPairs: [`${context.config.cluster.certificatesDir}/ca`],
    objects: [
      ...bootstrapTokenObjects(context.release),
      ...clusterInfoObjects(context.release, { caPem: '', server: '' }),
    ].map(refOf),
    lists: [tokenSecretsQuery],
  }),
  desired: (context, observed): readonly Change[] => {
    const { config, release, now, kubeconfig = adminConf } = context;
    const caPem = observed.keyPairs.get(`${config.cluster.certificatesDir}/ca`)?.certificate;
    const server = context.leadsTo ?? observed.kubeconfigs.get(kubeconfig)?.server;
    if (caPem === undefined || server === undefined) {
      throw new KinitError(`${config.cluster.certificatesDir}/ca.crt and ${kubeconfig} are needed for cluster-info`, {
        hint: 'run `kinit init phase certs all` and `kinit init phase kubeconfig all` first',
      });
    }
    const wanted = joinTokens(context, observed);
    return [
      // kubeadm prints the token whole; ours stands in the join command alone, and in no log.
      ...wanted.map(
        ({ token: { token } }): Change => ({
          kind: 'note',
          text: `[bootstrap-token] Using token: ${parseToken(token)?.id}.<redacted>`,
        }),
      ),
      { kind: 'note', text: '[bootstrap-token] Configuring bootstrap tokens, cluster-info ConfigMap, RBAC Roles' },
      ...wanted
        .filter(({ exists }) => !exists)
        .map(({ token }): Change => ({ kind: 'object', how: 'present', object: tokenSecret(token, now) })),
      ...present(bootstrapTokenObjects(release), ({ kind, metadata: { name } }) => {
        const right = kind === 'ClusterRoleBinding' ? rights[name] : undefined;
        return right === undefined ? undefined : `${release.lines.configured} ${right}`;
      }),
      ...present(clusterInfoObjects(release, { caPem, server }), ({ kind }) =>
        kind === 'ConfigMap'
          ? '[bootstrap-token] Creating the "cluster-info" ConfigMap in the "kube-public" namespace'
          : undefined,
      ),
    ];
  },
};

/**
 * The tokens that joining nodes may use: those of the configuration; without any, one that the cluster already has and
 * that lasts a while, or else the run's own new one.
 */
export function joinTokens(
  context: InitContext,
  observed: Pick<Observed, 'lists'>,
): readonly { token: BootstrapToken; exists: boolean }[] {
  const { config, now } = context;
  const live = (observed.lists.get(listKey(tokenSecretsQuery)) ?? []).flatMap(
    (secret) => tokenFromSecret(secret) ?? [],
  );
  const known = (token: BootstrapToken) => live.some((other) => other.token === token.token);
  if (context.tokenIsOurs && context.noToken) return [];
  if (!context.tokenIsOurs) return config.bootstrapTokens.map((token) => ({ token, exists: known(token) }));
  const usable = live.find((token) => usableForJoin(token, now));
  if (usable) return [{ token: usable, exists: true }];
  return config.bootstrapTokens.map((token) => ({ token, exists: false }));
}

/** What each binding is for, in kubeadm's words (bootstraptoken/node/tlsbootstrap.go, v1.20.2 to v1.36.3). */
const rights: Readonly<Record<string, string>> = {
  'kubeadm:get-nodes': 'Node Bootstrap tokens to get nodes',
  'kubeadm:kubelet-bootstrap':
    'Node Bootstrap tokens to post CSRs in order for nodes to get long term certificate credentials',
  'kubeadm:node-autoapprove-bootstrap':
    'the csrapprover controller automatically approve CSRs from a Node Bootstrap Token',
  'kubeadm:node-autoapprove-certificate-rotation':
    'certificate rotation for all node client certificates in the cluster',
  'kubeadm:apiserver-kubelet-client': 'the API server kubelet client certificate to access the kubelet API',
};

function present(
  objects: readonly KubeObject[],
  saying: (object: KubeObject) => string | undefined,
): readonly Change[] {
  return objects.map((object): Change => {
    const says = saying(object);
    return { kind: 'object', how: 'present', object, ...defined({ says }) };
  });
}
