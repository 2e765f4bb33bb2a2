import { KinitError } from '../../errors.ts';
import type { Change } from '../../execute/change.ts';
import { type Journal, remainsOf } from '../../execute/journal.ts';
import type { Observed, Reads } from '../../execute/observed.ts';
import { manifestsDirectory, staticPodFile, staticPodNames } from '../../release/paths.ts';
import { parseYaml } from '../../yaml.ts';
import { missingImages } from '../image-pull.ts';
import type { Phase } from '../phase.ts';
import { residentEtcdAccess, residentFiles, residentOf } from '../reset/resident.ts';
import { componentsJournal, etcdJournal } from '../upgrade/journals.ts';
import type { WayBack } from './record.ts';

export interface StaticPodsBackContext {
  readonly record: WayBack;
  /** The name of the node. */
  readonly node: string;
}

/** The images of before that the node lacks by now, before anything is stopped. */
export const imagesBack: Phase<StaticPodsBackContext> = {
  name: 'rollback',
  title: 'Images',
  reads: (context) => ({ ...reads(staticPodNames, context), facts: true }),
  desired: (context, observed): readonly Change[] => {
    const images = keptPods(staticPodNames, context, observed)
      .filter(isOther)
      .map(({ text }) => containerOf(text).image);
    const criSocket = residentOf(observed.files).criSocket ?? observed.facts?.runtime.sockets[0];
    if (criSocket === undefined) return [];
    return missingImages(images, { criSocket, imagePullPolicy: 'IfNotPresent' }, observed.facts, []);
  },
};

/** etcd as it was before the hop; its member is healthy again before the API server beside it is touched. */
export const etcdBack: Phase<StaticPodsBackContext> = {
  name: 'rollback',
  title: 'etcd',
  reads: (context) => reads(['etcd'], context),
  desired: (context, observed): readonly Change[] => {
    const kept = keptPods(['etcd'], context, observed).filter(isOther);
    const resident = residentOf(observed.files);
    const [peerUrl, access] = [resident.etcd?.peerUrl, residentEtcdAccess(resident)];
    return [
      ...kept.flatMap((pod) => [manifest(pod), ...runs(pod, context)]),
      ...(kept.length > 0 && access !== undefined && peerUrl !== undefined
        ? [{ kind: 'etcd-member', how: 'voting', peerUrl, access, ...waiting('etcd') } satisfies Change]
        : []),
      ...gone(etcdJournal),
    ];
  },
};

const components = staticPodNames.filter((name) => name !== 'etcd');

/**
 * The API server and what goes by it as they were before the hop, together, as kubeadm brings them back where one of them
 * fails: without an API server nobody could be waited for in turn.
 */
export const componentsBack: Phase<StaticPodsBackContext> = {
  name: 'rollback',
  title: 'Control plane',
  reads: (context) => reads(components, context),
  desired: (context, observed): readonly Change[] => {
    const kept = keptPods(components, context, observed);
    return [
      ...kept.filter(isOther).map(manifest),
      {
        kind: 'wait',
        until: { on: 'api', what: `a ready kube-apiserver on ${context.node}`, path: '/readyz' },
        ...waiting('kube-apiserver'),
      },
      ...kept.flatMap((pod) => runs(pod, context)),
      ...gone(componentsJournal),
    ];
  },
};

/** Seconds, as kubeadm waits for a static pod (timeouts.upgradeManifests). */
const patience = 300;

interface KeptPod {
  readonly name: string;
  readonly text: string;
  readonly there: string | undefined;
}

function reads(names: readonly string[], { record }: StaticPodsBackContext): Reads {
  const copies = names.flatMap((name) => copyOf(name, record) ?? []);
  return {
    files: [...names.map((name) => staticPodFile(name)), ...copies, ...residentFiles],
    paths: [manifestsDirectory, ...journals.flatMap(remainsOf)],
  };
}

const journals = [etcdJournal, componentsJournal];

/** What a run of the upgrade that was killed half-way would have gone on from. */
function gone(journal: Journal): readonly Change[] {
  return remainsOf(journal).map((path) => ({ kind: 'absent', path }));
}

function copyOf(name: string, { files }: WayBack): string | undefined {
  return files.find(({ path }) => path === staticPodFile(name))?.at ?? undefined;
}

/** Throws KinitError for a copy that is gone. */
function keptPods(
  names: readonly string[],
  { record }: StaticPodsBackContext,
  { files }: Observed,
): readonly KeptPod[] {
  return names.flatMap((name): KeptPod[] => {
    const at = copyOf(name, record);
    if (at === undefined) return [];
    const text = files.get(at)?.content?.toString('utf8');
    if (text === undefined) {
      const hint =
        'kubeadm and kinit keep another one in kubeadm-backup-manifests-* beside their other temporary files';
      throw new KinitError(`${at}, the manifest of ${name} from before ${record.to}, is gone`, { hint });
    }
    return [{ name, text, there: files.get(staticPodFile(name))?.content?.toString('utf8') }];
  });
}

function isOther({ text, there }: KeptPod): boolean {
  return text !== there;
}

function manifest({ name, text }: KeptPod): Change {
  const path = staticPodFile(name);
  return { kind: 'file', path, content: text, mode: 0o600, says: `[rollback] Restoring ${path}` };
}

function runs({ name, text }: KeptPod, { node }: StaticPodsBackContext): readonly Change[] {
  const { image, command } = containerOf(text);
  return [
    {
      kind: 'wait',
      until: {
        on: 'static-pod',
        what: `the kubelet to run ${name} as ${image} again`,
        pod: `${name}-${node}`,
        image,
        command,
      },
      ...waiting(name),
    },
  ];
}

interface Container {
  readonly image: string;
  readonly command: readonly string[];
}

function containerOf(text: string): Container {
  const pod = parseYaml(text, 'a manifest of before')[0]?.value as
    | { readonly spec?: { readonly containers?: readonly Partial<Container>[] } }
    | undefined;
  const { image = '', command = [] } = pod?.spec?.containers?.[0] ?? {};
  return { image, command };
}

function waiting(name: string): { readonly deadline: number; readonly advice: string } {
  const look = `look at the container with \`crictl ps -a | grep ${name}\` and \`crictl logs CONTAINERID\``;
  return { deadline: patience, advice: `${look}; the same command goes on from here` };
}
