import { installAdvice } from '../distribution/distribution.ts';
import { type Limit, limitsOf } from '../release/limits.ts';
import type { KernelOption } from '../release/system-verification.ts';
import { nearestThatWorks } from './nearest.ts';
import { type Check, failure, type PreflightContext, type Problem, warning } from './problem.ts';
import { isDocker, machineOf, runtimeOf } from './runtime-of.ts';

/** kubeadm's SystemVerification (k8s.io/system-validators): kernel, its configuration, cgroups, docker. */
export const kernelChecks: readonly Check[] = [
  {
    name: 'SystemVerification',
    origin: 'kubeadm',
    check: (context) => [
      ...limits(context, 'kernel', 'a newer kernel (a newer major release of the distribution)'),
      ...kernelConfiguration(context),
      ...limits(context, 'cgroup', cgroupAdvice(context)),
      ...controllers(context),
      ...docker(context),
    ],
  },
];

const name = 'SystemVerification';

function limits(context: PreflightContext, about: Limit['name'], otherwise: string): readonly Problem[] {
  const { facts, subject, release } = context;
  return limitsOf(machineOf(facts, subject), release.version)
    .filter((limit) => limit.name === about)
    .map(({ message, severity }) => ({
      name,
      severity,
      message,
      evidence: about === 'kernel' ? `${facts.os.name}, kernel ${facts.kernel}` : `cgroup v${facts.cgroup.version}`,
      mend: severity === 'error' ? nearestThatWorks(context, otherwise) : otherwise,
    }));
}

/** CentOS 7's kernel has no usable cgroup v2, 8's has it behind a kernel argument. */
function cgroupAdvice({ facts }: PreflightContext): string {
  if (facts.cgroup.version === 2) return 'systemd.unified_cgroup_hierarchy=0 among the kernel arguments, and a reboot';
  const [major = 0, minor = 0] = facts.kernel.split('.').map(Number);
  return major < 4 || (major === 4 && minor < 15)
    ? 'a newer major release of the distribution, or failCgroupV1: false in the KubeletConfiguration'
    : 'grubby --update-kernel=ALL --args=systemd.unified_cgroup_hierarchy=1 and a reboot, or failCgroupV1: false in the KubeletConfiguration';
}

function kernelConfiguration({ facts, release }: PreflightContext): readonly Problem[] {
  const { kernelConfig, cgroup } = facts;
  if (kernelConfig === undefined) {
    const mend = 'modprobe configs, or install the package that brings /boot/config-$(uname -r)';
    return [failure(name, 'failed to parse kernel config: no config path is available', { mend })];
  }
  const { required, requiredWith } = release.preflight.system;
  const missing = [...required, ...requiredWith[cgroup.version ?? 1]].filter(
    (option) => !option.some((alias) => kernelConfig.has(`CONFIG_${alias}`)),
  );
  if (missing.length === 0) return [];
  const named = missing.map((option: KernelOption) => `CONFIG_${option.at(-1)}`).join(' ');
  return [
    failure(name, `unexpected kernel config: ${named}`, {
      mend: 'boot a kernel that has them, such as that of a newer release of the distribution',
    }),
  ];
}

function controllers({ facts, release }: PreflightContext): readonly Problem[] {
  const { version, controllers: present } = facts.cgroup;
  if (version === undefined) {
    return [failure(name, 'cannot get a cgroup mount point', { mend: 'mount the cgroup file systems (systemd does)' })];
  }
  const wanted = release.preflight.system.cgroups[version];
  const missing = (names: readonly string[]) => names.filter((one) => !present.includes(one)).join(' ');
  const [required, optional] = [missing(wanted.required), missing(wanted.optional)];
  const mend = `remove cgroup_disable= from the kernel arguments, or boot a kernel with these controllers`;
  return [
    ...(required
      ? [failure(name, `missing required cgroups: ${required}`, { evidence: present.join(' '), mend })]
      : []),
    ...(optional ? [warning(name, `missing optional cgroups: ${optional}`)] : []),
  ];
}

function docker({ facts, subject, release }: PreflightContext): readonly Problem[] {
  const { dockershim, system } = release.preflight;
  const version = runtimeOf(facts, subject)?.version;
  if (!dockershim || !isDocker(subject) || version === undefined) return [];
  if (system.docker.versions.some((pattern) => pattern.test(version))) return [];
  const newer = /\d{2}\.\d+\.\d+(?:-[a-z]{2})?/.test(version);
  const message = newer
    ? `this Docker version is not on the list of validated versions: ${version}. Latest validated version: ${system.docker.latest}`
    : `unsupported docker version: ${version}`;
  const mend = installAdvice(`docker-ce-${system.docker.latest}.*`);
  return [newer ? warning(name, message, { mend }) : failure(name, message, { mend })];
}
