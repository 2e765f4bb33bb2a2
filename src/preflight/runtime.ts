import { installAdvice } from '../distribution/distribution.ts';
import type { Facts, Runtime } from '../host/facts/facts.ts';
import { limitsOf } from '../release/limits.ts';
import { tryParseVersion } from '../release/version.ts';
import { nearestThatWorks } from './nearest.ts';
import { type Check, failure, type PreflightContext, type Problem, warning } from './problem.ts';
import { isDocker, machineOf, runtimeOf } from './runtime-of.ts';
import { socketPath } from './subject.ts';

export const runtimeChecks: readonly Check[] = [
  {
    name: 'Service-Docker',
    origin: 'kubeadm',
    applies: ({ subject, release }) => isDocker(subject) && release.preflight.dockershim,
    check: dockerService,
  },
  {
    name: 'CRI',
    origin: 'kubeadm',
    reads: ({ criSocket }) => ({ paths: [socketPath(criSocket)] }),
    check: answers,
  },
  {
    name: 'IsDockerSystemdCheck',
    origin: 'kubeadm',
    applies: ({ subject, release }) => isDocker(subject) && release.preflight.dockerSystemd,
    check: ({ facts, subject }) => {
      const driver = runtimeOf(facts, subject)?.cgroupDriver;
      if (driver === undefined || driver === 'systemd') return [];
      const message = `detected "${driver}" as the Docker cgroup driver. The recommended driver is "systemd". Please follow the guide at https://kubernetes.io/docs/setup/cri/`;
      const mend = `"exec-opts": ["native.cgroupdriver=systemd"] in /etc/docker/daemon.json, and systemctl restart docker`;
      return [warning('IsDockerSystemdCheck', message, { mend, prepared: true })];
    },
  },
  {
    name: 'ContainerRuntimeVersion',
    origin: 'kubeadm',
    applies: ({ release }) => release.preflight.runtimeConfig !== undefined,
    check: ({ facts, subject, release: { preflight, version } }) => {
      const runtime = runtimeOf(facts, subject);
      if (runtime === undefined || runtime.version === undefined || tellsItsConfiguration(runtime)) return [];
      const { message = '', mustFromKubelet = Number.POSITIVE_INFINITY } = preflight.runtimeConfig ?? {};
      const kubelet = tryParseVersion(facts.kubeletVersion ?? '') ?? version;
      const more = { evidence: `${runtime.name} ${runtime.version}`, mend: 'update containerd to 2.0 or newer' };
      const tell = kubelet.minor >= mustFromKubelet ? failure : warning;
      return [tell('ContainerRuntimeVersion', message, more)];
    },
  },
];

function dockerService({ facts }: PreflightContext): readonly Problem[] {
  const service = facts.services.get('docker');
  if (service === undefined) return [warning('Service-Docker', 'docker service does not exist', { prepared: true })];
  const active = 'systemctl start docker.service';
  const enabled = 'systemctl enable docker.service';
  const told = (mend: string) => ({ mend, prepared: true });
  return [
    ...(service.enabled
      ? []
      : [warning('Service-Docker', `docker service is not enabled, please run '${enabled}'`, told(enabled))]),
    ...(service.active
      ? []
      : [failure('Service-Docker', `docker service is not active, please run '${active}'`, told(active))]),
  ];
}

/** The runtime answers on the node's socket, is ready, and speaks what the kubelet speaks. */
function answers(context: PreflightContext): readonly Problem[] {
  const { facts, subject, release, paths } = context;
  const limits = limitsOf(machineOf(facts, subject), release.version).filter(({ name }) => name === 'runtime');
  if (limits.length > 0) {
    const otherwise = isDocker(subject) ? 'containerd, or cri-dockerd in front of docker (--cri-socket)' : undefined;
    return limits.map(({ message }) => failure('CRI', message, { mend: nearestThatWorks(context, otherwise) }));
  }
  const path = socketPath(subject.criSocket);
  const runtime = runtimeOf(facts, subject);
  if (runtime === undefined) {
    if (paths.get(path)?.type === 'socket') return [];
    const others = facts.runtimes.map(({ socket }) => socket).join(', ');
    const evidence = `${path} is no socket${others ? `; there is ${others}` : ''}`;
    const mend = others ? `--cri-socket unix://${facts.runtimes[0]?.socket}` : startOf(facts);
    return [failure('CRI', 'container runtime is not running', { evidence, mend, prepared: !others })];
  }
  const off = runtime.disabledPlugins.find(
    (plugin) => plugin === 'cri' || plugin.startsWith('io.containerd.grpc.v1.cri'),
  );
  if (off !== undefined) {
    const message = `container runtime is not running: its CRI plugin is switched off`;
    const evidence = `disabled_plugins = ["${off}"] in /etc/containerd/config.toml`;
    const mend = 'containerd config default > /etc/containerd/config.toml && systemctl restart containerd';
    return [failure('CRI', message, { evidence, mend, prepared: true })];
  }
  if (runtime.problem === undefined) return [];
  const unit = path.includes('docker') ? 'docker' : path.includes('crio') ? 'crio' : 'containerd';
  const mend = `systemctl restart ${unit}, and journalctl -u ${unit} for the reason`;
  // One that is switched off is started; one that runs and does not answer is not mended by that.
  const prepared = facts.services.get(unit)?.active === false;
  return [failure('CRI', `container runtime is not running: ${runtime.problem}`, { evidence: path, mend, prepared })];
}

/** Of the runtime that is installed; containerd is what a host without one should get. */
function startOf({ programs }: Facts): string {
  const installed = ['containerd', 'docker', 'crio'].find((program) => programs.has(program));
  return `${installed === undefined ? `${installAdvice('containerd.io')} && ` : ''}systemctl enable --now ${installed ?? 'containerd'}`;
}

/** RuntimeConfig: containerd from 2.0, CRI-O from 1.28 (kubernetes.io/docs/setup/production-environment/container-runtimes). */
export function tellsItsConfiguration({ name, version }: Runtime): boolean {
  const [major = 0, minor = 0] = (version ?? '').split('.').map(Number);
  if (name === 'containerd') return major >= 2;
  if (name === 'cri-o') return major > 1 || minor >= 28;
  return false;
}
