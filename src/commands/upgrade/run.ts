import type { UpgradeConfig } from '../../config/types.ts';
import type { UpgradeCommand } from '../../config/upgrade.ts';
import { versionWish } from '../../config/version-wish.ts';
import { defined } from '../../defined.ts';
import { exitCodes, InputError } from '../../errors.ts';
import type { Run } from '../../execute/run.ts';
import type { Host } from '../../host/host.ts';
import { adminConf, kubeletConf } from '../../release/paths.ts';
import type { Release } from '../../release/release.ts';
import type { Version } from '../../release/version.ts';
import type { HostClients } from '../../workflows/host-clients.ts';
import type { UpgradedNode } from '../../workflows/node/upgrade/upgrade.ts';
import { confirmed } from '../input/ask.ts';
import { readDocuments, readPatchFiles } from '../input/files.ts';
import { proxies } from '../input/proxies.ts';
import { openTarget } from '../input/targets.ts';
import { versionOf } from '../input/version-label.ts';
import type { Io } from '../io.ts';
import { inSession, type Session } from '../session.ts';
import type { UpgradeCommandFlags } from './flags.ts';

interface UpgradeRun {
  readonly name: UpgradeCommand;
  readonly flags: UpgradeCommandFlags;
  readonly io: Io;
  readonly session: Session;
  readonly run: Run;
  readonly config: UpgradeConfig;
  readonly version: Version | undefined;
  readonly only?: string;
}

/** Does what `kinit upgrade NAME` was asked, on this machine or on the one behind --host. Throws KinitError. */
export async function runUpgrade(
  name: UpgradeCommand,
  flags: UpgradeCommandFlags,
  io: Io,
  exit: (code: number) => void,
  only?: string,
): Promise<void> {
  const { upgradeRequest } = await import('../../config/upgrade.ts');
  const { rehearsing } = await import('../../execute/run.ts');
  await inSession({ flags, io, exit }, async (session) => {
    const documents = await readDocuments(flags, io, session.warn);
    const config = upgradeRequest({ documents, flags, command: name });
    const isRehearsal = (name === 'apply' && config.apply.dryRun) || (name === 'node' && config.node.dryRun);
    const run = isRehearsal ? rehearsing(session.run) : session.run;
    const version = await wantedVersion(name, config, only);
    const command = { name, flags, io, session, run, config, version, ...defined({ only }) };
    const host = session.closing(await openTarget(flags, io));
    if (name === 'plan') await plan(command, host);
    else if (name === 'diff') await diff(command, host);
    else await upgrade(command, host);
    return exitCodes.done;
  });
}

/** kubeadm wants to be told to which version it is to go; a phase alone goes by what the cluster has. */
async function wantedVersion(name: UpgradeCommand, config: UpgradeConfig, only: string | undefined) {
  const text = name === 'node' ? undefined : config[name].kubernetesVersion;
  if (text === undefined) {
    if (name !== 'apply' || only !== undefined) return undefined;
    throw new InputError(
      [{ place: 'VERSION', message: 'is missing: the version to upgrade to' }],
      'kinit upgrade plan shows which there are',
    );
  }
  const wish = versionWish(text);
  if ('problem' in wish) throw new InputError([{ place: 'VERSION', message: wish.problem }]);
  return versionOf(wish);
}

async function upgrade(command: UpgradeRun, host: Host): Promise<void> {
  const { name, session, run } = command;
  const { withLock } = await import('../../host/lock/lock.ts');
  if (!run.rehearsal) {
    const done = await withLock(host, `kinit upgrade ${name}`, () => upgradeOn(command, host, undefined));
    await session.told();
    return said(command, done);
  }
  const { overlayHost } = await import('../../host/overlay.ts');
  const { overlayKubeClient } = await import('../../kube/overlay-client.ts');
  const { asClients } = await import('../../workflows/host-clients.ts');
  const clients = await clientsOn(command, host);
  const base = await clients.kube();
  const overlay = overlayHost({ name: host.name, base: host });
  const done = await upgradeOn(command, overlay, asClients(overlayKubeClient(base)));
  await session.told();
  await said(command, done);
}

async function upgradeOn(command: UpgradeRun, host: Host, others: HostClients | undefined): Promise<UpgradedNode> {
  const { name, config, flags, run } = command;
  const target = await targetOn(command, host, others ?? (await clientsOn(command, host)));
  if (name === 'node') {
    const { upgradeNode } = await import('../../workflows/node/upgrade/node.ts');
    return upgradeNode(target, await inputOf(command, host, config.node));
  }
  const { upgradeControlPlane } = await import('../../workflows/node/upgrade/control-plane.ts');
  const asks = !run.rehearsal && !flags.yes && !config.apply.forceUpgrade && command.only === undefined;
  const input = await inputOf(command, host, config.apply);
  return upgradeControlPlane(target, { ...input, ...(asks ? { confirm: () => asked(command) } : {}) });
}

async function asked({ io, flags }: UpgradeRun): Promise<boolean> {
  return confirmed('[upgrade/confirm] Are you sure you want to proceed?', io, { piped: !flags.sudoPasswordStdin });
}

async function inputOf<Settings extends UpgradeConfig['node']>(
  { io, config, only, session }: UpgradeRun,
  host: Host,
  settings: Settings,
) {
  return {
    settings,
    timeouts: config.timeouts,
    patches: await readPatchFiles(settings.patchesDirectory, io, session.warn),
    proxyEnvironment: host.local ? proxies(io) : new Map<string, string>(),
    selection: { skip: settings.skipPhases, ...defined({ only }) },
  };
}

/** By the administrator's kubeconfig through the host's own API server; a worker has its kubelet's alone. */
async function clientsOn({ flags, session }: UpgradeRun, host: Host): Promise<HostClients> {
  const { hostClients } = await import('../../workflows/host-clients.ts');
  const { localControlPlane } = await import('../../workflows/node/local-control-plane.ts');
  const local = await localControlPlane(host);
  const kubeconfig = flags.kubeconfig ?? (local === undefined ? kubeletConf : adminConf);
  return session.closing(hostClients(host, flags.kubeconfig === undefined ? local?.endpoint : undefined, kubeconfig));
}

async function targetOn({ run, version }: UpgradeRun, host: Host, clients: HostClients) {
  const { on } = await import('../../execute/target.ts');
  const { releaseFor } = await import('../../release/release.ts');
  const { reportRemarks } = await import('../../workflows/release-remarks.ts');
  const release: Release = version === undefined ? await storedRelease(clients) : releaseFor(version, 'VERSION');
  reportRemarks(release, host.name, run.reporter);
  return on(run, { host, kube: clients.kube, release });
}

/** What kubeadm-config says that the cluster runs. */
async function storedRelease({ kube }: HostClients): Promise<Release> {
  const { clusterRelease } = await import('../../workflows/node/upgrade/living-node.ts');
  return clusterRelease(await kube());
}

/** What is asked of the cluster before anything is decided, for a command that only shows. */
async function begin(command: UpgradeRun, host: Host) {
  const { beginUpgrade } = await import('../../workflows/node/upgrade/upgrade.ts');
  const target = await targetOn(command, host, await clientsOn(command, host));
  return beginUpgrade(target, await inputOf(command, host, command.config.node), true);
}

async function plan(command: UpgradeRun, host: Host): Promise<void> {
  const { io, flags, session, config, version } = command;
  const { planUpgrades } = await import('../../workflows/node/upgrade/plan.ts');
  const begun = await begin(command, host);
  if (config.plan.printConfig) await printConfiguration(begun.living.stored.cluster, io);
  const found = await planUpgrades(begun, { version, etcdUpgrade: config.plan.etcdUpgrade });
  await session.told();
  const document = { apiVersion: 'output.kubeadm.k8s.io/v1alpha3', kind: 'UpgradePlan', ...found };
  if (session.json) return io.result(document);
  if (flags.output === 'yaml') {
    const { toYaml } = await import('../../yaml.ts');
    return void io.stdout.write(toYaml(document));
  }
  const { upgradePlanText } = await import('../../report/upgrade-plan-text.ts');
  io.stdout.write(
    found.availableUpgrades.length === 0
      ? `The cluster runs ${begun.context.from.text}, and there is nothing newer to go to.\n`
      : upgradePlanText(found),
  );
}

async function printConfiguration(cluster: UpgradedConfiguration, io: Io): Promise<void> {
  const { toYaml } = await import('../../yaml.ts');
  const { storedClusterDocument } = await import('../../config/convert.ts');
  const { releaseFor } = await import('../../release/release.ts');
  const { parseVersion } = await import('../../release/version.ts');
  const text = toYaml(storedClusterDocument(cluster, releaseFor(parseVersion(cluster.kubernetesVersion)), {}));
  const lines = text
    .trimEnd()
    .split('\n')
    .map((line) => `\t${line}\n`);
  io.stderr.write(`[upgrade/config] Configuration used:\n${lines.join('')}`);
}

type UpgradedConfiguration = Parameters<typeof import('../../config/convert.ts').storedClusterDocument>[0];

async function diff(command: UpgradeRun, host: Host): Promise<void> {
  const { io, session, config } = command;
  const { diffManifests } = await import('../../workflows/node/upgrade/diff.ts');
  const diffs = await diffManifests(await begin(command, host), config.diff.contextLines);
  await session.told();
  io.stdout.write(diffs.map((text) => `${text}\n`).join(''));
}

async function said(command: UpgradeRun, done: UpgradedNode): Promise<void> {
  const { name, io, session, run, only } = command;
  const { planEntries } = await import('../../report/plan-entry.ts');
  const { planText } = await import('../../report/plan-text.ts');
  const { node, from, to, changed } = done;
  if (session.json) {
    const plan = run.rehearsal ? { plan: planEntries(changed) } : {};
    return io.result({ node, from: from.text, to: to.text, changes: changed.length, ...plan });
  }
  if (run.rehearsal) return void io.stdout.write(planText(changed));
  if (only !== undefined) return;
  const { upgradeClosingMessage } = await import('../../manifests/upgrade-closing.ts');
  io.stdout.write(upgradeClosingMessage(name === 'apply' ? 'apply' : 'node', to));
}
