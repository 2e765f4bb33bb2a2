import { runtimeChecks } from '../../preflight/runtime.ts';
import { isDocker, runtimeOf } from '../../preflight/runtime-of.ts';
import { cgroupDriver } from '../../preflight/runtime-settings.ts';
import { socketPath } from '../../preflight/subject.ts';
import { findingOf, trouble } from '../finding.ts';
import { isNodeToBe, type Patient } from '../patient.ts';
import type { Rule } from '../rule.ts';

/** The service of the runtime that the kubelet uses. */
export function runtimeService({ subject }: Pick<Patient, 'subject'>): 'docker' | 'crio' | 'containerd' {
  const path = socketPath(subject.criSocket);
  return path.includes('docker') ? 'docker' : path.includes('crio') ? 'crio' : 'containerd';
}

export const runtimeStopped: Rule = {
  check: (patient) => {
    const name = runtimeService(patient);
    const unit = patient.units.get(name);
    if (unit === undefined || !unit.exists || !isNodeToBe(patient)) return [];
    if (!['inactive', 'failed'].includes(unit.state)) return [];
    return [
      trouble('RuntimeStopped', `the container runtime does not run: ${name}`, {
        evidence: `${name}.service is ${unit.state} (${unit.detail})`,
        mend: `systemctl enable --now ${name}${unit.state === 'failed' ? `; journalctl -u ${name} -n 50 says why it failed` : ''}`,
        fix: [{ kind: 'service', name, state: 'running', enabled: true }],
      }),
    ];
  },
};

/** Those that facts look for; of another one nothing is known. */
const knownSockets = new Set([
  '/var/run/containerd/containerd.sock',
  '/var/run/crio/crio.sock',
  '/var/run/cri-dockerd.sock',
  '/var/run/docker.sock',
]);

/** It runs and does not answer the kubelet, its CRI plugin is switched off, or it is another one than the kubelet asks. */
export const runtimeSilent: Rule = {
  unless: ['RuntimeStopped'],
  check: (patient) =>
    isNodeToBe(patient) && knownSockets.has(subjectSocket(patient))
      ? runtimeChecks
          .filter(({ name, applies }) => name === 'CRI' && (applies?.(patient) ?? true))
          .flatMap(({ check }) => check(patient))
          .map(findingOf)
      : [],
};

/** Two managers of the same cgroups: docker's kubelet refuses to start, other runtimes' pods end under load. */
export const driversDiffer: Rule = {
  unless: ['CRI', 'RuntimeStopped'],
  check: (patient) =>
    isNodeToBe(patient)
      ? cgroupDriver(patient).map((problem) => {
          const { subject, facts } = patient;
          const runtime = runtimeOf(facts, subject);
          const evidence = `kubelet: ${String(subject.kubelet['cgroupDriver'] ?? 'unsaid')}, ${runtime?.name ?? 'runtime'}: ${runtime?.cgroupDriver}`;
          return { ...findingOf(problem), severity: 'error' as const, evidence };
        })
      : [],
};

/** Pods of an earlier runtime run on beside those of the kubelet's, and hold their ports. */
export const twoRuntimes: Rule = {
  check: (patient) => {
    const own = runtimeService(patient);
    const others = [...patient.podsByRuntime].filter(([name, count]) => name !== own && count > 0);
    const [other] = others;
    if (other === undefined || !isNodeToBe(patient) || isDocker(patient.subject)) return [];
    const [name, count] = other;
    const mend =
      name === 'docker'
        ? 'docker rm -f $(docker ps -q --filter name=^/k8s_)'
        : `systemctl disable --now ${name}, when its containers are gone`;
    return [
      trouble('TwoRuntimes', `${name} still runs containers of pods, and the kubelet uses ${own}`, {
        evidence: `${count} containers of ${name}; the kubelet's socket is ${subjectSocket(patient)}`,
        mend,
      }),
    ];
  },
};

/** Every pod begins with it. */
export const sandboxImageMissing: Rule = {
  unless: ['CRI', 'RuntimeStopped'],
  check: ({ facts, subject, kubeletLog }) => {
    const runtime = runtimeOf(facts, subject);
    const image = runtime?.sandboxImage;
    if (image === undefined || runtime?.images.includes(image)) return [];
    const line = kubeletLog.findLast(
      (one) => /sandbox/i.test(one) && /failed to (get|pull)|pull/i.test(one) && /image/i.test(one),
    );
    if (line === undefined) return [];
    return [
      trouble('SandboxImageMissing', `the runtime's sandbox image ${image} is not there and cannot be pulled`, {
        evidence: line,
        mend: `ctr -n k8s.io images pull ${image}, or a sandbox_image in /etc/containerd/config.toml that the host reaches, and systemctl restart containerd`,
      }),
    ];
  },
};

function subjectSocket({ subject }: Patient): string {
  return socketPath(subject.criSocket);
}
