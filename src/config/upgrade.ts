import { defined } from '../defined.ts';
import { completeTimeouts, deepFreeze, defaults, given } from './defaults.ts';
import type { ConfigFile, UpgradeDocument } from './documents.ts';
import { findings, placesOf, type Report } from './findings.ts';
import { type FieldPath, type FlagsOf, type FlagTable, flagPlaces, refuseMixed, withFlags } from './flag-table.ts';
import type { ReportFlag } from './flag-values.ts';
import { checkIgnored } from './node-registration.ts';
import { isAbsolutePath } from './rules.ts';
import { sharedFlags } from './shared-flags.ts';
import type { ImagePullPolicy, UpgradeConfig, UpgradeNode, UpgradePlan } from './types.ts';
import { versionWish } from './version-wish.ts';

/** The subcommands of `upgrade`; each has its own part of UpgradeConfiguration. */
export type UpgradeCommand = 'plan' | 'apply' | 'node' | 'diff';

/** On, but where `=false` follows, as Go's flags have it. */
const unlessFalse = {
  value: '[bool]',
  read: (given: string | boolean, flag: string, report: ReportFlag) => {
    const text = String(given);
    if (!['true', 'false'].includes(text)) report(flag, `"${text}" is neither true nor false`);
    return text !== 'false';
  },
} as const;

/** The flags of `upgrade` and its commands (kubeadm v1.36.2 cmd/upgrade), which set fields of the command's part. */
export const upgradeFlags = {
  version: {
    argument: 'VERSION',
    help: 'the version to upgrade to',
    field: 'kubernetesVersion',
    besideFile: 'overrides',
  },
  'allow-experimental-upgrades': {
    help: 'show alpha versions and beta versions too',
    field: 'allowExperimentalUpgrades',
  },
  'allow-release-candidate-upgrades': { help: 'show release candidates too', field: 'allowRCUpgrades' },
  'certificate-renewal': {
    ...unlessFalse,
    help: 'renew the certificates that the upgraded components use',
    field: 'certificateRenewal',
  },
  'context-lines': {
    value: '<n>',
    help: 'how many lines of context the difference has',
    field: 'contextLines',
    read: Number,
  },
  'dry-run': { ...sharedFlags['dry-run'], field: 'dryRun', besideFile: 'overrides' },
  'etcd-upgrade': { ...unlessFalse, help: 'upgrade etcd too', field: 'etcdUpgrade' },
  force: {
    short: '-f',
    help: 'go on although a requirement is not met',
    field: 'forceUpgrade',
    besideFile: 'overrides',
  },
  'ignore-preflight-errors': {
    ...sharedFlags['ignore-preflight-errors'],
    field: 'ignorePreflightErrors',
    besideFile: 'adds',
  },
  patches: {
    value: '<dir>',
    help: 'directory with patches for the static pods and the kubelet configuration',
    field: 'patches.directory',
  },
  'print-config': { help: 'print the configuration of the cluster', field: 'printConfig' },
  'skip-phases': { ...sharedFlags['skip-phases'], field: 'skipPhases', besideFile: 'overrides' },
} as const satisfies FlagTable<FieldPath<AnyPart>>;

type AnyPart = Part<'apply'> & Part<'diff'> & Part<'node'> & Part<'plan'>;
type Part<Command extends UpgradeCommand> = NonNullable<UpgradeDocument[Command]>;

/** The flags of `upgrade`, as commander names them; only what the user gave is there. */
export interface UpgradeFlags extends FlagsOf<typeof upgradeFlags> {
  readonly [name: string]: unknown;
}

/** What `upgrade COMMAND` goes by: flags over the file over kubeadm's defaults, frozen. Throws InputError. */
export function upgradeRequest({
  documents,
  flags,
  command,
}: {
  readonly documents?: ConfigFile | undefined;
  readonly flags: UpgradeFlags;
  readonly command: UpgradeCommand;
}): UpgradeConfig {
  const found = findings();
  if (documents) {
    refuseMixed(flags, upgradeFlags, found.report);
    if (!documents.upgrade) found.report(documents.file, 'holds no UpgradeConfiguration');
  }
  const file = documents?.upgrade?.value ?? {};
  const document = { ...file, [command]: withFlags(file[command] ?? {}, flags, upgradeFlags, found.report) };
  const ofFlags = [...flagPlaces(flags, upgradeFlags)].map(([field, flag]) => [`${command}.${field}`, flag] as const);
  const placeOf = placesOf(documents?.upgrade, new Map(ofFlags));
  check(document, (path, message) => found.report(placeOf(path), message));
  found.throwIfAny();
  return deepFreeze({
    apply: { ...plan(document.apply), ...node(document.apply), forceUpgrade: document.apply?.forceUpgrade ?? false },
    node: node(document.node),
    plan: plan(document.plan),
    diff: {
      ...defined({
        kubernetesVersion: given(document.diff?.kubernetesVersion),
        contextLines: document.diff?.contextLines,
      }),
    },
    timeouts: completeTimeouts(document.timeouts),
  });
}

function check(document: UpgradeDocument, report: Report): void {
  for (const name of ['apply', 'plan', 'diff'] as const) {
    const version = given(document[name]?.kubernetesVersion);
    const wish = version === undefined ? undefined : versionWish(version);
    if (wish && 'problem' in wish) report([name, 'kubernetesVersion'], wish.problem);
  }
  for (const name of ['apply', 'node', 'plan'] as const) {
    checkIgnored(document[name]?.ignorePreflightErrors ?? [], [name, 'ignorePreflightErrors'], report);
  }
  for (const name of ['apply', 'node'] as const) {
    const { patches, imagePullPolicy } = document[name] ?? {};
    const directory = given(patches?.directory);
    if (directory !== undefined && !isAbsolutePath(directory))
      report([name, 'patches', 'directory'], `"${directory}" is not an absolute path`);
    if (!['Always', 'IfNotPresent', 'Never'].includes(given(imagePullPolicy) ?? defaults.imagePullPolicy)) {
      report([name, 'imagePullPolicy'], 'has to be Always, IfNotPresent or Never');
    }
  }
  const lines = document.diff?.contextLines;
  if (lines !== undefined && (!Number.isInteger(lines) || lines < 0))
    report(['diff', 'contextLines'], 'has to be a number of lines');
}

function plan(document: NonNullable<UpgradeDocument['plan']> = {}): UpgradePlan {
  return {
    ...defined({ kubernetesVersion: given(document.kubernetesVersion) }),
    allowExperimentalUpgrades: document.allowExperimentalUpgrades ?? false,
    allowRCUpgrades: document.allowRCUpgrades ?? false,
    dryRun: document.dryRun ?? false,
    etcdUpgrade: document.etcdUpgrade ?? true,
    ignorePreflightErrors: document.ignorePreflightErrors ?? [],
    printConfig: document.printConfig ?? false,
  };
}

function node(document: NonNullable<UpgradeDocument['node']> = {}): UpgradeNode {
  return {
    certificateRenewal: document.certificateRenewal ?? true,
    dryRun: document.dryRun ?? false,
    etcdUpgrade: document.etcdUpgrade ?? true,
    ignorePreflightErrors: document.ignorePreflightErrors ?? [],
    skipPhases: document.skipPhases ?? [],
    ...defined({ patchesDirectory: given(document.patches?.directory) }),
    imagePullPolicy: (given(document.imagePullPolicy) ?? defaults.imagePullPolicy) as ImagePullPolicy,
    imagePullSerial: document.imagePullSerial ?? true,
  };
}
