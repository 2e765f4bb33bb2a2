import type { Change } from '../../../execute/change.ts';
import type { Decided } from '../../../execute/decided.ts';
import { perform } from '../../../execute/executor.ts';
import type { Target } from '../../../execute/target.ts';
import type { KubeClient, KubeObject } from '../../../kube/client.ts';
import { clusterInfoRef, clusterInfoText } from '../../../kube/cluster-info.ts';
import {
  type AuthorityRotation,
  bundleOf,
  certificatesOf,
  isTrusted,
  type RotationPeriod,
} from '../../../pki/authority-rotation.ts';
import { readKubeconfig, withAuthority } from '../../../pki/kubeconfig.ts';
import type { RotatingAuthority } from '../../../pki/rotating-authorities.ts';
import { toYaml } from '../../../yaml.ts';
import { type Looking, until } from './until.ts';

/** What the API servers tell aggregated ones of the CAs by which they know who asks. */
const authentication = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  namespace: 'kube-system',
  name: 'extension-apiserver-authentication',
} as const;

const authenticationKeys: Readonly<Partial<Record<RotatingAuthority['name'], string>>> = {
  ca: 'client-ca-file',
  'front-proxy-ca': 'requestheader-client-ca-file',
};

interface Publication {
  readonly authority: RotatingAuthority;
  readonly period: RotationPeriod;
  readonly rotation: AuthorityRotation;
  readonly patience: Pick<Looking, 'deadline' | 'pause'>;
}

/**
 * What the cluster tells of a CA is what a period wants: to nodes that join (cluster-info), to pods (the controller manager
 * publishes it to every namespace, which is waited for) and to aggregated API servers. Returns what was changed. Throws KinitError.
 */
export async function publishTrust(publication: Publication, target: Target): Promise<readonly Decided[]> {
  const { authority, patience } = publication;
  const kube = await target.kube();
  const changes = [
    ...(authority.everywhere ? await joiningNodes(publication, kube) : []),
    ...(await aggregated(publication, kube)),
  ];
  const done = await perform(
    changes.map((change) => ({ phase: 'certs', change })),
    target,
  );
  if (!authority.everywhere) return done;
  const waiting = {
    ...patience,
    what: 'the controller manager to tell all namespaces of the CA',
    advice: 'look at the container kube-controller-manager with `crictl ps -a` and `crictl logs CONTAINERID`',
  };
  await until(waiting, async () => untold(publication, await target.kube()), target);
  return done;
}

async function joiningNodes({ period, rotation }: Publication, kube: KubeClient): Promise<readonly Change[]> {
  const live = await kube.get(clusterInfoRef);
  const text = live && clusterInfoText(live);
  if (live === undefined || text === undefined) return [];
  const place = 'ConfigMap kube-public/cluster-info';
  if (isTrusted(period, readKubeconfig(text, place).ca ?? '', rotation)) return [];
  const kubeconfig = toYaml(withAuthority(text, place, bundleOf(period, rotation)));
  return [withData(live, { kubeconfig }, '[certs] Telling nodes that join of the CA')];
}

/** API servers only ever add to it (pkg/controlplane/controller/clusterauthenticationtrust): what is no more trusted is taken out. */
async function aggregated({ authority, period, rotation }: Publication, kube: KubeClient): Promise<readonly Change[]> {
  const key = authenticationKeys[authority.name];
  if (key === undefined || period !== 'forget') return [];
  const live = await kube.get(authentication);
  const there = live && dataOf(live)[key];
  if (live === undefined || there === undefined || isTrusted(period, there, rotation)) return [];
  return [withData(live, { [key]: bundleOf(period, rotation) }, '[certs] Telling aggregated API servers of the CA')];
}

function withData(live: KubeObject, data: Readonly<Record<string, string>>, says: string): Change {
  const { apiVersion, kind, metadata } = live;
  const object = {
    apiVersion,
    kind,
    metadata: { name: metadata.name, ...(metadata.namespace === undefined ? {} : { namespace: metadata.namespace }) },
    data: { ...dataOf(live), ...data },
  };
  return { kind: 'object', how: 'present', object, says };
}

/** Who has not been told yet, in words. Of Secrets with tokens, as pods of v1.20 have them, nothing but their CA is looked at. */
async function untold({ period, rotation }: Publication, kube: KubeClient): Promise<string | undefined> {
  const [configMaps, secrets] = await Promise.all([
    kube.list({ apiVersion: 'v1', kind: 'ConfigMap', fieldSelector: 'metadata.name=kube-root-ca.crt' }),
    kube.list({ apiVersion: 'v1', kind: 'Secret', fieldSelector: 'type=kubernetes.io/service-account-token' }),
  ]);
  const told = [
    ...configMaps.map((object) => ({ object, ca: dataOf(object)['ca.crt'] ?? '' })),
    ...secrets.map((object) => ({
      object,
      ca: Buffer.from(dataOf(object)['ca.crt'] ?? '', 'base64').toString('utf8'),
    })),
  ];
  const others = told.filter(({ ca }) => ca !== '' && !isKnown(ca, period, rotation));
  const [first] = others;
  if (first === undefined) return undefined;
  const { kind, metadata } = first.object;
  return `${kind} ${metadata.namespace}/${metadata.name}${others.length > 1 ? ` and ${others.length - 1} more` : ''} not yet`;
}

/** Whether what pods are told has the new CA, and nothing else where that alone is to be trusted. */
function isKnown(ca: string, period: RotationPeriod, rotation: AuthorityRotation): boolean {
  if (period === 'forget') return isTrusted(period, ca, rotation);
  return certificatesOf(rotation.next, ca).length === 0;
}

function dataOf(object: KubeObject): Readonly<Record<string, string>> {
  return (object['data'] ?? {}) as Readonly<Record<string, string>>;
}
