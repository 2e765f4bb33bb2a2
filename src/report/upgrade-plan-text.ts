import { compareVersions, tryParseVersion } from '../release/version.ts';

interface Component {
  readonly name: string;
  readonly currentVersion: string;
  readonly newVersion: string;
  readonly nodeName?: string;
}

interface Plan {
  readonly availableUpgrades: readonly { readonly description: string; readonly components: readonly Component[] }[];
  readonly configVersions: readonly {
    readonly group: string;
    readonly currentVersion: string;
    readonly preferredVersion: string;
    readonly manualUpgradeRequired: boolean;
  }[];
}

/** The tables of `upgrade plan` as kubeadm prints them (app/cmd/upgrade/plan.go, v1.30 to v1.36.3). */
export function upgradePlanText({ availableUpgrades, configVersions }: Plan): string {
  const configurations = [
    ['API GROUP', 'CURRENT VERSION', 'PREFERRED VERSION', 'MANUAL UPGRADE REQUIRED'],
    ...configVersions.map(({ group, currentVersion, preferredVersion, manualUpgradeRequired }) => [
      group,
      currentVersion || '-',
      preferredVersion || '-',
      manualUpgradeRequired ? 'yes' : 'no',
    ]),
  ];
  return [
    ...availableUpgrades.map(({ description, components }) => upgradeText(description, components)),
    `\nThe table below shows the current state of component configs as understood by this version of kinit.
Configs that have a "yes" mark in the "MANUAL UPGRADE REQUIRED" column require manual config upgrade or
resetting to kubeadm defaults before a successful upgrade can be performed. The version to manually
upgrade to is denoted in the "PREFERRED VERSION" column.\n\n${columns(configurations)}${line}`,
  ].join('');
}

const line = '_____________________________________________________________________\n\n';

function upgradeText(description: string, components: readonly Component[]): string {
  const table = (all: readonly Component[]) =>
    columns([
      ['COMPONENT', 'NODE', 'CURRENT', 'TARGET'],
      ...all.map(({ name, nodeName = '', currentVersion, newVersion }) => [name, nodeName, currentVersion, newVersion]),
    ]);
  const manual = components.filter(({ name }) => name === 'kubelet');
  const version = components.find(({ name }) => name === 'kube-apiserver')?.newVersion ?? '';
  return `Components that must be upgraded manually after you have upgraded the control plane with 'kinit upgrade apply':
${table(manual)}
Upgrade to the latest ${description}:

${table(components.filter((one) => !manual.includes(one)))}
You can now apply the upgrade by executing the following command:

\tkinit upgrade apply ${version}${unstable(version)}

${line}`;
}

function unstable(text: string): string {
  const version = tryParseVersion(text);
  if (version?.preRelease === undefined || compareVersions(version, version) !== 0) return '';
  return version.preRelease.startsWith('rc') ? ' --allow-release-candidate-upgrades' : ' --allow-experimental-upgrades';
}

/** As Go's tabwriter sets them: at least ten wide, three apart. */
function columns(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(10, ...rows.map((row) => (row[column]?.length ?? 0) + 3)));
  const text = (row: readonly string[]) =>
    row.map((cell, column) => (column === row.length - 1 ? cell : cell.padEnd(widths[column] ?? 0))).join('');
  return rows.map((row) => `${text(row)}\n`).join('');
}
