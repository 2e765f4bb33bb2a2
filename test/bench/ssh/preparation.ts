import type { Operation } from '../../../src/host/host.ts';

/** What preparing a worker comes to, as operations of a host. */
export function preparation(name: string, hosts: readonly (readonly [name: string, address: string])[]): Operation[] {
  return [
    run('hostnamectl', 'set-hostname', name),
    write('/etc/hosts', hostsFile(hosts)),
    run('swapoff', '-a'),
    write('/etc/fstab', '#/dev/mapper/cs-swap none swap defaults 0 0\n'),
    run('setenforce', '0'),
    write('/etc/selinux/config', 'SELINUX=permissive\nSELINUXTYPE=targeted\n'),
    ...['10250/tcp', '30000-32767/tcp', '8472/udp'].map((port) => firewall(`--add-port=${port}`)),
    ...['10.244.0.0/16', '10.96.0.0/12'].map((network) => firewall('--zone=trusted', `--add-source=${network}`)),
    firewall('--add-masquerade'),
    run('firewall-cmd', '--reload'),
    write('/etc/modules-load.d/kinit.conf', 'overlay\nbr_netfilter\n'),
    run('modprobe', '-a', 'overlay', 'br_netfilter'),
    write('/etc/sysctl.d/99-kinit.conf', 'net.bridge.bridge-nf-call-iptables = 1\nnet.ipv4.ip_forward = 1\n'),
    run('sysctl', '--system'),
    write('/etc/chrony.conf', 'server 10.77.0.3 iburst\ndriftfile /var/lib/chrony/drift\nmakestep 1.0 3\nrtcsync\n'),
    run('systemctl', 'restart', 'chronyd'),
    write('/etc/yum.repos.d/kinit-kubernetes.repo', repository('kubernetes')),
    write('/etc/yum.repos.d/kinit-containerd.repo', repository('containerd')),
    run('dnf', '-y', 'install', 'kubelet-1.20.2', 'kubectl-1.20.2', 'cri-tools', 'containerd.io', 'conntrack-tools'),
    write('/etc/containerd/config.toml', containerd),
    write('/etc/containerd/certs.d/k8s.gcr.io/hosts.toml', mirror),
    write('/etc/containerd/certs.d/docker.io/hosts.toml', mirror),
    run('systemctl', 'enable', 'containerd'),
    run('systemctl', 'restart', 'containerd'),
    run('systemctl', 'enable', 'kubelet'),
  ];
}

const run = (...argv: string[]): Operation => ({ op: 'run', argv });
const firewall = (...words: string[]): Operation => run('firewall-cmd', '--permanent', ...words);
const write = (path: string, content: string): Operation => ({ op: 'write', file: { path, content, mode: 0o644 } });

const hostsFile = (hosts: readonly (readonly [string, string])[]): string =>
  ['127.0.0.1 localhost', ...hosts.map(([name, address]) => `${address} ${name}`), ''].join('\n');

const repository = (name: string): string =>
  `[${name}]\nname=${name}\nbaseurl=http://10.77.0.3/${name}\ngpgcheck=1\ngpgkey=http://10.77.0.3/RPM-GPG-KEY\n`;

const mirror = '[host."http://10.77.0.3:5000"]\n  capabilities = ["pull", "resolve"]\n';

const containerd = `version = 2
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "k8s.gcr.io/pause:3.2"
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
  SystemdCgroup = true
`;
