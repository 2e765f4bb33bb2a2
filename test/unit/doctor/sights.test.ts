import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { apiDoorQuestion } from '../../../src/doctor/sights/api-door.ts';
import { containerLogsQuestion } from '../../../src/doctor/sights/container-logs.ts';
import { credentialsQuestion } from '../../../src/doctor/sights/credentials.ts';
import { kubeletLogQuestion } from '../../../src/doctor/sights/kubelet-log.ts';
import { podNetworkQuestion } from '../../../src/doctor/sights/pod-network.ts';
import { roomQuestion } from '../../../src/doctor/sights/room.ts';
import { unitsQuestion } from '../../../src/doctor/sights/units.ts';

const at = (head: string, ...lines: readonly string[]) => [`\u0001${head}`, ...lines, ''].join('\n');

describe('what a host answers', () => {
  it('is read of containers: the newest log of each, without what the runtime writes before a line', () => {
    const text = [
      at('100 kube-system_etcd-cp1_old/etcd/3.log', '2026-11-30T00:00:00.1Z stderr F of an earlier pod'),
      at(
        '200 kube-system_etcd-cp1_new/etcd/0.log',
        '2026-11-30T00:00:00.1Z stdout F one',
        '2026-11-30T00:00:01Z stderr P two',
      ),
      at(
        '200 kube-system_a-b_c/d/12.log',
        '{"log":"of \\"docker\\"\\n","stream":"stderr","time":"2026-11-30T00:00:00Z"}',
      ),
    ].join('');
    expect(containerLogsQuestion.parse(text)).toEqual([
      {
        namespace: 'kube-system',
        pod: 'etcd-cp1',
        container: 'etcd',
        restarts: 0,
        modified: 200,
        lines: ['one', 'two'],
      },
      { namespace: 'kube-system', pod: 'a-b', container: 'd', restarts: 12, modified: 200, lines: ['of "docker"'] },
    ]);
  });

  it('is read of a runtime, a disk and memory', () => {
    const room = roomQuestion.parse(
      'disk /var/lib/kubelet 100 20 /var\ninodes /var/lib/kubelet 10 5\nmemory MemTotal: 9\nmemory MemAvailable: 3\n',
    );
    expect(room.disks.get('/var/lib/kubelet')).toEqual({ total: 100, free: 20, mount: '/var' });
    expect(room.inodes.get('/var/lib/kubelet')).toEqual({ total: 10, free: 5 });
    expect(room.memory).toEqual({ total: 9, free: 3 });
  });

  it('is read of units, by names that systemd may not know', () => {
    const units = unitsQuestion.parse(
      'Id=kubelet.service\nLoadState=loaded\nActiveState=active\nSubState=running\nUnitFileState=enabled\n\nId=crio.service\nLoadState=not-found\n',
    );
    expect(units.get('kubelet')).toMatchObject({ exists: true, state: 'active', enabled: true, restarts: 0 });
    expect(units.get('crio')?.exists).toBe(false);
  });

  it.each([
    ['nobody runs', 'ActiveState=inactive\nRestart=always\nResult=success', true],
    ['was killed since it did not end when it was told to', 'ActiveState=failed\nRestart=always\nResult=timeout', true],
    ['failed, and is begun anew', 'ActiveState=activating\nRestart=always\nResult=exit-code', false],
    ['failed too often to be begun anew', 'ActiveState=failed\nRestart=always\nResult=start-limit-hit', false],
    ['failed, and is not begun anew', 'ActiveState=failed\nRestart=no\nResult=exit-code', false],
    ['runs', 'ActiveState=active\nRestart=always\nResult=success', false],
  ])('tells of a unit that %s whether somebody stopped it', (_, state, stopped) => {
    const units = unitsQuestion.parse(`Id=kubelet.service\nLoadState=loaded\n${state}\n`);
    expect(units.get('kubelet')?.stopped).toBe(stopped);
  });

  it('is read of pod networks, in the order in which the runtime takes them', () => {
    const text = `${at('/etc/cni/net.d/20-b.conf', '"subnet": "10.9.0.0/24"')}${at('/etc/cni/net.d/10-a.conflist')}${at('flannel', '10.244.3.1/24')}`;
    expect(podNetworkQuestion.parse(text)).toEqual({
      configurations: [
        { file: '/etc/cni/net.d/10-a.conflist', subnets: [] },
        { file: '/etc/cni/net.d/20-b.conf', subnets: ['10.9.0.0/24'] },
      ],
      flannelSubnet: '10.244.3.1/24',
    });
  });

  it('is nothing where it says nothing', () => {
    expect(containerLogsQuestion.parse('')).toEqual([]);
    expect(kubeletLogQuestion.parse('')).toEqual([]);
    expect(apiDoorQuestion.parse('')).toBeUndefined();
    expect(roomQuestion.parse('')).toMatchObject({ memory: undefined });
    expect(unitsQuestion.parse('').size).toBe(0);
    expect(credentialsQuestion.parse('')).toMatchObject({ certificates: new Map(), kubeconfigs: new Map() });
  });
});

describe('what a host is asked', () => {
  it('is heard once of a kubelet that says it every second', () => {
    const folder = mkdtempSync(join(tmpdir(), 'kinit-journal-'));
    const same = (second: number) => `E1130 01:19:${second}.1 1 file_linux.go:60] Unable to read config path`;
    const lines = [
      same(10),
      'I1130 01:19:11.0 1 a.go:1] all is well',
      'E1130 01:19:12.0 1 b.go:1] failed to c',
      same(13),
    ];
    writeFileSync(join(folder, 'journalctl'), `#!/bin/sh\ncat <<'X'\n${lines.join('\n')}\nX\n`, { mode: 0o755 });
    const [program = '', ...argv] = kubeletLogQuestion.argv;
    const env = { ...process.env, PATH: `${folder}:${process.env['PATH']}` };
    const answer = execFileSync(program, argv, { env, encoding: 'utf8' });
    rmSync(folder, { recursive: true });
    expect(kubeletLogQuestion.parse(answer)).toEqual([lines[2], lines[3]]);
  });
});
