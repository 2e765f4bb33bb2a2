import type { Release } from '../release/release.ts';
import { newestMinor, oldestMinor } from '../release/served.ts';
import { compareVersions, tryParseVersion, type Version } from '../release/version.ts';

/** What an upgrade wants, and what runs. */
export interface UpgradePolicyInput {
  /** Of the target. */
  readonly release: Release;
  /** The newest API server that runs. */
  readonly from: Version;
  /** `v1.20.2`, as the nodes tell; of every node. */
  readonly kubelets: readonly string[];
  readonly allowExperimentalUpgrades?: boolean;
  readonly allowRCUpgrades?: boolean;
  /** The cluster's own etcd: the tags of its members' images, and the one that the target runs. */
  readonly etcd?: { readonly members: readonly string[]; readonly target: string };
}

/** What forbids an upgrade; `force` does not help against what is fatal. */
export interface UpgradePolicy {
  readonly fatal: readonly string[];
  readonly skippable: readonly string[];
}

/**
 * kubeadm's rules for the versions of an upgrade (app/phases/upgrade/policy.go, v1.20.2 to v1.36.3), with kinit in the place
 * of the target's own kubeadm: what kubeadm asks of its own version holds by that.
 */
export function upgradePolicy(input: UpgradePolicyInput): UpgradePolicy {
  const { from, release } = input;
  const { version: to, upgrade } = release;
  const tooFar =
    to.minor > from.minor + 1
      ? [
          `Specified version to upgrade to "${to.text}" is too high; kubeadm can upgrade only 1 minor version at a time: go by ${nextMinors(from, to)} first`,
        ]
      : to.minor < from.minor - 1
        ? [
            `Specified version to downgrade to "${to.text}" is too low; kubeadm can downgrade only 1 minor version at a time`,
          ]
        : [];
  const isStable = to.preRelease === undefined;
  return {
    fatal: [...served(to), ...(isStable ? tooFar : [])],
    skippable: [
      ...(isStable ? [] : tooFar),
      ...unstable(input),
      ...oldKubelets(input.kubelets, to, upgrade.kubeletSkew),
      ...etcdSteps(input),
    ],
  };
}

function served({ minor, text }: Version): readonly string[] {
  if (minor >= oldestMinor) return [];
  return [`Specified version to upgrade to "${text}" is lower than the minimum supported version v1.${oldestMinor}.0`];
}

function nextMinors(from: Version, to: Version): string {
  const last = Math.min(to.minor - 1, newestMinor);
  const minors = Array.from({ length: Math.max(0, last - from.minor) }, (_, index) => `v1.${from.minor + 1 + index}`);
  return minors.join(', ');
}

function unstable({ release, allowExperimentalUpgrades, allowRCUpgrades }: UpgradePolicyInput): readonly string[] {
  const { preRelease, text } = release.version;
  if (preRelease === undefined || allowExperimentalUpgrades) return [];
  if (preRelease.startsWith('rc') && allowRCUpgrades) return [];
  return [
    `Specified version to upgrade to "${text}" is an unstable version and such upgrades weren't allowed via setting the --allow-*-upgrades flags`,
  ];
}

function oldKubelets(kubelets: readonly string[], to: Version, skew: number): readonly string[] {
  const old = [...new Set(kubelets)].filter((text) => to.minor > (tryParseVersion(text)?.minor ?? to.minor) + skew);
  if (old.length === 0) return [];
  return [`There are kubelets in this cluster that are too old that have these versions [${old.sort().join(' ')}]`];
}

/** What etcd asks for before a minor of its own, where it has several members. */
const etcdMinimums: readonly { readonly to: string; readonly atLeast: string; readonly source: string }[] = [
  {
    to: '3.6',
    atLeast: '3.5.26',
    source: 'etcd.io blog 2025: zombie members upgraded from v3.5 to v3.6 (kubernetes/kubeadm#3247)',
  },
  { to: '3.7', atLeast: '3.6.11', source: 'etcd.io docs v3.7 upgrade_3_7.md' },
];

/** Members go one minor at a time, and never back; several of them only from a patch that the next minor can live with. */
function etcdSteps({ etcd }: UpgradePolicyInput): readonly string[] {
  const target = etcd && tagVersion(etcd.target);
  if (etcd === undefined || target === undefined) return [];
  const members = etcd.members.flatMap((tag) => tagVersion(tag) ?? []);
  const far = members.find(({ minor }) => target.minor > minor + 1);
  const minimum = etcdMinimums.find(({ to }) => to === `${target.major}.${target.minor}`);
  const atLeast = minimum && tagVersion(minimum.atLeast);
  const early =
    atLeast && members.length > 1
      ? members.find((member) => member.minor < target.minor && compareVersions(member, atLeast) < 0)
      : undefined;
  return [
    ...(far === undefined ? [] : [`etcd ${text(far)} cannot become ${text(target)}: it goes one minor at a time`]),
    ...(early === undefined || minimum === undefined
      ? []
      : [
          `etcd ${text(early)} of several members has to be ${minimum.atLeast} or later before it becomes ${text(target)}: set etcd.local.imageTag in kubeadm-config to such a version and upgrade within v1.N first`,
        ]),
  ];
}

/** The version in the tag of an etcd image: `3.5.26-0`, whose build number is no pre-release. */
export function tagVersion(tag: string): Version | undefined {
  return tryParseVersion(tag.replace(/^v/, '').replace(/[-_+].*$/, ''));
}

function text({ major, minor, patch }: Version): string {
  return `${major}.${minor}.${patch}`;
}
