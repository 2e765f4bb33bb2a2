import { describe, expect, it } from 'vitest';
import { type ArgumentOwner, removedArguments } from '../../../src/release/removed-arguments.ts';
import { refusedGates, removedComponentGates } from '../../../src/release/removed-gates.ts';
import { parseVersion } from '../../../src/release/version.ts';

const argumentsAt = (minor: number, owner: Exclude<ArgumentOwner, 'etcd'>) =>
  removedArguments(parseVersion(`v1.${minor}.0`))[owner];

describe('arguments that a component no longer has', () => {
  it.each<[Exclude<ArgumentOwner, 'etcd'>, number, string, string | undefined]>([
    ['kube-apiserver', 19, 'basic-auth-file', 'oidc-issuer-url, or token-auth-file'],
    ['kube-apiserver', 22, 'kubelet-https', undefined],
    ['kube-apiserver', 24, 'insecure-port', undefined],
    ['kube-apiserver', 24, 'experimental-encryption-provider-config', 'encryption-provider-config'],
    ['kube-apiserver', 25, 'service-account-api-audiences', 'api-audiences'],
    ['kube-apiserver', 26, 'logtostderr', undefined],
    ['kube-apiserver', 27, 'master-service-namespace', undefined],
    ['kube-apiserver', 33, 'cloud-provider', undefined],
    ['kube-controller-manager', 24, 'deployment-controller-sync-period', undefined],
    ['kube-controller-manager', 25, 'experimental-cluster-signing-duration', 'cluster-signing-duration'],
    ['kube-controller-manager', 26, 'log-file', undefined],
    ['kube-controller-manager', 31, 'volume-host-cidr-denylist', undefined],
    ['kube-controller-manager', 37, 'concurrent-service-syncs', undefined],
    ['kube-scheduler', 22, 'algorithm-provider', 'config, with a KubeSchedulerConfiguration'],
    ['kube-scheduler', 26, 'stderrthreshold', undefined],
    ['kube-scheduler', 28, 'lock-object-name', 'leader-elect-resource-name'],
    ['kubelet', 23, 'experimental-bootstrap-kubeconfig', 'bootstrap-kubeconfig'],
    ['kubelet', 24, 'dynamic-config-dir', undefined],
    ['kubelet', 26, 'alsologtostderr', undefined],
    ['kubelet', 31, 'keep-terminated-pod-volumes', undefined],
    ['kubelet', 34, 'register-schedulable', 'register-with-taints'],
    ['kubelet', 35, 'pod-infra-container-image', undefined],
  ])('%s at 1.%i: %s', (owner, minor, name, instead) => {
    expect(argumentsAt(minor - 1, owner).has(name)).toBe(false);
    expect(argumentsAt(minor, owner).get(name)).toEqual({ name, since: `Kubernetes v1.${minor}`, instead });
    expect(argumentsAt(37, owner).has(name)).toBe(true);
  });

  it('are not those that stay, though they are of old', () => {
    const stay = [
      'v',
      'vmodule',
      'log-flush-frequency',
      'logging-format',
      'profiling',
      'apiserver-count',
      'cloud-provider',
    ];
    expect(stay.filter((name) => argumentsAt(37, 'kube-controller-manager').has(name))).toEqual([]);
    expect(
      ['cloud-provider', 'runonce', 'address', 'port'].filter((name) => argumentsAt(36, 'kubelet').has(name)),
    ).toEqual([]);
  });
});

describe('feature gates that are gone', () => {
  it.each([
    ['DynamicAuditing', 19],
    ['BlockVolume', 21],
    ['SCTPSupport', 22],
    ['NodeLease', 23],
    ['RuntimeClass', 24],
    ['CSIVolumeFSGroupPolicy', 25],
    ['DaemonSetUpdateSurge', 27],
    ['KubeletCredentialProviders', 28],
    ['MinimizeIPTablesRestore', 30],
    ['JobReadyPods', 31],
    ['PodHostIPs', 32],
    ['JobPodFailurePolicy', 33],
    ['ElasticIndexedJob', 34],
    ['ComponentSLIs', 35],
    ['MemoryManager', 36],
    ['SidecarContainers', 37],
  ])('%s from 1.%i on', (gate, minor) => {
    expect(removedComponentGates(parseVersion(`v1.${minor - 1}.0`)).has(gate)).toBe(false);
    expect(removedComponentGates(parseVersion(`v1.${minor}.0`)).get(gate)).toBe(`v1.${minor}`);
  });

  it('are named once, and refused in a configuration only where they went with v1.37', () => {
    const all = removedComponentGates(parseVersion('v1.37.0'));
    expect(all.size).toBeGreaterThan(200);
    expect([...refusedGates(parseVersion('v1.37.0')).keys()]).toEqual([
      'AnyVolumeDataSource',
      'PreventStaticPodAPIReferences',
      'SidecarContainers',
    ]);
  });
});
