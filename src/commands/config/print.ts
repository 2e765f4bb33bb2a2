import { hostname } from 'node:os';
import { Command } from 'commander';
import { didYouMean } from '../../config/nearest.ts';
import { InputError } from '../../errors.ts';
import type { Release } from '../../release/release.ts';
import { newestVersion } from '../../release/served.ts';
import type { Io } from '../io.ts';
import { list } from '../options/list.ts';

interface PrintFlags {
  readonly kubernetesVersion: string;
  readonly componentConfigs?: readonly string[];
}

type Document = Readonly<Record<string, unknown>>;

const componentKinds = ['KubeletConfiguration', 'KubeProxyConfiguration'];

/** `kinit config print`: the defaults that kubeadm of a version prints. */
export function printCommand(io: Io): Command {
  const print = new Command('print').description('Print default configurations');
  const add = (
    name: string,
    what: string,
    documents: (release: Release, flags: PrintFlags) => Promise<readonly Document[]>,
  ) => {
    const command = new Command(name)
      .description(`Print the default configuration of ${what}`)
      .option('--kubernetes-version <version>', 'as kubeadm of this version prints it', newestVersion);
    if (name === 'init-defaults' || name === 'join-defaults') {
      command.option('--component-configs <kinds>', `also ${componentKinds.join(', ')}`, list);
    }
    command.action(async (flags: PrintFlags) => {
      const { releaseFor } = await import('../../release/release.ts');
      const { parseVersion } = await import('../../release/version.ts');
      const release = releaseFor(parseVersion(flags.kubernetesVersion));
      const components = await componentDefaults(release, flags.componentConfigs ?? []);
      await printDocuments([...(await documents(release, flags)), ...components], io);
    });
    print.addCommand(command);
  };
  const defaults = () => import('../../config/printed-defaults.ts');
  add('init-defaults', '`kinit init`', async (release) => (await defaults()).initDefaults(release, thisHost()));
  add('join-defaults', '`kinit join`', async (release) => (await defaults()).joinDefaults(release, thisHost()));
  add('reset-defaults', '`kinit reset`', async (release) => (await defaults()).resetDefaults(release));
  add('inventory-defaults', 'the hosts and what is made of them', async () => [
    (await import('../../inventory/printed-defaults.ts')).inventoryDefaults(),
  ]);
  add('upgrade-defaults', '`kinit upgrade`', async (release) => (await defaults()).upgradeDefaults(release));
  return print;
}

/** Documents on stdout, with `---` between them. */
async function printDocuments(documents: readonly Document[], io: Io): Promise<void> {
  io.stdout.write(await documentsText(documents));
}

/** Documents as one YAML text, with `---` between them. */
export async function documentsText(documents: readonly Document[]): Promise<string> {
  const { toYaml } = await import('../../yaml.ts');
  return documents.map((document) => toYaml(document)).join('---\n');
}

/** The name of this machine as a node. */
export function thisHost(): string {
  return hostname().toLowerCase();
}

async function componentDefaults(release: Release, kinds: readonly string[]): Promise<readonly Document[]> {
  if (kinds.length === 0) return [];
  const unknown = kinds.filter((kind) => !componentKinds.includes(kind));
  if (unknown.length > 0) {
    const message = (kind: string) =>
      `"${kind}" is none of ${componentKinds.join(', ')}${didYouMean(kind, componentKinds)}`;
    throw new InputError(unknown.map((kind) => ({ place: '--component-configs', message: message(kind) })));
  }
  const { defaultInit } = await import('../../config/printed-defaults.ts');
  const { kubeletConfigMapConfiguration } = await import('../../manifests/kubelet-configuration.ts');
  const { kubeProxyConfiguration } = await import('../../manifests/kube-proxy-configuration.ts');
  const config = defaultInit(release, thisHost());
  const make: Readonly<Record<string, () => Document>> = {
    KubeletConfiguration: () => kubeletConfigMapConfiguration(config, release, { systemdResolved: false }),
    KubeProxyConfiguration: () => kubeProxyConfiguration(config, release),
  };
  return kinds.flatMap((kind) => {
    const document = make[kind]?.();
    return document === undefined ? [] : [document];
  });
}
