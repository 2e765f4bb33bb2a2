import { pauseImage } from '../manifests/images.ts';
import { type PreflightContext, type Problem, warning } from './problem.ts';
import { tellsItsConfiguration } from './runtime.ts';
import { isDocker, runtimeOf } from './runtime-of.ts';

/** The kubelet refuses docker with another driver; with other runtimes pods end up under two managers. */
export function cgroupDriver({ facts, subject, release }: PreflightContext): readonly Problem[] {
  const runtime = runtimeOf(facts, subject);
  if (runtime?.cgroupDriver === undefined) return [];
  if (release.preflight.driverFromRuntime && tellsItsConfiguration(runtime)) return [];
  const docker = isDocker(subject);
  const fallback = {
    kubelet: 'cgroupfs',
    docker: docker ? runtime.cgroupDriver : 'cgroupfs',
    systemd: 'systemd',
  } as const;
  const kubelet = String(subject.kubelet['cgroupDriver'] ?? fallback[release.kubelet.cgroupDriver]);
  if (kubelet === runtime.cgroupDriver) return [];
  const message = `kubelet cgroup driver "${kubelet}" is different from ${runtime.name ?? 'runtime'} cgroup driver "${runtime.cgroupDriver}"`;
  const mend = docker
    ? `"exec-opts": ["native.cgroupdriver=${kubelet}"] in /etc/docker/daemon.json, and systemctl restart docker`
    : `SystemdCgroup = ${kubelet === 'systemd'} under runc.options in /etc/containerd/config.toml, and systemctl restart containerd`;
  return [{ name: 'CgroupDriver', severity: docker ? 'error' : 'warning', message, mend, prepared: true }];
}

/** The kubelet's own pause image is not the runtime's: behind a mirror the runtime's cannot be pulled. */
export function sandboxImage({ facts, subject, release }: PreflightContext): readonly Problem[] {
  const runtime = runtimeOf(facts, subject);
  if (subject.cluster === undefined || runtime?.sandboxImage === undefined || isDocker(subject)) return [];
  const wanted = pauseImage(subject.cluster, release);
  if (runtime.sandboxImage === wanted) return [];
  const message = `detected that the sandbox image "${runtime.sandboxImage}" of the container runtime is inconsistent with that used by kubeadm. It is recommended to use "${wanted}" as the CRI sandbox image`;
  const evidence = runtime.images.includes(runtime.sandboxImage)
    ? 'the host has that image'
    : 'the host does not have that image';
  const mend = `sandbox_image = "${wanted}" in /etc/containerd/config.toml, and systemctl restart containerd`;
  return [warning('SandboxImage', message, { evidence, mend, prepared: true })];
}
