import { describe, expect, it } from 'vitest';
import { diagnose, likelyCause } from '../../../src/execute/diagnose.ts';
import { FakeHost } from '../../fakes/host.ts';

describe('why a node does not come up', () => {
  it.each([
    ['failed to run Kubelet: running with swap on is not supported, please disable swap', 'swapoff -a'],
    [
      'failed to run Kubelet: misconfiguration: kubelet cgroup driver: "systemd" is different from docker cgroup driver: "cgroupfs"',
      'different cgroup drivers',
    ],
    ['kubelet is configured to not run on a host using cgroup v1', 'failCgroupV1: false'],
    ['E1121 server.go:205] failed to parse kubelet flag: unknown flag: --network-plugin', 'kubeadm-flags.env'],
    ['Failed to pull image "registry.k8s.io/pause:3.9": i/o timeout', '--image-repository'],
    ['Error syncing pod: ErrImagePull', '--image-repository'],
    [
      'transport: Error while dialing: dial unix /run/containerd/containerd.sock: connect: no such file or directory',
      'systemctl status containerd',
    ],
    ['validate service connection: CRI v1 runtime API is not implemented', 'systemctl status containerd'],
    ['x509: certificate has expired or is not yet valid: current time 2026-01-01', 'the clock of the host'],
    ['x509: certificate signed by unknown authority', 'kinit reset'],
    ['listen tcp 0.0.0.0:10250: bind: address already in use', 'ss -ltnp'],
    ['open /var/lib/etcd/x: no space left on device', 'df -h'],
    ['Network plugin returns error: cni plugin not initialized', 'kubectl apply -f NETWORK.yaml'],
    ['cni plugin not initialized\nError syncing pod: ErrImagePull', 'an image cannot be pulled'],
  ])('is known from its words: %s', (words, advice) => {
    expect(likelyCause(words)).toContain(advice);
  });

  it('is not guessed where the words say nothing', () => {
    expect(likelyCause('E1121 kubelet.go:2855] "Error getting node" err="node not found"')).toBeUndefined();
  });

  it('is told first, with the one line that shows it', async () => {
    const words = `E1121 server.go] running with swap on is not supported\nE1121 reflector.go] not found\n`;
    const host = new FakeHost({ commands: { sh: { stdout: `${words}\u0001/var/log/pods/etcd.log\npanic: boom\n` } } });
    expect((await diagnose(host)).split('\n')).toEqual([
      'likely cause: swap is on: run `swapoff -a` and take its line out of /etc/fstab',
      '  E1121 server.go] running with swap on is not supported',
    ]);
  });

  it('is left to the reader where it is not known: the last words, cut to what a person reads', async () => {
    const words = `E1121 ${'x'.repeat(1000)}\n\u0001/var/log/pods/etcd.log\npanic: boom\n`;
    const host = new FakeHost({ commands: { sh: { stdout: words } } });
    expect((await diagnose(host)).split('\n')).toEqual([
      'kubelet:',
      expect.stringMatching(/^ {2}E1121 x{394}$/),
      'containers:',
      '  /var/log/pods/etcd.log',
      '  panic: boom',
    ]);
  });

  it('is nothing where the host says nothing', async () => {
    expect(await diagnose(new FakeHost({ commands: { sh: { stdout: '\u0001' } } }))).toBe('');
  });
});
