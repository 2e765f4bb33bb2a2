import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { nothingObserved, type Observed } from '../../../../src/execute/observed.ts';
import { dockerFootprint } from '../../../../src/phases/prepare/docker-footprint.ts';
import { packages } from '../../../../src/phases/prepare/packages.ts';
import { commandsIn, desired } from './decide.ts';

const undoOn = (observed: Partial<Observed>) => {
  const change = dockerFootprint({ ...nothingObserved, ...observed });
  return change.kind === 'command' ? (change.undo ?? []) : [];
};

describe('what docker brings besides its package’s files', () => {
  const wishes = { runtime: { name: 'docker' } };
  const facts = { services: new Map(), kubernetesFiles: [] };

  it('is noted before the package is installed, and only then', () => {
    const commands = (rpm: string) =>
      commandsIn(desired(packages, 'centos-7', { version: '1.20.2', facts, wishes, answers: { rpm } })).join();
    expect(commands('')).toContain('groupadd --system docker');
    expect(commands('docker-ce 19.03.15\n')).not.toContain('groupadd');
  });

  it('stays the operator’s where kinit only changes the version', () => {
    const services = new Map([['docker', { active: true, enabled: true }]]);
    const changes = desired(packages, 'centos-7', {
      version: '1.20.2',
      facts: { ...facts, services },
      wishes: { runtime: { name: 'docker', version: '20.10' } },
      answers: { rpm: 'docker-ce 19.03.15\n' },
    });
    expect(changes.flatMap((change) => (change.kind === 'packages' ? change.names : []))).toContain(
      'docker-ce-20.10.*',
    );
    expect(commandsIn(changes).join()).not.toContain('groupadd');
  });

  it('goes again: its group, its zone, its data', () => {
    expect(undoOn({}).join()).toMatch(/--delete-zone=docker.*\/var\/lib\/docker.*groupdel docker$/s);
  });

  it('stays as far as it was there before', () => {
    const file = { type: 'file', mode: 0o644, owner: 'root:root', modified: 1 } as const;
    const undo = undoOn({
      files: new Map([['/etc/firewalld/zones/docker.xml', file]]),
      paths: new Map([
        ['/var/lib/docker', { type: 'directory', mode: 0o711, owner: 'root:root', modified: 1, entries: ['volumes'] }],
      ]),
      commands: new Map([['getent\0group\0docker', { code: 0, stdout: 'docker:x:990:ops\n', stderr: '' }]]),
    }).join();
    expect(undo).not.toMatch(/delete-zone|\/var\/lib\/docker|groupdel/);
  });

  it('leaves the packet filter without its chains and rules, and with everybody else’s', () => {
    expect(restored(saved)).toBe(`*nat
:DOCKER - [0:0]
-D PREROUTING -m addrtype --dst-type LOCAL -j DOCKER
-D POSTROUTING -s 172.17.0.0/16 ! -o docker0 -j MASQUERADE
-X DOCKER
COMMIT
*filter
:DOCKER - [0:0]
:DOCKER-USER - [0:0]
-D FORWARD -j DOCKER-USER
-D FORWARD -i docker0 -o docker0 -j ACCEPT
-X DOCKER
-X DOCKER-USER
COMMIT
`);
  });

  it('asks nothing of a packet filter where docker has nothing', () => {
    expect(restored('*filter\n:INPUT ACCEPT [0:0]\n-A INPUT -i eth0 -j ACCEPT\nCOMMIT\n')).toBe('');
  });
});

const saved = `*mangle
:FORWARD ACCEPT [0:0]
COMMIT
*nat
:PREROUTING ACCEPT [0:0]
:POSTROUTING ACCEPT [0:0]
:DOCKER - [0:0]
-A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER
-A POSTROUTING -s 172.17.0.0/16 ! -o docker0 -j MASQUERADE
-A POSTROUTING -s 10.1.0.0/16 -o eth0 -j MASQUERADE
-A DOCKER -i docker0 -j RETURN
COMMIT
*filter
:FORWARD ACCEPT [0:0]
:DOCKER - [0:0]
:DOCKER-USER - [0:0]
-A FORWARD -j DOCKER-USER
-A FORWARD -i docker0 -o docker0 -j ACCEPT
-A FORWARD -i docker01 -j ACCEPT
-A DOCKER-USER -j RETURN
COMMIT
`;

/** What iptables-restore is given by the undoing script where there is no other tool than these few. */
function restored(save: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'kinit-docker-'));
  const given = join(folder, 'given');
  for (const name of ['awk', 'cat']) symlinkSync(realProgram(name), join(folder, name));
  writeFileSync(join(folder, 'saved'), save);
  writeFileSync(given, '');
  for (const [name, redirection] of [
    ['iptables-save', `<${join(folder, 'saved')}`],
    ['iptables-restore', `>${given}`],
  ]) {
    writeFileSync(join(folder, name ?? ''), `#!/bin/sh\ncat ${redirection}\n`, { mode: 0o755 });
  }
  const [shell = '', ...argv] = undoOn({});
  spawnSync(realProgram(shell), argv, { env: { PATH: folder } });
  return readFileSync(given, 'utf8');
}

function realProgram(name: string): string {
  return execFileSync('/bin/sh', ['-c', `command -v ${name}`], { encoding: 'utf8' }).trim();
}
