import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { KinitError } from '../../src/errors.ts';
import type { KubeObject } from '../../src/kube/client.ts';
import { doctorObject, doctorText } from '../../src/report/doctor-text.ts';
import { doctor, type HostFindings, type Suspect } from '../../src/workflows/doctor/doctor.ts';
import { lastWords } from '../../src/workflows/doctor/last-words.ts';
import { mend, plannedMending } from '../../src/workflows/doctor/mend.ts';
import { administratorConf, testAuthority, testCertificate } from '../certificates.ts';
import { FakeHost, type FakeHostOptions } from '../fakes/host.ts';
import { FakeKube } from '../fakes/kube.ts';
import { kubeServer } from '../fakes/kube-server.ts';
import { quietRun } from '../run.ts';
import { observedOn, type Role, type Situation, unit } from '../unit/doctor/patients.ts';

/** The recorded host as a machine that can be asked; its etcd, where it has one, answers nobody. */
function machine(
  name: string,
  role: Role,
  situation: Situation = {},
  { hasEtcd = false, ...more }: FakeHostOptions & { readonly hasEtcd?: boolean } = {},
): FakeHost {
  const { facts, files, paths, commands } = observedOn(role, situation);
  const there = [...paths].flatMap(([path, { type }]) => (type === 'file' ? [[path, ''] as const] : []));
  const texts = [...files]
    .filter(([path]) => hasEtcd || !path.endsWith('/etcd.yaml'))
    .flatMap(([path, { content }]) => (content ? [[path, content.toString()] as const] : []));
  const answer = (argv: readonly string[]) => commands.get(argv.join('\0')) ?? {};
  return new FakeHost({
    name,
    facts,
    connect: async () => {
      throw new KinitError('connect ECONNREFUSED');
    },
    ...more,
    files: { ...Object.fromEntries([...there, ...texts]), ...more.files },
    commands: { sh: answer, 'systemctl show': answer, ...more.commands },
  });
}

const at = (host: FakeHost, role?: Suspect['role']): Suspect => ({
  name: host.name,
  opening: host,
  ...(role ? { role } : {}),
});
/** By the hosts' own clock, so that none of them is ahead. */
const clock = () => observedOn('worker').facts.clock * 1000;
const found = async (...suspects: Suspect[]) => doctor(suspects, clock);
const names = (all: readonly HostFindings[]) =>
  Object.fromEntries(all.map(({ name, findings }) => [name, findings.map((finding) => finding.name)]));

const stopped: Situation = {
  answers: { units: unit('kubelet', { ActiveState: 'inactive', SubState: 'dead' }) },
};
const apiServerDown: Situation = {
  facts: ({ listening }) => ({ listening: listening.filter(({ port }) => port !== 6443) }),
};
const nobodyAtTheDoor: Situation = {
  answers: { apiDoor: () => 'server https://10.77.2.11:6443\naddress 10.77.2.11\nproblem connect:errno=111\n' },
};

describe('an examination', () => {
  it('asks a worker in one round trip, and tells of each host in the order in which they were named', async () => {
    const w1 = machine('w1', 'worker', stopped);
    const all = await found(at(w1), at(machine('cp1', 'control-plane')));
    expect(w1.roundTrips).toBe(1);
    expect(Object.entries(names(all))).toEqual([
      ['w1', ['KubeletStopped']],
      ['cp1', []],
    ]);
  });

  it('has a finding for a host that is not reached, and goes on with the others', async () => {
    const error = new KinitError('no answer from 10.0.0.9 port 22', { hint: 'is it up?' });
    const all = await found({ name: 'gone', opening: Promise.resolve(error) }, at(machine('w1', 'worker', stopped)));
    expect(all[0]?.findings).toEqual([
      expect.objectContaining({ name: 'Unreachable', evidence: 'no answer from 10.0.0.9 port 22', mend: 'is it up?' }),
    ]);
    expect(names(all)).toMatchObject({ w1: ['KubeletStopped'] });
  });

  it('does not tell a worker’s view of a control plane whose trouble is found', async () => {
    const w1 = machine('w1', 'worker', nobodyAtTheDoor);
    expect(names(await found(at(w1)))).toEqual({ w1: ['ApiServerUnreachable'] });
    const all = await found(at(machine('cp1', 'control-plane', apiServerDown)), at(w1));
    expect(names(all)).toEqual({ cp1: ['ComponentDown'], w1: [] });
  });

  it('takes a control plane of the file that is not reached for the reason, too', async () => {
    const cp1: Suspect = { name: 'cp1', role: 'control-plane', opening: new KinitError('no route to host') };
    expect(names(await found(cp1, at(machine('w1', 'worker', nobodyAtTheDoor))))).toEqual({
      cp1: ['Unreachable'],
      w1: [],
    });
  });

  it('knows that etcd is silent, and blames no API server that waits for it', async () => {
    const cp1 = machine('cp1', 'control-plane', apiServerDown, { hasEtcd: true });
    expect(names(await found(at(cp1)))).toEqual({ cp1: ['EtcdSilent'] });
  });

  it('tells who is led to another API server than the one that answers', async () => {
    const moved: Situation = {
      answers: { apiDoor: () => 'server https://10.77.2.99:6443\naddress 10.77.2.99\nproblem connect:errno=113\n' },
    };
    const all = await found(at(machine('cp1', 'control-plane')), at(machine('w1', 'worker', moved)));
    expect(names(all)).toEqual({ cp1: [], w1: ['WrongApiAddress'] });
  });

  it('knows the clock that differs from those of the others', async () => {
    const ahead: Situation = { facts: (facts) => ({ clock: facts.clock + 600 }) };
    const hosts = [machine('a', 'worker'), machine('b', 'worker', ahead), machine('c', 'worker')];
    expect(names(await found(...hosts.map((host) => at(host))))).toEqual({ a: [], b: ['ClockSkew'], c: [] });
  });

  it('asks the API of a control plane about the nodes, where it answers', async () => {
    const authority = await testAuthority();
    const notReady: KubeObject = {
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name: 'w1' },
      status: { conditions: [{ type: 'Ready', status: 'False', message: 'PLEG is not healthy' }] },
    };
    const ready = {
      ...notReady,
      metadata: { name: 'cp1' },
      status: { conditions: [{ type: 'Ready', status: 'True' }] },
    };
    const server = await kubeServer(new FakeKube(notReady, ready), { authority });
    const admin = await testCertificate(authority, 'kubernetes-admin');
    const conf = administratorConf(server.url, authority, admin);
    const own: Situation = {
      files: {
        '/etc/kubernetes/manifests/kube-apiserver.yaml': (text) =>
          text.replaceAll('10.77.2.11', '127.0.0.1').replaceAll('6443', new URL(server.url).port),
      },
      // Which has no such address in it.
      answers: { credentials: (text) => text.replace('/pki/apiserver.crt\n', '/pki/other.crt\n') },
      facts: ({ listening }) => ({
        listening: [...listening, { address: '::', port: Number(new URL(server.url).port), process: 'kube-apiserver' }],
      }),
    };
    const cp1 = machine('cp1', 'control-plane', own, {
      files: { '/etc/kubernetes/admin.conf': conf },
      connect: async (target) => connect('port' in target ? target.port : 0, '127.0.0.1'),
    });
    const all = await found(at(cp1), at(machine('w1', 'worker')));
    await server.close();
    expect(names(all)).toEqual({ cp1: [], w1: ['NotReady'] });
    expect(all[1]?.findings[0]?.evidence).toBe('PLEG is not healthy');
  });
});

describe('what is told', () => {
  const told = async () => found(at(machine('w1', 'worker', stopped)), at(machine('cp1', 'control-plane')));

  it('is the cause, what was seen, and what mends it', async () => {
    expect(doctorText(await told())).toBe(
      [
        'w1',
        '  ERROR KubeletStopped: the kubelet does not run [KINIT-5012]',
        '    seen:       kubelet.service is inactive (dead)',
        '    to mend it: systemctl enable --now kubelet   (or kinit doctor --fix)',
        '',
        'cp1: nothing found',
        '',
        '1 error on 1 host; kinit doctor --fix mends 1',
        '',
      ].join('\n'),
    );
  });

  it('is the same for a machine', async () => {
    expect(doctorObject(await told(), new Map([['w1', ['KubeletStopped']]]))).toEqual({
      kind: 'DoctorResult',
      apiVersion: 'kinit.dev/v1alpha1',
      hosts: [
        {
          host: 'w1',
          healthy: false,
          findings: [
            {
              finding: 'KubeletStopped',
              code: 'KINIT-5012',
              severity: 'error',
              message: 'the kubelet does not run',
              evidence: 'kubelet.service is inactive (dead)',
              mend: 'systemctl enable --now kubelet',
              fixable: true,
            },
          ],
          fixed: ['KubeletStopped'],
        },
        { host: 'cp1', healthy: true, findings: [] },
      ],
    });
  });

  it('has no token in it that a log has', async () => {
    const leaking: Situation = {
      facts: ({ listening }) => ({ listening: listening.filter(({ port }) => port !== 10248) }),
      answers: {
        units: unit('kubelet', { ActiveState: 'activating', SubState: 'auto-restart' }),
        kubeletLog: () => 'F1130 failed to use token abcdef.0123456789abcdef\n',
      },
    };
    const all = await found(at(machine('w1', 'worker', leaking)));
    expect(all[0]?.findings[0]?.evidence).toContain('abcdef.');
    expect(doctorText(all)).not.toContain('0123456789abcdef');
    expect(JSON.stringify(doctorObject(all))).not.toContain('0123456789abcdef');
  });

  it('cannot move the cursor of a terminal', async () => {
    const hostile: Situation = { facts: () => ({ hostname: 'w\u001b[2Jx' }) };
    expect(doctorText(await found(at(machine('w1', 'worker', hostile))))).not.toContain('\u001b');
  });
});

describe('mending', () => {
  it('does what the plan has shown, and nothing else', async () => {
    const commands = { 'systemctl enable': {}, 'systemctl daemon-reload': {}, 'systemctl restart': {}, sysctl: {} };
    const host = machine(
      'w1',
      'worker',
      { ...stopped, facts: ({ sysctls }) => ({ sysctls: new Map([...sysctls, ['net.ipv4.ip_forward', '0']]) }) },
      { commands },
    );
    const [{ findings } = { findings: [] }] = await found(at(host));
    const planned = await plannedMending(host, findings, quietRun());
    expect(planned.map(({ change }) => change.kind)).toEqual(['command', 'service']);
    expect(host.ran.filter(([program]) => program === 'sysctl')).toEqual([]);
    await mend(host, findings, quietRun());
    expect(host.ran.map((argv) => argv.join(' ')).filter((line) => /^(sysctl|systemctl (?!show))/.test(line))).toEqual([
      'sysctl -q -w net.ipv4.ip_forward=1',
      'systemctl enable --quiet --no-reload kubelet',
      'systemctl daemon-reload',
      'systemctl restart kubelet',
    ]);
  });
});

describe('the last words of a run that failed', () => {
  it('are what the same rules find', async () => {
    expect(await lastWords(machine('w1', 'worker', stopped), clock)).toBe(
      [
        'likely cause: the kubelet does not run',
        '  kubelet.service is inactive (dead)',
        '  to mend it: systemctl enable --now kubelet',
      ].join('\n'),
    );
  });

  it('do not blame the pod network that is not there yet, where there is more', async () => {
    const bare: Situation = { ...stopped, facts: () => ({ cniFiles: [], hostname: 'other' }) };
    expect(await lastWords(machine('w1', 'worker', bare), clock)).toMatch(/^likely cause: the kubelet does not run/);
    const alone: Situation = { facts: () => ({ cniFiles: [] }) };
    expect(await lastWords(machine('w1', 'worker', alone), clock)).toMatch(/^likely cause: no pod network is there/);
  });

  it('are the host’s own where nothing is found', async () => {
    const commands = { 'sh -c \n{ journalctl': { stdout: 'E1130 something odd\u0001' } };
    const host = machine('w1', 'worker', {}, { commands });
    expect(await lastWords(host, clock)).toBe('kubelet:\n  E1130 something odd');
  });
});
