import { parseArgs } from 'node:util';
import { prepare, prepareCentos } from './artefacts.ts';
import { type Flavour, type HostOptions, isCentos } from './host-options.ts';
import { enter, groupOf } from './inside.ts';
import { inventorySettings } from './inventory.ts';
import { type Lab, openLab } from './lab.ts';
import { assertSupported } from './machine.ts';
import { runAttached } from './process.ts';
import { askedBinaries, labVersion } from './versions.ts';

const usage = `npm run lab -- COMMAND     the lab is $KINIT_LAB, "main" unless set; it runs v1.20.2, or the programs in
                           the folder $KINIT_LAB_BINARIES
  up [HOST ...]            default cp1 w1 w2 w3; --kubeadm --no-containerd --no-kubernetes --no-images --bind-node
                           --sudo-password; bare: --flavour centos-stream-9|centos-7
  down                     takes everything away
  status                   the hosts and how to reach them
  exec HOST -- COMMAND     as root inside the host
  ws -- COMMAND            on the workstation: this machine, seeing no network but the lab's
  start|stop|kill|freeze|thaw|recreate HOST ...
  pod-network HOST         lays the pods' network for the cluster of this control plane
  prepare                  only fills the cache; with a --flavour what that takes`;

const { values, positionals, tokens } = parseArgs({
  allowPositionals: true,
  tokens: true,
  options: {
    kubeadm: { type: 'boolean', default: false },
    'no-containerd': { type: 'boolean', default: false },
    'no-kubernetes': { type: 'boolean', default: false },
    'no-images': { type: 'boolean', default: false },
    'bind-node': { type: 'boolean', default: false },
    'sudo-password': { type: 'boolean', default: false },
    flavour: { type: 'string', default: 'debian' },
    help: { type: 'boolean', short: 'h', default: false },
  },
});

const terminator = tokens.find((token) => token.kind === 'option-terminator');
const behindDashes = tokens.flatMap((token) =>
  token.kind === 'positional' && terminator !== undefined && token.index > terminator.index ? [token.value] : [],
);
const [command = 'help', ...names] = positionals.slice(0, positionals.length - behindDashes.length);

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(130));

try {
  process.exitCode = await main();
} catch (error) {
  process.stderr.write(`lab: ${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
}

async function main(): Promise<number> {
  const flavour = flavourNamed(values.flavour);
  if (values.help || command === 'help') return print(usage);
  if (command === 'prepare') {
    assertSupported();
    const version = labVersion(askedBinaries());
    const { centos, ...debian } = flavour === 'debian' ? await prepare(version) : await prepareCentos(version);
    return print([...Object.values(debian), ...Object.values(centos ?? {})].join('\n'));
  }
  const lab = openLab();
  const [first = ''] = names;
  switch (command) {
    case 'up':
      await lab.up((names.length > 0 ? names : ['cp1', 'w1', 'w2', 'w3']).map((name) => optionsOf(name, flavour)));
      return print(describe(lab));
    case 'down':
      await lab.down();
      return 0;
    case 'status':
      return print(describe(lab));
    case 'exec':
      return runAttached(enter(groupOf(lab.name, lab.host(first).name), behindDashes));
    case 'ws':
      return runAttached(lab.atWorkstation(behindDashes));
    case 'pod-network':
      await lab.layPodNetwork(lab.host(first));
      return 0;
    case 'start':
    case 'stop':
    case 'kill':
    case 'freeze':
    case 'thaw':
    case 'recreate':
      await Promise.all(names.map((name) => lab.host(name)[command]()));
      return 0;
    default:
      throw new Error(`there is no ${command}\n${usage}`);
  }
}

function flavourNamed(name: string): Flavour {
  const found = (['debian', 'centos-stream-9', 'centos-7'] as const).find((flavour) => flavour === name);
  if (found === undefined) throw new Error(`there is no flavour ${name}\n${usage}`);
  return found;
}

function optionsOf(name: string, flavour: Flavour): HostOptions {
  if (flavour !== 'debian') {
    return { name, flavour, bindNode: values['bind-node'], sudo: values['sudo-password'] ? 'password' : 'free' };
  }
  return {
    name,
    containerd: !values['no-containerd'],
    kubernetes: !values['no-kubernetes'],
    images: !values['no-images'],
    kubeadm: values.kubeadm,
    bindNode: values['bind-node'],
    sudo: values['sudo-password'] ? 'password' : 'free',
  };
}

function describe(lab: Lab): string {
  const hosts = lab.hosts();
  if (hosts.length === 0) return `the lab ${lab.name} is not up`;
  const lines = hosts.map(
    (host) => `${host.name.padEnd(12)} ${host.address.padEnd(14)} ${host.isRunning() ? 'on' : 'off'}`,
  );
  const isBare = hosts.some(({ options }) => isCentos(options));
  const ssh = `ssh -i ${lab.sshKey} -o UserKnownHostsFile=${lab.knownHosts} root@${hosts[0]?.address}`;
  const login = `npm run lab -- ws -- ${ssh}`;
  return [...lines, login, ...(isBare ? ['', inventorySettings(lab)] : [])].join('\n');
}

function print(text: string): number {
  process.stdout.write(`${text}\n`);
  return 0;
}
