import { InputError } from '../errors.ts';
import { type AddonRelease, addonRelease } from './addons.ts';
import { type ConfigApiRelease, configApiRelease } from './config-api.ts';
import { type ControlPlaneRelease, controlPlaneRelease } from './control-plane.ts';
import { type ImageRelease, imageRelease } from './images.ts';
import { type KubeletRelease, kubeletRelease } from './kubelet.ts';
import { type LineRelease, lineRelease } from './lines.ts';
import { type LoadBalancerRelease, loadBalancerRelease } from './load-balancer.ts';
import { type NetworkRelease, networkRelease } from './network.ts';
import { type NodeRelease, nodeRelease } from './node.ts';
import { type PackageRelease, packageRelease } from './packages.ts';
import { type PhaseRelease, phaseRelease } from './phases.ts';
import { type PkiRelease, pkiRelease } from './pki.ts';
import { type PreflightRelease, preflightRelease } from './preflight.ts';
import { type ResetRelease, resetRelease } from './reset.ts';
import { newestMinor, newestVersion, oldestMinor, servedMinor } from './served.ts';
import { type SkewRelease, skewRelease } from './skew.ts';
import { type UpgradeRelease, upgradeRelease } from './upgrade.ts';
import { tablesBefore } from './verified.ts';
import { parseVersion, type Version } from './version.ts';

/** Everything that depends on the Kubernetes version, looked up once. */
export interface Release {
  readonly version: Version;
  readonly images: ImageRelease;
  readonly configApi: ConfigApiRelease;
  readonly controlPlane: ControlPlaneRelease;
  readonly kubelet: KubeletRelease;
  readonly node: NodeRelease;
  readonly addons: AddonRelease;
  readonly network: NetworkRelease;
  readonly loadBalancer: LoadBalancerRelease;
  readonly pki: PkiRelease;
  readonly preflight: PreflightRelease;
  readonly phases: PhaseRelease;
  readonly packages: PackageRelease;
  readonly reset: ResetRelease;
  readonly upgrade: UpgradeRelease;
  readonly skew: SkewRelease;
  /** Tables that stop before the version, which has the rows of an older one there; none for what kinit serves. */
  readonly unverified: readonly string[];
  readonly lines: LineRelease;
}

/**
 * All tables read at `version`; throws InputError where kinit does not serve its minor. The minor after the newest one is
 * read as the newest where the user admits that (`admitted`).
 */
export function releaseFor(version: Version, place = '--kubernetes-version'): Release {
  const isNext = version.major === 1 && version.minor === newestMinor + 1;
  if (version.major !== 1 || version.minor < oldestMinor || version.minor > newestMinor) {
    if (!isNext || !version.admitted) throw notServed(version, place, isNext);
  }
  return Object.freeze({
    version,
    images: imageRelease(version),
    configApi: configApiRelease(version),
    controlPlane: controlPlaneRelease(version),
    kubelet: kubeletRelease(version),
    node: nodeRelease(version),
    addons: addonRelease(version),
    network: networkRelease(version),
    loadBalancer: loadBalancerRelease(version),
    pki: pkiRelease(version),
    preflight: preflightRelease(version),
    phases: phaseRelease(version),
    packages: packageRelease(version),
    reset: resetRelease(version),
    upgrade: upgradeRelease(version),
    skew: skewRelease(version),
    unverified: tablesBefore(version),
    lines: lineRelease(version),
  });
}

/** Of the version; where kinit does not serve it, of the nearest that it does, and of the newest where none is known. */
export function nearestRelease(version: Version | undefined): Release {
  if (version === undefined || version.minor > newestMinor) return releaseFor(parseVersion(newestVersion));
  return releaseFor(version.minor < oldestMinor ? parseVersion(`v1.${oldestMinor}.0`) : version);
}

function notServed({ text, major, minor }: Version, place: string, isNext: boolean): InputError {
  const nearest = major !== 1 || minor > newestMinor ? newestMinor : oldestMinor;
  const anyway = isNext ? `; --allow-unverified takes ${text} with what holds for v1.${newestMinor}` : '';
  return new InputError(
    [{ place, message: `${text} is not served: kinit serves v1.${oldestMinor} to v1.${newestMinor}` }],
    `the nearest minor that works is v1.${nearest}${anyway}`,
  );
}

/** What a run with the release has to say of it beforehand: a warning, and a note for who wants to know more. */
export function remarksOn({ version, unverified }: Release): { readonly warning?: string; readonly note?: string } {
  if (unverified.length > 0) {
    const tables = unverified.join(', ');
    const warning = `Kubernetes ${version.text} is newer than what kinit was held against: these tables still say what holds for v1.${newestMinor}: ${tables}`;
    return { warning };
  }
  const newest = servedMinor(version.minor)?.newestPatch ?? version.patch;
  if (version.patch <= newest) return {};
  const known = `v1.${version.minor}.${newest}`;
  return {
    note: `${version.text} is newer than ${known}, the newest patch that kinit knows: taken as if it were that one`,
  };
}
