import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, release, tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { KinitError } from '../../../src/errors.ts';
import { factsScript } from '../../../src/host/facts/facts-script.ts';
import { parseFacts } from '../../../src/host/facts/parse-facts.ts';

const fixture = (name: string) => readFileSync(new URL(`../../fixtures/facts/${name}.txt`, import.meta.url), 'utf8');
const facts = (name: string) => parseFacts(fixture(name));

describe('the facts of a machine', () => {
  it.each([
    ['centos-7', 'CentOS Linux 7 (Core)', 1, '192.168.1.12', 'enforcing'],
    ['centos-8', 'CentOS Linux 8', 1, '10.0.0.8', 'permissive'],
    ['stream-9', 'CentOS Stream 9', 2, '10.0.0.11', 'enforcing'],
    ['stream-10', 'CentOS Stream 10 (Coughlan)', 2, '10.0.0.10', 'enforcing'],
    ['rocky-9', 'Rocky Linux 9.5 (Blue Onyx)', 2, '10.0.0.21', 'enforcing'],
    ['debian-12', 'Debian GNU/Linux 12 (bookworm)', 2, '10.0.0.31', 'disabled'],
  ])('of %s name its system, cgroups, address and SELinux mode', (name, system, cgroup, address, mode) => {
    const read = facts(name);
    expect([read.os.name, read.cgroup.version, read.defaultAddress.v4, read.selinux]).toEqual([
      system,
      cgroup,
      address,
      mode,
    ]);
  });

  it('pass over what a login shell prints before the answer', () => {
    expect(facts('centos-7').hostname).toBe('node7.example.com');
  });

  it('are refused when the answer is cut off', () => {
    expect(() => parseFacts(fixture('stream-9').replace('@end', ''))).toThrow(KinitError);
  });

  it('tell swap in use apart from swap that comes back with the next boot', () => {
    expect(facts('centos-7')).toMatchObject({
      swaps: ['/dev/dm-1'],
      fstabSwap: ['/dev/mapper/centos-swap swap                    swap    defaults        0 0'],
    });
  });

  it('name the runtimes in the order in which kubeadm looks for them, each with its own settings', () => {
    const { runtimes, runtime } = facts('centos-7');
    expect(runtimes).toMatchObject([
      { socket: '/var/run/containerd/containerd.sock', version: '1.6.33', disabledPlugins: ['cri'] },
      { socket: '/var/run/docker.sock', name: 'docker', version: '19.03.15', cgroupDriver: 'cgroupfs' },
    ]);
    expect(runtime.sockets).toEqual(['/var/run/containerd/containerd.sock', '/var/run/docker.sock']);
  });

  it.each([
    ['centos-8', 'systemd', 'registry.aliyuncs.com/google_containers/pause:3.9'],
    ['stream-9', 'systemd', 'registry.k8s.io/pause:3.10.2'],
    ['rocky-9', 'systemd', 'registry.k8s.io/pause:3.10'],
    ['debian-12', 'cgroupfs', 'registry.k8s.io/pause:3.6'],
  ])('of %s tell cgroup driver and sandbox image of the runtime', (name, cgroupDriver, sandboxImage) => {
    expect(facts(name).runtime).toMatchObject({ cgroupDriver, sandboxImage, problem: undefined });
  });

  it('say why a runtime that answers is not ready, and do not mind that it has no network yet', () => {
    const answer = fixture('centos-8')
      .replace('"status": true', '"status": false')
      .replace('"message": ""', '"message": "boom"');
    expect(parseFacts(answer).runtime.problem).toBe('RuntimeReady is false: boom');
    expect(facts('centos-8').runtime.problem).toBeUndefined();
  });

  it('tell a kubelet that takes its time from none: a busy host or a cold disk is slow', () => {
    const folder = mkdtempSync(join(tmpdir(), 'kinit-slow-'));
    try {
      writeFileSync(join(folder, 'kubelet'), '#!/bin/sh\nexec sleep 20\n', { mode: 0o755 });
      const script = factsScript().replace('within 20 kubelet', 'within 0.2 kubelet');
      const env = { ...process.env, PATH: `${folder}:${process.env['PATH']}` };
      const answer = execFileSync('sh', { input: script, encoding: 'utf8', env, stdio: ['pipe', 'pipe', 'ignore'] });
      expect(parseFacts(answer)).toMatchObject({
        kubeletVersion: undefined,
        kubeletProblem: 'kubelet did not answer within 0.2 s',
      });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it.each([
    ['container-runtime-endpoint=unix:///run/containerd/containerd.sock', 'unix:///run/containerd/containerd.sock'],
    ['containerRuntimeEndpoint: "unix:///var/run/crio/crio.sock"', 'unix:///var/run/crio/crio.sock'],
    ['containerRuntimeEndpoint: unix:///var/run/crio/crio.sock', 'unix:///var/run/crio/crio.sock'],
  ])('read from %s how its kubelet calls its runtime', (line, socket) => {
    const told = fixture('centos-7').replace(/^@end/m, `@kubelet-socket\n ${line}\n@end`);
    expect(parseFacts(told).kubeletSocket).toBe(socket);
    expect(facts('centos-7')).not.toHaveProperty('kubeletSocket');
  });

  it('say why a kubelet that is there does not start', () => {
    const complaint = "kubelet: /lib64/libc.so.6: version `GLIBC_2.34' not found (required by kubelet)";
    expect(parseFacts(fixture('centos-7').replace('Kubernetes v1.18.0', complaint))).toMatchObject({
      kubeletVersion: undefined,
      kubeletProblem: complaint,
    });
  });

  it('read addresses of listeners from the kernel, with the program where it is known', () => {
    expect(facts('centos-7').listening).toEqual([
      { address: '0.0.0.0', port: 22, process: 'sshd' },
      { address: '127.0.0.1', port: 25, process: 'master' },
      { address: '::', port: 22, process: 'sshd' },
    ]);
  });

  it('count only hardware for the MAC addresses that must differ between machines', () => {
    expect(facts('centos-7').identity.macs).toEqual(['00:50:56:9a:12:34']);
  });

  it('read the ports that a zone lets in, by number and by service', () => {
    expect(facts('rocky-9').firewalld).toEqual({
      active: true,
      zones: ['k8s'],
      ports: ['10250/tcp', '30000-32767/tcp'],
      open: false,
      masquerade: true,
    });
  });

  it('tell services apart that are unknown, off and enabled', () => {
    const { services } = facts('centos-7');
    expect(services.get('docker')).toEqual({ active: true, enabled: true });
    expect(services.get('kubelet')).toEqual({ active: false, enabled: false });
    expect(services.has('crio')).toBe(false);
  });

  it('know whether the clock is kept', () => {
    expect(['centos-7', 'centos-8', 'debian-12'].map((name) => facts(name).timeSync)).toEqual([
      { service: undefined, synchronized: undefined },
      { service: 'chronyd', synchronized: true },
      { service: 'systemd-timesyncd', synchronized: true },
    ]);
  });

  it('list repositories with their addresses and whether they are enabled', () => {
    expect(facts('centos-7').repositories.map(({ id, enabled }) => `${id} ${enabled}`)).toEqual([
      'base true',
      'updates true',
      'centosplus false',
      'kubernetes true',
    ]);
  });

  it('leave refusing routes out and write every route as a CIDR', () => {
    expect(facts('centos-7').routes.map(({ destination }) => destination)).toEqual([
      '0.0.0.0/0',
      '172.17.0.0/16',
      '192.168.1.0/24',
      'fe80::/64',
    ]);
  });
});

describe('the script that asks for them', () => {
  const answerOf = (shell: string, ...argv: readonly string[]) =>
    execFileSync(shell, [...argv, '-s'], { input: factsScript(), encoding: 'utf8' });

  it.each([['sh'], ['bash', '--posix']])(
    'runs under a plain POSIX shell (%s) and is read back whole',
    (shell, ...argv) => {
      const read = parseFacts(answerOf(shell, ...argv));
      expect(read).toMatchObject({ hostname: hostname(), kernel: release(), uid: userInfo().uid });
      expect(read.interfaces).toContain('lo');
      expect(read.programs.get('mount')).toMatch(/^\/.*\/mount$/);
      expect(read.sysctls.get('net.ipv4.ip_forward')).toBe(
        readFileSync('/proc/sys/net/ipv4/ip_forward', 'utf8').trim(),
      );
      expect(read.diskFree.get('/')).toBeGreaterThan(0);
      expect(read.cpus).toBeGreaterThan(0);
      expect(read.memory).toBeGreaterThan(0);
      expect(Math.abs(read.clock - Date.now() / 1000)).toBeLessThan(60);
    },
  );

  it('begins a section at its own marks alone, whatever files and programs say', () => {
    expect(answerOf('sh')).not.toContain('\u0001');
    expect(answerOf('sh').match(/^[^ @].*$/m)).toBeNull();
  });

  it('holds no command that writes, and no redirection but to nowhere and from standard input', () => {
    const script = factsScript();
    expect(script).not.toMatch(/\b(rm|mv|tee|mkdir|mktemp|dd|setenforce|swapon|insmod)\s/);
    expect(script.replaceAll(/\d?>\/dev\/null|2>&1/g, '')).not.toMatch(/>{1,2} ?("\$|\/|\$\w)/);
  });
});
