import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { must } from '../../lab/process.ts';
import type { Fleet, FleetHost } from './fleet.ts';
import type { Work, WorkDone } from './workers.ts';

const runTypeScript = [join(import.meta.dirname, '../../../node_modules/.bin/tsx')];
const script = (name: string): string[] => [...runTypeScript, join(import.meta.dirname, name)];
const kubeconfigOf = (fleet: Fleet): string => join(fleet.folder, 'admin.conf');

/** Starts what surrounds the hosts; ends with `kill`. */
export async function startSurroundings(fleet: Fleet): Promise<ChildProcess> {
  const hosts = fleet.hosts.map(({ name, address, relayPort }) => `${name}=${address}=${relayPort}`);
  const [program = '', ...argv] = fleet.inside([...script('surroundings.ts'), kubeconfigOf(fleet), ...hosts]);
  const child = spawn(program, argv, { stdio: ['ignore', 'pipe', 'inherit'] });
  await new Promise<void>((resolve, reject) => {
    child.stdout.once('data', () => resolve());
    child.once('exit', (code) => reject(new Error(`the surroundings ended with ${code}`)));
  });
  return child;
}

/** kinit's side: prepares and joins every host, in a process of its own. Throws if one fails. */
export async function runKinit(fleet: Fleet, targetOf: (host: FleetHost) => string): Promise<WorkDone> {
  const work: Work = {
    kubeconfig: kubeconfigOf(fleet),
    key: fleet.key,
    knownHosts: fleet.knownHosts,
    hosts: fleet.hosts.map((host) => ({ name: host.name, address: host.address, target: targetOf(host) })),
  };
  const argv = fleet.inside([...script('workers.ts'), JSON.stringify(work)]);
  const done = JSON.parse(await must(argv, { timeout: 1800 })) as WorkDone;
  if (done.failures.length > 0) throw new Error(done.failures.join('\n'));
  return done;
}
