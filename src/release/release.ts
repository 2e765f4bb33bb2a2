import { InputError } from '../errors.ts';
import { type AddonRelease, addonRelease } from './addons.ts';
import { type ConfigApiRelease, configApiRelease } from './config-api.ts';
import { type ControlPlaneRelease, controlPlaneRelease } from './control-plane.ts';
import { type ImageRelease, imageRelease } from './images.ts';
import { type KubeletRelease, kubeletRelease } from './kubelet.ts';
import { type NetworkRelease, networkRelease } from './network.ts';
import { type NodeRelease, nodeRelease } from './node.ts';
import { type PackageRelease, packageRelease } from './packages.ts';
import { type PhaseRelease, phaseRelease } from './phases.ts';
import { type PkiRelease, pkiRelease } from './pki.ts';
import { type PreflightRelease, preflightRelease } from './preflight.ts';
import { type ResetRelease, resetRelease } from './reset.ts';
import { newestMinor, oldestMinor } from './served.ts';
import type { Version } from './version.ts';

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
  readonly pki: PkiRelease;
  readonly preflight: PreflightRelease;
  readonly phases: PhaseRelease;
  readonly packages: PackageRelease;
  readonly reset: ResetRelease;
}

/** All tables read at `version`; throws InputError where kinit does not serve its minor. */
export function releaseFor(version: Version, place = '--kubernetes-version'): Release {
  if (version.major !== 1 || version.minor < oldestMinor || version.minor > newestMinor) {
    const nearest = version.major !== 1 || version.minor > newestMinor ? newestMinor : oldestMinor;
    throw new InputError(
      [{ place, message: `${version.text} is not served: kinit serves v1.${oldestMinor} to v1.${newestMinor}` }],
      `the nearest minor that works is v1.${nearest}`,
    );
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
    pki: pkiRelease(version),
    preflight: preflightRelease(version),
    phases: phaseRelease(version),
    packages: packageRelease(version),
    reset: resetRelease(version),
  });
}
