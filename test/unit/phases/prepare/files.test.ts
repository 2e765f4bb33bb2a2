import { describe, expect, it } from 'vitest';
import { withBlock, withoutBlock } from '../../../../src/execute/own-lines.ts';
import { reverted } from '../../../../src/execute/reverted.ts';
import { hostsFile } from '../../../../src/phases/prepare/hosts-file.ts';
import { kernel } from '../../../../src/phases/prepare/kernel.ts';
import { selinux } from '../../../../src/phases/prepare/selinux.ts';
import { swap } from '../../../../src/phases/prepare/swap.ts';
import { timeSync } from '../../../../src/phases/prepare/time-sync.ts';
import { initConfig } from '../../manifests/config.ts';
import { commandsIn, desired, fileIn, type Situation } from './decide.ts';

describe('a block of kinit’s in a file of others', () => {
  const block = '# BEGIN kinit\na\n# END kinit\n';

  it.each([
    ['goes to the end', 'x\n', `x\n${block}`],
    ['goes to the end of a file without a last newline', 'x', `x\n${block}`],
    ['is all of an empty file', '', block],
    ['replaces the one that is there, where it is', 'x\n# BEGIN kinit\nold\n# END kinit\ny\n', `x\n${block}y\n`],
    ['stays as it is when it says the same', `x\n${block}y\n`, `x\n${block}y\n`],
    ['does not mind a line that only looks like its first', 'x # BEGIN kinit\n', `x # BEGIN kinit\n${block}`],
    ['leaves a block without an end alone', '# BEGIN kinit\nx\n', `# BEGIN kinit\nx\n${block}`],
  ])('%s', (_, before, after) => {
    expect(withBlock(before, ['a'])).toBe(after);
  });

  it('goes without a trace', () => {
    expect(withoutBlock(withBlock('x\ny\n', ['a', 'b']))).toBe('x\ny\n');
  });
});

describe('turning kinit’s edits back', () => {
  const before = 'one\ntwo\nthree\n';
  const after = withBlock('one\n#two\nthree\n', ['mine']);

  it.each([
    ['nobody else has touched', after, before],
    ['others have added to', `zero\n${after}four\n`, 'zero\none\ntwo\nthree\nfour\n'],
    ['others have taken the edited line from', after.replace('#two\n', ''), 'one\nthree\n'],
    ['somebody has turned back already', before, before],
  ])('in a file that %s leaves the rest', (_, now, result) => {
    expect(reverted(now, before, after)).toBe(result);
  });
});

describe('swap in /etc/fstab', () => {
  it.each([
    ['/dev/mapper/centos-swap swap                    swap    defaults        0 0', true],
    ['UUID=1 none swap sw 0 0', true],
    ['\tLABEL=swap\tnone\tswap\tsw', true],
    ['/swapfile swap swap defaults 0 0', true],
    ['# /dev/sda2 none swap sw 0 0', false],
    ['/dev/swap /mnt/swap xfs defaults 0 0', false],
    ['/dev/sda1 /swap ext4 swap 0 0', false],
    ['', false],
  ])('%s: commented out is %s', (line, expected) => {
    const text = `/dev/sda1 / xfs defaults 0 0\n${line}\n/dev/sda3 /home xfs defaults 0 0\n`;
    const written = fileIn(desired(swap, 'stream-9', { files: { '/etc/fstab': text } }), '/etc/fstab');
    expect(written).toBe(expected ? text.replace(line, `#${line}`) : undefined);
  });

  it('is switched off now, and on again by undoing', () => {
    const changes = desired(swap, 'centos-7', { files: { '/etc/fstab': '' } });
    expect(changes).toMatchObject([{ argv: ['swapoff', '-a'], undo: ['swapon', '/dev/dm-1'] }]);
  });
});

describe('SELinux', () => {
  it.each([
    [
      'enforcing',
      'SELINUX=enforcing\nSELINUXTYPE=targeted\n',
      ['setenforce 0'],
      'SELINUX=permissive\nSELINUXTYPE=targeted\n',
    ],
    ['permissive', 'SELINUX=permissive\n', [], undefined],
    ['disabled', 'SELINUX=disabled\n', [], undefined],
    ['disabled', '# SELINUX=enforcing\nSELINUX=disabled\n', [], undefined],
  ] as const)('%s, with %j in its file', (mode, text, commands, written) => {
    const changes = desired(selinux, 'stream-9', { facts: { selinux: mode }, files: { '/etc/selinux/config': text } });
    expect([commandsIn(changes), fileIn(changes, '/etc/selinux/config')]).toEqual([commands, written]);
  });
});

describe('/etc/hosts', () => {
  const cluster = { ...initConfig('1.31.0').cluster, controlPlaneEndpoint: 'api.kinit.internal:6443' };

  it.each<[string, Situation, string]>([
    ['leads a worker to the control plane by kinit’s name', {}, '10.0.0.11 api.kinit.internal\n'],
    [
      'leads a worker that has joined to its own load balancer',
      {
        wishes: { loadBalancer: { kind: 'local' } },
        facts: { kubernetesFiles: ['/etc/kubernetes/kubelet.conf'] },
        answers: { sed: 'https://api.kinit.internal:6443\n' },
      },
      '127.0.0.1 api.kinit.internal\n',
    ],
    [
      'does not lead a node whose cluster was made without that name',
      { facts: { kubernetesFiles: ['/etc/kubernetes/kubelet.conf'] }, answers: { sed: 'https://10.0.0.11:6443\n' } },
      '',
    ],
  ])('%s', (_, situation, line) => {
    const changes = desired(hostsFile, 'stream-9', { ...situation, files: { '/etc/hosts': '' }, context: { cluster } });
    expect(fileIn(changes, '/etc/hosts')).toBe(
      `# BEGIN kinit\n10.0.0.11 master\n10.0.0.12 node1\n${line}# END kinit\n`,
    );
  });

  it('names the nodes that have an address; a name is resolved elsewhere', () => {
    const hosts = [
      { name: 'a', address: '10.0.0.1', role: 'control-plane' },
      { name: 'b', address: 'fd00::2' },
      { name: 'c', address: 'c.example.com' },
    ];
    const changes = desired(hostsFile, 'stream-9', {
      wishes: { hosts },
      role: 'control-plane',
      files: { '/etc/hosts': '' },
    });
    expect(fileIn(changes, '/etc/hosts')).toBe('# BEGIN kinit\n10.0.0.1 a\nfd00::2 b\n# END kinit\n');
  });
});

describe('kernel settings', () => {
  const sysctlFile = '/etc/sysctl.d/99-kinit.conf';

  it('are set now where they differ, and what they were is kept for undoing', () => {
    const sysctl =
      'net.ipv4.ip_forward = 0\nnet.bridge.bridge-nf-call-iptables = 1\nnet.bridge.bridge-nf-call-ip6tables = 1\n';
    const changes = desired(kernel, 'stream-9', { answers: { sysctl } });
    expect(changes).toContainEqual(
      expect.objectContaining({
        argv: ['sysctl', '-q', '-p', sysctlFile],
        undo: ['sysctl', '-q', '-w', 'net.ipv4.ip_forward=0'],
      }),
    );
  });

  it('of the user’s come with them, several numbers in one as the kernel parts them', () => {
    const preparation = { modules: ['ip-vs'], sysctls: { 'net.ipv4.tcp_rmem': '4096 87380 6291456' } };
    const changes = desired(kernel, 'stream-9', {
      wishes: { preparation },
      answers: { sysctl: 'net.ipv4.tcp_rmem = 4096\t87380\t6291456\n' },
    });
    expect(fileIn(changes, sysctlFile)).toContain('\nnet.ipv4.tcp_rmem = 4096 87380 6291456\n');
    expect(fileIn(changes, '/etc/modules-load.d/kinit.conf')).toBe('# Made by kinit.\noverlay\nbr_netfilter\nip_vs\n');
    expect(changes.at(-1)?.says).not.toContain('tcp_rmem');
  });

  it('forward IPv6 where the cluster has it', () => {
    const cluster = {
      networking: { serviceSubnet: '10.96.0.0/12,fd00:1::/112', podSubnet: '10.244.0.0/16', dnsDomain: '' },
    };
    const changes = desired(kernel, 'stream-9', { context: cluster ? ({ cluster } as never) : {} });
    expect(fileIn(changes, sysctlFile)).toContain('net.ipv6.conf.all.forwarding = 1');
    expect(fileIn(desired(kernel, 'stream-9'), sysctlFile)).not.toContain('ipv6');
  });
});

describe('the clock', () => {
  const config = '/etc/chrony.conf';
  const chrony = 'server 0.centos.pool.ntp.org iburst\npool x iburst\ndriftfile /var/lib/chrony/drift\n';
  const preparation = { ntpServers: ['ntp.aliyun.com', '10.0.0.1'] };
  const block = '# BEGIN kinit\nserver ntp.aliyun.com iburst\nserver 10.0.0.1 iburst\n# END kinit\n';

  it('is taken from the file’s servers in the place of the host’s own', () => {
    const changes = desired(timeSync, 'stream-9', { wishes: { preparation }, files: { [config]: chrony } });
    expect(fileIn(changes, config)).toBe(
      `#server 0.centos.pool.ntp.org iburst\n#pool x iburst\ndriftfile /var/lib/chrony/drift\n${block}`,
    );
  });

  it('keeps its file when nothing is new in it', () => {
    const first = fileIn(
      desired(timeSync, 'stream-9', { wishes: { preparation }, files: { [config]: chrony } }),
      config,
    )!;
    expect(
      fileIn(desired(timeSync, 'stream-9', { wishes: { preparation }, files: { [config]: first } }), config),
    ).toBeUndefined();
  });

  it.each([
    ['nothing keeps it yet', undefined, 1],
    ['chrony keeps it', 'chronyd', 1],
    ['systemd-timesyncd keeps it', 'systemd-timesyncd', 0],
    ['ntpd keeps it', 'ntpd', 0],
  ])('is left to the service that keeps it: %s', (_, service, changes) => {
    const facts = { timeSync: { service, synchronized: true } };
    expect(desired(timeSync, 'stream-9', { facts, files: { [config]: chrony } })).toHaveLength(changes);
  });
});
