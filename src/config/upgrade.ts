import { defined } from '../defined.ts';
import { completeTimeouts, deepFreeze, defaults, given } from './defaults.ts';
import type { ConfigFile, UpgradeDocument } from './documents.ts';
import { findings, placesOf, type Report } from './findings.ts';
import { flagPlaces, listFlag, refuseMixed, versionWish } from './flags.ts';
import { checkIgnored } from './node-registration.ts';
import { isAbsolutePath } from './rules.ts';
import type { ImagePullPolicy, UpgradeConfig, UpgradeNode, UpgradePlan } from './types.ts';

/** The subcommands of `upgrade`; each has its own part of UpgradeConfiguration. */
export type UpgradeCommand = 'plan' | 'apply' | 'node' | 'diff';

/** kubeadm's flags of `upgrade`, as commander names them; only what the user gave is there. */
export interface UpgradeFlags {
  readonly [name: string]: unknown;
  /** The positional VERSION of plan, apply and diff. */
  readonly version?: string | undefined;
  readonly allowExperimentalUpgrades?: boolean | undefined;
  readonly allowReleaseCandidateUpgrades?: boolean | undefined;
  readonly certificateRenewal?: boolean | undefined;
  readonly contextLines?: string | undefined;
  readonly dryRun?: boolean | undefined;
  readonly etcdUpgrade?: boolean | undefined;
  readonly force?: boolean | undefined;
  readonly ignorePreflightErrors?: readonly string[] | undefined;
  readonly patches?: string | undefined;
  readonly printConfig?: boolean | undefined;
  readonly skipPhases?: readonly string[] | undefined;
}

/** The field of a part of UpgradeConfiguration that each flag sets. */
const upgradeFlagFields = {
  version: 'kubernetesVersion',
  allowExperimentalUpgrades: 'allowExperimentalUpgrades',
  allowReleaseCandidateUpgrades: 'allowRCUpgrades',
  certificateRenewal: 'certificateRenewal',
  contextLines: 'contextLines',
  dryRun: 'dryRun',
  etcdUpgrade: 'etcdUpgrade',
  force: 'forceUpgrade',
  ignorePreflightErrors: 'ignorePreflightErrors',
  patches: 'patches.directory',
  printConfig: 'printConfig',
  skipPhases: 'skipPhases',
} as const;

const besideConfig = ['version', 'ignore-preflight-errors', 'dry-run', 'skip-phases', 'force'];

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
    refuseMixed(flags, upgradeFlagFields, besideConfig, found.report);
    if (!documents.upgrade) found.report(documents.file, 'holds no UpgradeConfiguration');
  }
  const document = withFlags(documents?.upgrade?.value ?? {}, flags, command);
  const ofFlags = [...flagPlaces(flags, upgradeFlagFields)].map(
    ([field, flag]) => [`${command}.${field}`, flag] as const,
  );
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

function withFlags(document: UpgradeDocument, flags: UpgradeFlags, command: UpgradeCommand): UpgradeDocument {
  const before: NonNullable<UpgradeDocument['apply']> = document[command] ?? {};
  const lines = flags.contextLines;
  const own = {
    ...before,
    ...defined({
      kubernetesVersion: flags.version ?? before.kubernetesVersion,
      allowExperimentalUpgrades: flags.allowExperimentalUpgrades ?? before.allowExperimentalUpgrades,
      allowRCUpgrades: flags.allowReleaseCandidateUpgrades ?? before.allowRCUpgrades,
      certificateRenewal: flags.certificateRenewal ?? before.certificateRenewal,
      dryRun: flags.dryRun ?? before.dryRun,
      etcdUpgrade: flags.etcdUpgrade ?? before.etcdUpgrade,
      forceUpgrade: flags.force ?? before.forceUpgrade,
    }),
    ...defined({
      ignorePreflightErrors: [
        ...(before.ignorePreflightErrors ?? []),
        ...(listFlag(flags.ignorePreflightErrors) ?? []),
      ],
    }),
    ...defined({ patches: flags.patches === undefined ? before.patches : { directory: flags.patches } }),
    ...defined({
      printConfig: flags.printConfig ?? before.printConfig,
      skipPhases: listFlag(flags.skipPhases) ?? before.skipPhases,
    }),
    ...(lines === undefined ? {} : { contextLines: Number(lines) }),
  };
  return { ...document, [command]: own };
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
