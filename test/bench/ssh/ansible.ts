import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { must } from '../../lab/process.ts';
import type { Fleet } from './fleet.ts';

export interface AnsibleHost {
  readonly name: string;
  readonly address: string;
  readonly port: number;
}

/** Ansible's side: runs the playbook on the hosts with 32 forks, pipelining and kept connections. Throws if one fails. */
export async function runPlaybook(fleet: Fleet, hosts: readonly AnsibleHost[], playbook: string): Promise<void> {
  const home = join(fleet.folder, 'ansible');
  mkdirSync(home, { recursive: true });
  writeFileSync(join(home, 'playbook.json'), playbook);
  writeFileSync(
    join(home, 'hosts'),
    hosts.map(({ name, address, port }) => `${name} ansible_host=${address} ansible_port=${port}\n`).join(''),
  );
  await must(fleet.inside(['ansible-playbook', '-i', join(home, 'hosts'), join(home, 'playbook.json')]), {
    timeout: 3600,
    env: {
      PATH: process.env['PATH'],
      LANG: 'C.UTF-8',
      HOME: home,
      ANSIBLE_FORKS: '32',
      ANSIBLE_PIPELINING: 'True',
      ANSIBLE_REMOTE_USER: 'root',
      ANSIBLE_PRIVATE_KEY_FILE: fleet.key,
      ANSIBLE_SSH_ARGS: `-o ControlMaster=auto -o ControlPersist=60s -o UserKnownHostsFile=${fleet.knownHosts}`,
      ANSIBLE_SSH_CONTROL_PATH_DIR: join(home, 'c'),
      ANSIBLE_PYTHON_INTERPRETER: '/usr/bin/python3',
      ANSIBLE_CALLBACKS_ENABLED: '',
    },
  });
}
