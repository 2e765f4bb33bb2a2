import { installAdvice } from '../distribution/distribution.ts';
import { tryParseVersion } from '../release/version.ts';
import { type Check, failure, type PreflightContext, type Problem, warning } from './problem.ts';

export const kubeletChecks: readonly Check[] = [
  { name: 'KubeletVersion', origin: 'kubeadm', check: kubeletVersion },
  {
    name: 'Service-kubelet',
    origin: 'kubeadm',
    // Where there is no unit kinit writes one.
    applies: ({ facts }) => facts.services.has('kubelet'),
    check: ({ facts, release }) =>
      facts.services.get('kubelet')?.enabled
        ? []
        : [
            warning(
              release.preflight.kubeletService,
              "kubelet service is not enabled, please run 'systemctl enable kubelet.service'",
              { mend: 'systemctl enable kubelet.service', prepared: true },
            ),
          ],
  },
];

const name = 'KubeletVersion';

/** A joining host's kubelet is only held against the oldest one; init's also against the control plane. */
function kubeletVersion({ facts, subject, release }: PreflightContext): readonly Problem[] {
  const { version } = release;
  const mend = installAdvice(`kubelet-${version.text.slice(1)}`);
  const kubelet = tryParseVersion(facts.kubeletVersion ?? '');
  if (!kubelet) {
    const reason = facts.kubeletProblem ?? 'there is no kubelet in PATH';
    const message = `couldn't get kubelet version: cannot execute 'kubelet --version': ${reason}`;
    return [failure(name, message, { mend, prepared: true })];
  }
  const more = { evidence: `kubelet ${kubelet.text}`, mend, prepared: true };
  if (kubelet.minor < version.minor - release.preflight.kubeletSkew) {
    const message = `Kubelet version "${kubelet.text.slice(1)}" is lower than kubeadm can support. Please upgrade kubelet`;
    return [failure(name, message, more)];
  }
  if (subject.role === 'init' && kubelet.minor > version.minor) {
    const message = `the kubelet version is higher than the control plane version. This is not a supported version skew and may lead to a malfunctional cluster. Kubelet version: "${kubelet.text.slice(1)}" Control plane version: "${version.text.slice(1)}"`;
    return [failure(name, message, more)];
  }
  return [];
}
