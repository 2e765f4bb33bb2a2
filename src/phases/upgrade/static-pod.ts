import { seconds } from '../../config/duration.ts';
import { hostPort } from '../../config/network.ts';
import { defined } from '../../defined.ts';
import { type Change, objectKey } from '../../execute/change.ts';
import type { StaticPodCondition } from '../../execute/condition.ts';
import type { Observed, Reads } from '../../execute/observed.ts';
import type { ObjectRef } from '../../kube/client.ts';
import { staticPodHash } from '../../kube/static-pod.ts';
import { etcdPod, peerURL } from '../../manifests/etcd.ts';
import { patched } from '../../manifests/patches.ts';
import { isSamePod } from '../../manifests/pod-defaults.ts';
import { staticPods } from '../../manifests/static-pods.ts';
import { tagVersion } from '../../preflight/upgrade-policy.ts';
import { manifestsDirectory, staticPodFile } from '../../release/paths.ts';
import type { StaticPodName } from '../../release/static-pod-arguments.ts';
import { compareVersions, type Version } from '../../release/version.ts';
import { parseYaml, toYaml } from '../../yaml.ts';
import { kubeVipFile, leavingAddress } from '../endpoint/leaving-address.ts';
import { joinedBy } from '../etcd-peers.ts';
import type { Phase } from '../phase.ts';
import type { UpgradeContext } from '../upgrade-context.ts';

/** One static pod of a control plane becomes what the target runs: its manifest in place of the old one, and it has begun anew. */
export function staticPodUpgrade(component: StaticPodName): Phase<UpgradeContext> {
  return {
    name: 'control-plane',
    title: component,
    reads: (context) => reads(component, context),
    desired: (context, observed): readonly Change[] => {
      const steps = { ...context, component, observed };
      const keeps = component === 'etcd' ? newerEtcd(steps) : undefined;
      if (keeps !== undefined) return [{ kind: 'note', warning: true, text: keeps }];
      if (!isPodChanged(component, context, observed)) {
        const text = `[upgrade/staticpods] Current and new manifests of ${component} are equal, skipping upgrade`;
        return [{ kind: 'note', text }, running(steps, undefined)];
      }
      const leaving = component === 'kube-apiserver' ? leavingAddress(observed) : [];
      return [...leaving, ...moved(steps), ...begun(steps)];
    },
  };
}

interface Steps extends UpgradeContext {
  readonly component: StaticPodName;
  readonly observed: Observed;
}

function reads(component: StaticPodName, { config, folders, ...context }: UpgradeContext): Reads {
  return {
    files: [staticPodFile(component)],
    paths: [manifestsDirectory, folders.oldManifests, staticPodFile(component, folders.oldManifests), kubeVipFile],
    keyPairs: [`${config.cluster.certificatesDir}/ca`],
    objects: [mirrorOf(component, { ...context, config, folders })],
  };
}

function mirrorOf(component: StaticPodName, { config }: UpgradeContext): ObjectRef {
  const name = `${component}-${config.nodeRegistration.name}`;
  return { apiVersion: 'v1', kind: 'Pod', namespace: 'kube-system', name };
}

/** The pod as the target has it, with the user's patches. */
export function upgradedPod(component: StaticPodName, context: UpgradeContext, observed: Observed): object {
  const { config, release, patches } = context;
  if (component === 'etcd')
    return patched('etcd', etcdPod(config, release, joinedBy(context, observed.files)), patches);
  const ca = observed.keyPairs.get(`${config.cluster.certificatesDir}/ca`);
  const externalCa = ca?.certificate !== undefined && ca.key === undefined;
  const manifest = staticPods(config, release, { ...context, externalCa }).find(({ name }) => name === component);
  if (manifest === undefined) throw new Error(`${component} is no static pod`);
  return patched(component, manifest.pod, patches);
}

/** Whether the kubelet would begin the pod anew: text that says the same changes nothing, and its hash neither. */
export function isPodChanged(component: StaticPodName, context: UpgradeContext, observed: Observed): boolean {
  const there = currentPod(component, observed);
  return there === undefined || !isSamePod(there, upgradedPod(component, context, observed) as Fields);
}

type Fields = Readonly<Record<string, unknown>>;

function currentPod(component: StaticPodName, { files }: Observed): Fields | undefined {
  const path = staticPodFile(component);
  const text = files.get(path)?.content?.toString('utf8');
  if (text === undefined) return undefined;
  const [document] = parseYaml(text, path);
  const value = document?.value;
  return typeof value === 'object' && value !== null ? (value as Fields) : undefined;
}

/** The old manifest kept where kubeadm keeps it, the new one in its place at once: the kubelet never sees neither. */
function moved(steps: Steps): readonly Change[] {
  const { component, folders, observed } = steps;
  const [path, backup] = [staticPodFile(component), staticPodFile(component, folders.oldManifests)];
  const isThere = observed.files.get(path)?.type === 'file';
  return [
    { kind: 'directory', path: folders.oldManifests, mode: 0o700 },
    ...(isThere ? [{ kind: 'copy', from: path, to: backup } satisfies Change] : []),
    {
      kind: 'file',
      path,
      content: toYaml(upgradedPod(component, steps, observed)),
      mode: 0o600,
      says: `[upgrade/staticpods] Moved new manifest to "${path}" and backed up old manifest to "${backup}"`,
    },
  ];
}

function begun(steps: Steps): readonly Change[] {
  const { component, config, observed } = steps;
  const { upgradeManifests } = config.timeouts;
  const before = staticPodHash(observed.objects.get(objectKey(mirrorOf(component, steps))));
  return [
    {
      kind: 'note',
      text: `[upgrade/staticpods] Waiting for the kubelet to restart the component\n[upgrade/staticpods] This can take up to ${upgradeManifests}`,
    },
    running(steps, before),
    ...(component === 'etcd' ? voting(steps) : []),
    ...(component === 'kube-apiserver' ? [answering(steps)] : []),
    { kind: 'note', text: `[upgrade/staticpods] Component "${component}" upgraded successfully!` },
  ];
}

function running(steps: Steps, before: string | undefined): Change {
  const { component, config } = steps;
  const pod = upgradedPod(component, steps, steps.observed) as { readonly spec: { readonly containers: Containers } };
  const [container] = pod.spec.containers;
  return {
    kind: 'wait',
    until: {
      on: 'static-pod',
      what: `the kubelet to run ${component} as ${container?.image ?? 'its manifest'} says`,
      pod: mirrorOf(component, steps).name,
      image: container?.image ?? '',
      command: container?.command ?? [],
      ...defined({ before, serves: component === 'kube-apiserver' ? served(steps) : undefined }),
    },
    deadline: seconds(config.timeouts.upgradeManifests),
    advice: adviceOn(steps),
  };
}

/** Where the new API server tells its version, if the one before it had another. */
function served({ config, release, observed }: Steps): StaticPodCondition['serves'] {
  const there = imageVersion(currentPod('kube-apiserver', observed));
  if (there === undefined || there.text === release.version.text) return undefined;
  const { advertiseAddress, bindPort } = config.localAPIEndpoint;
  return { url: `https://${hostPort(advertiseAddress, bindPort)}`, version: release.version.text };
}

function imageVersion(pod: Fields | undefined): Version | undefined {
  const { spec } = (pod ?? {}) as { readonly spec?: { readonly containers?: Containers } };
  return tagVersion(/:([^:/]+)$/.exec(spec?.containers?.[0]?.image ?? '')?.[1] ?? '');
}

type Containers = readonly { readonly image: string; readonly command: readonly string[] }[];

function adviceOn({ component, config }: Steps): string {
  const crictl = `crictl --runtime-endpoint ${config.nodeRegistration.criSocket}`;
  return `look at the container with \`${crictl} ps -a | grep ${component}\` and \`crictl logs CONTAINERID\``;
}

function answering(steps: Steps): Change {
  const { advertiseAddress, bindPort } = steps.config.localAPIEndpoint;
  return {
    kind: 'wait',
    until: { on: 'api', what: `a ready kube-apiserver at ${advertiseAddress}:${bindPort}`, path: '/readyz' },
    deadline: seconds(steps.config.timeouts.upgradeManifests),
    advice: adviceOn(steps),
  };
}

/** etcd's own member is up again, caught up and healthy, not only enough of the others. */
function voting(steps: Steps): readonly Change[] {
  const { etcd, config } = steps;
  if (etcd === undefined) return [];
  const peerUrl = peerURL(config.localAPIEndpoint.advertiseAddress);
  const deadline = etcdAttempts.times * etcdAttempts.seconds;
  return [
    { kind: 'note', text: '[upgrade/etcd] Waiting for etcd to become available' },
    { kind: 'etcd-member', how: 'voting', peerUrl, access: etcd, deadline, advice: adviceOn(steps) },
  ];
}

/** kubeadm's patience with an etcd that was begun anew (staticpods.go, v1.20.2 to v1.36.3). */
const etcdAttempts = { times: 10, seconds: 15 } as const;

/** Why etcd stays as it is: the one that runs is newer than the target's. */
function newerEtcd({ config, release, observed }: Steps): string | undefined {
  const current = imageVersion(currentPod('etcd', observed));
  const wanted = tagVersion(config.cluster.etcd.local?.imageTag ?? release.images.etcd);
  if (current === undefined || wanted === undefined || compareVersions(wanted, current) >= 0) return undefined;
  const short = (text: string) => text.replace(/^v/, '');
  return `[upgrade/etcd] Non fatal issue encountered during upgrade: the desired etcd version "${short(wanted.text)}" is older than the currently installed "${short(current.text)}". Skipping etcd upgrade`;
}
